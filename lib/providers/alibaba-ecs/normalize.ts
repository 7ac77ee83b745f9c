import * as z from "zod/mini";
import { ProviderError } from "../../domain/errors.ts";
import type { NativeTask, Sighting, UnreadableRow } from "../../domain/provider.ts";
import { isTerminal, unknownProgress } from "../../domain/task.ts";
import type { Resource, TaskStatus } from "../../domain/task.ts";
import { nativeIdProblem } from "./native-id.ts";
import { operationsOf } from "./operations.ts";
import { outcomeOf } from "./outcome.ts";
import { membersOf, TaskAttribute, TaskListHead, TaskRow } from "./payload.ts";
import { rfc3339OfEcs } from "./utc-time.ts";
import { actionOfWord, hasAttributes, resourceTypeOfWord, statusOfWord } from "./words.ts";

export interface NormalizeContext {
  /** RFC 3339 UTC. */
  readonly observedAt: string;
  readonly requestId: string | null;
}

/** One page of `DescribeTasks`. */
export interface TaskList {
  readonly sightings: readonly Sighting<NativeTask>[];
  readonly unreadable: readonly UnreadableRow[];
  /** How many tasks match on all pages together, where the answer says so. */
  readonly totalCount: number | null;
  readonly pageSize: number | null;
}

/** Throws `malformed` for an answer that lists nothing and counts nothing: it is not known to be a list. */
export function normalizeTaskList(payload: unknown, context: NormalizeContext): TaskList {
  const head = TaskListHead.safeParse(payload);
  if (!head.success) throw malformed("DescribeTasks: the answer is not an object", context);
  const { TaskSet, TotalCount, PageSize } = head.data;
  if (TotalCount === null && (TaskSet === undefined || TaskSet === null)) {
    throw malformed("DescribeTasks: the answer has neither TaskSet nor TotalCount", context);
  }
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const row of membersOf(TaskSet, "Task")) {
    const parsed = TaskRow.safeParse(row);
    if (!parsed.success) {
      unreadable.push({ nativeId: idOf(row), reason: missingFields(parsed.error) });
      continue;
    }
    const problem = nativeIdProblem(parsed.data.TaskId);
    if (problem !== undefined) unreadable.push({ nativeId: idOf(row), reason: problem });
    else sightings.push(sightingOf(parsed.data, context));
  }
  return { sightings, unreadable, totalCount: TotalCount, pageSize: PageSize };
}

/** The answer of `DescribeTaskAttribute`. It names no resource. Throws `malformed` when it is no task. */
export function normalizeTaskAttribute(payload: unknown, context: NormalizeContext): NativeTask {
  const parsed = TaskAttribute.safeParse(payload);
  if (!parsed.success) throw malformed(`DescribeTaskAttribute: ${missingFields(parsed.error)}`, context);
  const attribute = parsed.data;
  const problem = nativeIdProblem(attribute.TaskId);
  if (problem !== undefined) throw malformed(`DescribeTaskAttribute: ${problem}`, context);
  const operations = operationsOf(attribute.OperationProgressSet);
  const outcome = outcomeOf(statusOfWord(attribute.TaskStatus, attribute.TaskAction), attribute, operations);
  const progress = {
    percent: attribute.TaskProcess,
    succeeded: attribute.SuccessCount,
    failed: attribute.FailedCount === "unreadable" ? null : attribute.FailedCount,
    total: attribute.TotalCount,
  };
  return { ...taskOf(attribute, outcome.status, context), ...outcome, progress, operations };
}

function sightingOf(row: TaskRow, context: NormalizeContext): Sighting<NativeTask> {
  const word = statusOfWord(row.TaskStatus, row.TaskAction);
  const task = taskOf(row, word === "finished" ? "unknown" : word, context);
  // A row has neither counts nor a reason, and Finished alone is no success.
  return { task: { ...task, resource: resourceOf(row) }, needsDetail: word === "finished" || word === "failed" };
}

/**
 * A listed task that `DescribeTaskAttribute` does not know. Of an action which that API does not describe, the row is
 * all there is, and Finished without failure counts is a success; of others the outcome stays unread.
 */
export function taskOfRowAlone({ task }: Sighting<NativeTask>): NativeTask {
  const finished = statusOfWord(task.nativeStatus, task.nativeAction) === "finished";
  if (!finished || hasAttributes(task.nativeAction)) return task;
  return { ...task, status: "succeeded", cancelable: false };
}

type CommonFields = Pick<TaskRow, "TaskId" | "TaskStatus" | "TaskAction" | "SupportCancel"> &
  Pick<TaskRow, "CreationTime" | "FinishedTime">;

function taskOf(fields: CommonFields, status: TaskStatus, { observedAt, requestId }: NormalizeContext): NativeTask {
  return {
    nativeId: fields.TaskId,
    action: actionOfWord(fields.TaskAction),
    nativeAction: fields.TaskAction ?? "",
    status,
    nativeStatus: fields.TaskStatus,
    partial: false,
    progress: unknownProgress,
    resource: null,
    error: null,
    operations: [],
    // The published samples say "true" for tasks that have ended.
    cancelable: isTerminal(status) ? false : fields.SupportCancel,
    createdAt: rfc3339OfEcs(fields.CreationTime),
    finishedAt: rfc3339OfEcs(fields.FinishedTime),
    nativeTimes: { createdAt: fields.CreationTime, finishedAt: fields.FinishedTime, zoneAssumed: false },
    observedAt,
    requestId,
  };
}

function resourceOf({ ResourceId, TaskAction }: TaskRow): Resource | null {
  if (ResourceId === null) return null;
  return { type: resourceTypeOfWord(TaskAction), id: ResourceId, name: null };
}

const NamedRow = z.object({ TaskId: z.string() });

function idOf(row: unknown): string | null {
  return NamedRow.safeParse(row).data?.TaskId.slice(0, 128) ?? null;
}

/** Names of the fields, never their values. */
function missingFields(error: z.core.$ZodError): string {
  const names = new Set(error.issues.map((issue) => String(issue.path[0] ?? "")));
  return names.has("") ? "not an object" : `missing or of a wrong type: ${[...names].join(", ")}`;
}

function malformed(message: string, { requestId }: NormalizeContext): ProviderError {
  return new ProviderError("malformed", message, { requestId });
}
