/** The TCP listeners of a process group, from Linux's own tables. */
import { readFile, readdir, readlink } from "node:fs/promises";

interface Listener {
  readonly address: string;
  readonly port: number;
}

/** Empty if the group has none. */
export async function listenersOf(processGroup: number): Promise<readonly Listener[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    processes.map(async (pid) => ((await groupOf(pid)) === processGroup ? listenersOfProcess(pid) : [])),
  );
  return found.flat().toSorted((a, b) => a.port - b.port);
}

async function groupOf(pid: string): Promise<number | undefined> {
  // The name in brackets may have any characters; the state, the parent, and the group follow it.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === undefined ? undefined : Number(group);
}

async function listenersOfProcess(pid: string): Promise<Listener[]> {
  const files = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8")));
  return tables.flatMap((table) =>
    table
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
        const [address = "", port = ""] = local.split(":");
        const listens = state === "0A" && links.includes(`socket:[${inode}]`);
        return listens ? [{ address, port: Number.parseInt(port, 16) }] : [];
      }),
  );
}
