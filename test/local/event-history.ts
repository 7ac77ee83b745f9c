/** The last accepted events, in a file if they must survive the process. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { parseJson } from "./event-entries.ts";
import type { DeliveredEvent } from "./event-entries.ts";

const StoredEvent = z.object({
  version: z.literal("0"),
  id: z.string(),
  "detail-type": z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});

export interface EventHistory {
  /** Resolves once the events are in the file, so that an answered call is never lost. */
  add(events: readonly DeliveredEvent[]): void;
  /** Newest first. */
  newestFirst(): readonly DeliveredEvent[];
  clear(): void;
}

export interface EventHistoryOptions {
  /** Number of events to keep. */
  readonly keep: number;
  /** JSON lines file; in memory if absent. */
  readonly path?: string;
}

export function openEventHistory({ keep, path }: EventHistoryOptions): EventHistory {
  let events: DeliveredEvent[] = path === undefined ? [] : readEvents(path).slice(-keep);
  let linesInFile = 0;

  function rewrite(): void {
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    // Write a new file and rename it, so that a kill midway leaves the old file intact.
    writeFileSync(`${path}.new`, toLines(events));
    renameSync(`${path}.new`, path);
    linesInFile = events.length;
  }

  rewrite();
  return {
    add(added) {
      events = [...events, ...added].slice(-keep);
      if (path === undefined || added.length === 0) return;
      appendFileSync(path, toLines(added));
      linesInFile += added.length;
      if (linesInFile > keep * 10) rewrite();
    },
    newestFirst: () => events.toReversed(),
    clear() {
      events = [];
      rewrite();
    },
  };
}

function toLines(events: readonly DeliveredEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

function readEvents(path: string): DeliveredEvent[] {
  const events: DeliveredEvent[] = [];
  for (const line of readLines(path)) {
    // A kill may truncate the last line. Its call was never answered, so the client sends it again.
    const event = StoredEvent.safeParse(parseJson(line));
    if (event.success) events.push(event.data);
  }
  return events;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
