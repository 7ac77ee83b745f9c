import type { NativeTask } from "../../../domain/provider.ts";
import { isTerminal, unknownProgress } from "../../../domain/task.ts";
import type { Operation, Progress, Resource, TaskFailure } from "../../../domain/task.ts";
import { operationsOf } from "./operations.ts";
import { countedFailure, outcomeOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { EcsTask } from "./payload.ts";
import { rfc3339OfEcs } from "./time.ts";
import { actionOfWord, resourceTypeOfWord, statusOfWord } from "./words.ts";

/** What an answer's envelope and its request say about every task in it. */
export interface ReadContext {
  /** RFC 3339 UTC. */
  readonly observedAt: string;
  readonly requestId: string | null;
}

/** A task whose answer holds all the evidence there is: counts, sub-operations, and reasons. */
export function taskOf(fields: EcsTask, context: ReadContext): NativeTask {
  const operations = operationsOf(fields.OperationProgressSet);
  const word = statusOfWord(fields.TaskStatus, fields.TaskAction);
  const outcome = outcomeOf(word, fields, operations);
  const counted = word === "finished" && outcome.status === "failed" ? countedFailure(fields, outcome.partial) : null;
  const given = operations.find(({ error }) => error !== null)?.error ?? null;
  const error = outcome.status === "failed" ? (given ?? counted) : null;
  return buildTask(fields, { ...outcome, error, operations, progress: progressOf(fields) }, context);
}

/** A task of a row without counts and without a reason: Finished alone does not say how it went. */
export function taskOfBareRow(fields: EcsTask, context: ReadContext): NativeTask {
  const word = statusOfWord(fields.TaskStatus, fields.TaskAction);
  const status = word === "finished" ? "unknown" : word;
  const nothingMore = { partial: false, error: null, operations: [], progress: unknownProgress };
  return buildTask(fields, { status, ...nothingMore }, context);
}

interface Evidence extends Outcome {
  readonly error: TaskFailure | null;
  readonly operations: readonly Operation[];
  readonly progress: Progress;
}

/** The one place where a task of ECS is put together. */
function buildTask(fields: EcsTask, evidence: Evidence, { observedAt, requestId }: ReadContext): NativeTask {
  const done = isTerminal(evidence.status);
  return {
    nativeId: fields.TaskId,
    action: actionOfWord(fields.TaskAction),
    nativeAction: fields.TaskAction ?? "",
    nativeStatus: fields.TaskStatus,
    statusReason: null,
    ...evidence,
    resource: resourceOf(fields),
    // The published samples say "true" for tasks that have ended.
    cancelable: done ? false : fields.SupportCancel,
    createdAt: rfc3339OfEcs(fields.CreationTime),
    finishedAt: done ? rfc3339OfEcs(fields.FinishedTime) : null,
    nativeTimes: { createdAt: fields.CreationTime, finishedAt: fields.FinishedTime, zoneAssumed: false },
    observedAt,
    requestId,
  };
}

function progressOf(fields: EcsTask): Progress {
  return {
    percent: fields.TaskProcess,
    succeeded: fields.SuccessCount,
    failed: fields.FailedCount === "unreadable" ? null : fields.FailedCount,
    total: fields.TotalCount,
  };
}

function resourceOf({ ResourceId, TaskAction }: EcsTask): Resource | null {
  if (ResourceId === null) return null;
  return { type: resourceTypeOfWord(TaskAction), id: ResourceId, name: null };
}
