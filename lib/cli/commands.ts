import { isList, isTask, segmentOf } from "./api.ts";
import type { ApiTask } from "./api.ts";
import type { ApiCommand, ListFilters } from "./arguments.ts";
import { exitCodes, refused } from "./command.ts";
import type { CommandDependencies, CommandOf } from "./command.ts";
import { printAge } from "./duration.ts";
import { tellMissing } from "./missing.ts";
import { faultWithRemedy, isOfTheNetwork } from "./network-fault.ts";
import { createProgress } from "./progress.ts";
import {
  printBar,
  printChange,
  printDetails,
  printExplanation,
  printOperation,
  printTask,
  whyOf,
  words,
} from "./show.ts";
import { waitForTask } from "./wait.ts";
import type { WaitEnd } from "./wait.ts";
import { watch } from "./watch.ts";

/** Resolves with the exit code. Throws if the API cannot be asked for a reason on this side of the network. */
export async function runCommand(command: ApiCommand, deps: CommandDependencies): Promise<number> {
  try {
    return await run(command, deps);
  } catch (error) {
    if (!isOfTheNetwork(error)) throw error;
    deps.err.write(`${words([faultWithRemedy(error, deps.api.origin)])}\n`);
    return exitCodes.unknown;
  }
}

async function run(command: ApiCommand, deps: CommandDependencies): Promise<number> {
  switch (command.name) {
    case "list":
      return list(command.filters, deps);
    case "get":
      return get(command.id, deps);
    case "cancel":
      return cancel(command.id, deps);
    case "untrack":
      return untrack(command.id, deps);
    case "track":
      return track(command, deps);
    case "wait":
      return wait(command, deps);
    case "watch":
      return watch(command, deps);
  }
}

const largestPage = 100;

async function list({ limit, ...filters }: ListFilters, deps: CommandDependencies): Promise<number> {
  const { api, out, err, json } = deps;
  const told = new Set<string>();
  let left = limit;
  let cursor: string | undefined;
  do {
    const query = { ...filters, limit: Math.min(left, largestPage), ...(cursor !== undefined && { cursor }) };
    const { data, error, response } = await api.GET("/tasks", { params: { query } });
    if (!isList(data)) return refused(response.status, error, deps);
    for (const task of data.tasks) out.write(`${json ? JSON.stringify(task) : printTask(task, deps.clock.now())}\n`);
    tellMissing(data, told, err);
    left -= data.tasks.length;
    cursor = data.nextCursor ?? undefined;
  } while (left > 0 && cursor !== undefined);
  if (cursor !== undefined) err.write("there are more; use --limit to see them\n");
  return exitCodes.success;
}

async function get(id: string, deps: CommandDependencies): Promise<number> {
  const { api, clock, out, json } = deps;
  const { data, error, response } = await api.GET("/tasks/{id}", { params: { path: { id: segmentOf(id) } } });
  if (!isTask(data)) return refused(response.status, error, deps);
  if (json) out.write(`${JSON.stringify(data, null, 2)}\n`);
  else {
    out.write(`${printTask(data, clock.now())}\n${printExplanation(data)}`);
    for (const [index, operation] of data.operations.entries()) {
      out.write(`${printOperation(operation, index + 1)}\n`);
      if (!isSameReason(operation, data)) out.write(printExplanation(operation));
    }
  }
  return exitCodes.success;
}

/** Most sub-operations fail for the task's own reason, whose explanation is enough. */
function isSameReason(one: Failed, other: Failed): boolean {
  return one.error?.code === other.error?.code && one.explanation?.cause === other.explanation?.cause;
}

type Failed = Pick<ApiTask, "error" | "explanation">;

async function cancel(id: string, deps: CommandDependencies): Promise<number> {
  const { api, out, json } = deps;
  const { data, error, response } = await api.POST("/tasks/{id}/cancel", { params: { path: { id: segmentOf(id) } } });
  if (!isTask(data)) return refused(response.status, error, deps);
  out.write(json ? `${JSON.stringify(data)}\n` : `the cloud was asked to cancel ${words([id])}\n`);
  return exitCodes.success;
}

async function untrack(id: string, deps: CommandDependencies): Promise<number> {
  const { api, out, json } = deps;
  const { error, response } = await api.DELETE("/tasks/{id}", { params: { path: { id: segmentOf(id) } } });
  if (response.status !== 204) return refused(response.status, error, deps);
  out.write(json ? `${JSON.stringify({ id, tracked: false })}\n` : `${words([id])} is no longer tracked\n`);
  return exitCodes.success;
}

async function track(command: CommandOf<"track">, deps: CommandDependencies): Promise<number> {
  const { api, clock, out, json } = deps;
  const { connection, nativeId, region, labels } = command;
  const body = { connection, nativeId, ...(region !== undefined && { region }), ...(labels && { labels }) };
  const { data, error, response } = await api.POST("/tasks", { body });
  if (!isTask(data)) return refused(response.status, error, deps);
  out.write(json ? `${JSON.stringify(data)}\n` : `${printTask(data, clock.now())}\n`);
  return exitCodes.success;
}

async function wait(command: CommandOf<"wait">, deps: CommandDependencies): Promise<number> {
  const { api, clock, out, err, json } = deps;
  const { ids, timeoutMs, unseenMs } = command;
  const progress = createProgress(err, ids, clock.now);
  const statuses = new Map<string, string>();
  const untilMs = clock.now() + timeoutMs;
  const waiting = ids.map((id) =>
    waitForTask(
      { id, untilMs, unseenMs },
      {
        api,
        clock,
        onTask(task) {
          statuses.set(id, err.isTTY === true ? printBarOf(task, clock.now()) : printChange(task));
          progress.show(id, statuses.get(id) ?? "");
          if (json && !task.done) out.write(`${JSON.stringify(task)}\n`);
        },
        onTrouble(reason, goesOn) {
          progress.show(id, words([statuses.get(id) ?? id, `(${reason}${goesOn ? "; goes on" : ""})`]));
        },
      },
    ),
  );
  const ends = await Promise.all(waiting);
  progress.end();
  for (const end of ends)
    out.write(`${json ? JSON.stringify("task" in end ? end.task : end) : printEnd(end, clock.now())}\n`);
  if (!json) for (const end of ends) err.write(explainEnd(end));
  return exitCodeOf(ends);
}

function printBarOf(task: ApiTask, nowMs: number): string {
  const { id, status, createdAt, done, progress } = task;
  const age = createdAt === null ? undefined : printAge(nowMs - Date.parse(createdAt));
  return words([id, done ? undefined : printBar(progress.percent), status, age, done ? whyOf(task) : undefined]);
}

function printEnd(end: WaitEnd, nowMs: number): string {
  return "task" in end ? printTask(end.task, nowMs) : words([end.id, "not known", `(${end.reason})`]);
}

/** Beside the output, which has one line for each task. */
function explainEnd(end: WaitEnd): string {
  const explanation = "task" in end ? printExplanation(end.task) : printDetails(end.details);
  return explanation === "" ? "" : `${words([end.id])}\n${explanation}`;
}

function exitCodeOf(ends: readonly WaitEnd[]): number {
  if (ends.some((end) => "reason" in end)) return exitCodes.unknown;
  const succeeded = ends.every((end) => "task" in end && end.task.status === "succeeded");
  return succeeded ? exitCodes.success : exitCodes.failure;
}
