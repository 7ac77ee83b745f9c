import { readFile } from "node:fs/promises";
import { BusEvent } from "./kill-verdict.ts";
import type { KillWorld } from "./kill-world.ts";

/** Oldest first. Asking the bus would not work, since it may be restarting. */
export async function eventsOnDisk({ eventsPath }: Pick<KillWorld, "eventsPath">): Promise<BusEvent[]> {
  const lines = (await readFile(eventsPath, "utf8").catch(() => "")).split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => BusEvent.parse(JSON.parse(line)));
}

export async function subjectsOnBus(world: KillWorld): Promise<ReadonlySet<string>> {
  return new Set((await eventsOnDisk(world)).map(({ detail }) => detail.subject));
}
