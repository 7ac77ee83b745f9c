/** The package as somebody gets it who installs what `npm pack` has made of a clone. */
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createFreshCopy } from "../readme/fresh-copy.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface PackedPackage {
  /** An otherwise empty folder with the package in its `node_modules`. */
  readonly folder: string;
  /** Path of what npm has packed. */
  readonly tarball: string;
  readonly packedBytes: number;
  /** Of all that the installation has put into `node_modules`, without npm's own list. */
  readonly installedBytes: number;
  readonly installed: readonly string[];
  /** Of package.json of the clone, before and after it was packed. */
  readonly manifests: readonly [string, string];
  write(name: string, text: string): Promise<void>;
  /** Runs a program in the folder. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): Promise<void>;
}

/** Rejects with what npm printed if one of its commands fails. */
export async function installPacked(): Promise<PackedPackage> {
  const copy = await createFreshCopy();
  const [root, folder] = [dirname(copy.folder), join(dirname(copy.folder), "elsewhere")];
  const env = { PATH: process.env["PATH"] ?? "", HOME: join(root, "home") };
  const manifestPath = join(copy.folder, "package.json");
  const run: PackedPackage["run"] = (program, args, more = {}) =>
    new Promise((resolve) => {
      execFile(program, [...args], { cwd: folder, env: { ...env, ...more } }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
      });
    });
  try {
    await mkdir(folder);
    const before = await readFile(manifestPath, "utf8");
    const packed = await copy.run(`npm pack --silent --pack-destination ${root}`, { timeoutMs: 120_000 });
    const name = (await readdir(root)).find((one) => one.endsWith(".tgz"));
    if (packed.code !== 0 || name === undefined) throw new Error(`npm pack failed:\n${packed.output}`);
    // Without a registry: whatever the package needs besides itself makes this fail.
    const tarball = join(root, name);
    const words = ["install", "--offline", "--no-audit", "--no-fund", tarball];
    const installed = await run("npm", words);
    if (installed.code !== 0) throw new Error(`npm install failed:\n${installed.err}`);
    const files = await filesBelow(join(folder, "node_modules"));
    return {
      folder,
      tarball,
      packedBytes: (await stat(tarball)).size,
      installedBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      installed: files.map(({ name }) => name),
      manifests: [before, await readFile(manifestPath, "utf8")],
      write: (name, text) => writeFile(join(folder, name), text),
      run,
      remove: () => copy.remove(),
    };
  } catch (error) {
    await copy.remove();
    throw error;
  }
}

async function filesBelow(folder: string): Promise<{ name: string; bytes: number }[]> {
  const names = await readdir(folder, { recursive: true });
  const kept = names.filter((name) => !name.startsWith(".bin") && name !== ".package-lock.json").toSorted();
  const files = await Promise.all(kept.map(async (name) => ({ name, status: await stat(join(folder, name)) })));
  return files.flatMap(({ name, status }) => (status.isFile() ? [{ name, bytes: status.size }] : []));
}
