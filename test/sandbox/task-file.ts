import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { cloudNames } from "./exchange.ts";
import { planSchema, withoutUndefined } from "./plan-schema.ts";
import type { SandboxTask } from "./tasks.ts";

/**
 * Tasks that outlive the process. Where a task stands follows from its plan and the clock, so only the plans are kept:
 * one JSON line for each task added, changed, or removed.
 */

export interface TaskFile {
  /** The tasks at the time of opening, the oldest entry first. */
  readonly tasks: readonly SandboxTask[];
  /** Returns once the task is in the file, so that a kill never loses an answered call. */
  put(task: SandboxTask): void;
  remove(task: Pick<SandboxTask, "cloud" | "nativeId">): void;
}

const taskSchema = z.strictObject({
  cloud: z.enum(cloudNames),
  nativeId: z.string(),
  region: z.string(),
  action: z.string(),
  createdAtMs: z.number(),
  imageId: z.string(),
  imageName: z.string(),
  plan: planSchema,
  cancelRequestedAtMs: z.nullable(z.number()),
});
const changeSchema = z.union([
  z.strictObject({ put: taskSchema }),
  z.strictObject({ remove: z.strictObject({ cloud: z.enum(cloudNames), nativeId: z.string() }) }),
]);

type Change = { readonly put: SandboxTask } | { readonly remove: Pick<SandboxTask, "cloud" | "nativeId"> };

/** Lines of tasks that have changed or gone since. When there are more, the file is rewritten. */
const maxStaleLines = 1000;

/** Creates the file if it is missing. */
export function openTaskFile(path: string): TaskFile {
  const kept = readTasks(path);
  let linesInFile = 0;

  function rewrite(): void {
    mkdirSync(dirname(path), { recursive: true });
    // Write a new file and rename it, so that a kill midway leaves the old file intact.
    writeFileSync(`${path}.new`, [...kept.values()].map((task) => toLine({ put: task })).join(""));
    renameSync(`${path}.new`, path);
    linesInFile = kept.size;
  }

  function append(change: Change): void {
    appendFileSync(path, toLine(change));
    linesInFile += 1;
    if (linesInFile > kept.size + maxStaleLines) rewrite();
  }

  const tasks = [...kept.values()];
  rewrite();
  return {
    tasks,
    put(task) {
      kept.set(keyOf(task), task);
      append({ put: task });
    },
    remove({ cloud, nativeId }) {
      if (kept.delete(keyOf({ cloud, nativeId }))) append({ remove: { cloud, nativeId } });
    },
  };
}

function readTasks(path: string): Map<string, SandboxTask> {
  const tasks = new Map<string, SandboxTask>();
  for (const line of readLines(path)) {
    // A kill may truncate the last line. The call behind it was never answered.
    const change = changeSchema.safeParse(parsed(line));
    if (!change.success) continue;
    if ("put" in change.data) tasks.set(keyOf(change.data.put), withoutUndefined(change.data.put));
    else tasks.delete(keyOf(change.data.remove));
  }
  return tasks;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function keyOf({ cloud, nativeId }: Pick<SandboxTask, "cloud" | "nativeId">): string {
  return `${cloud} ${nativeId}`;
}

function toLine(change: Change): string {
  return `${JSON.stringify(change)}\n`;
}
