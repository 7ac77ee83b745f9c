import type { NativeTask } from "../../../domain/provider.ts";
import { isTerminal, unknownProgress } from "../../../domain/task.ts";
import type { Operation, Progress, Resource } from "../../../domain/task.ts";
import { operationsOf } from "./operations.ts";
import { hasNoEvidence, outcomeOfFailed, outcomeOfFinished, outcomeOfStatus, unproven } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { EcsTask } from "./payload.ts";
import { rfc3339OfEcs } from "./time.ts";
import { kindOfAction, statusOfWord } from "./words.ts";

/** What the envelope, the request, and the connection say about every task in a response. */
export interface ReadContext {
  /** RFC 3339 UTC. */
  readonly observedAt: string;
  readonly requestId: string | null;
  /** How many rows the request allows. Default: the largest page. */
  readonly mostRows?: number | undefined;
  /**
   * What `Finished` means for an import or export without counts and sub-operations. Absent: the outcome is unknown.
   */
  readonly finishedWithoutDetail?: "succeeded" | undefined;
}

/** A task from a response that has all the evidence: counts, sub-operations, and reasons. */
export function taskOf(fields: EcsTask, context: ReadContext): NativeTask {
  const operations = operationsOf(fields.OperationProgressSet);
  const outcome = outcomeOf(fields, operations, context);
  return buildTask(fields, { ...outcome, operations, progress: progressOf(fields) }, context);
}

/** A task from a row without counts and reason. `Finished` alone does not prove an outcome. */
export function taskOfBareRow(fields: EcsTask, context: ReadContext): NativeTask {
  const word = statusOfWord(fields.TaskStatus, fields.TaskAction);
  const outcome = word === "finished" ? unproven : outcomeOfStatus(word);
  return buildTask(fields, { ...outcome, operations: [], progress: unknownProgress }, context);
}

function outcomeOf(fields: EcsTask, operations: readonly Operation[], context: ReadContext): Outcome {
  const word = statusOfWord(fields.TaskStatus, fields.TaskAction);
  if (word === "failed") return outcomeOfFailed(fields, operations);
  if (word !== "finished") return outcomeOfStatus(word);
  const bareSuccess = isBareSuccess(fields, context) && hasNoEvidence(fields, operations);
  return bareSuccess ? outcomeOfStatus("succeeded") : outcomeOfFinished(fields, operations);
}

/** True if `Finished` means success when there is no other evidence of the outcome. */
function isBareSuccess({ TaskAction }: EcsTask, { finishedWithoutDetail }: ReadContext): boolean {
  const { action, rowDecides } = kindOfAction(TaskAction);
  return rowDecides || (action !== "other" && finishedWithoutDetail === "succeeded");
}

interface Evidence extends Outcome {
  readonly operations: readonly Operation[];
  readonly progress: Progress;
}

/** The only function that builds an ECS task. */
function buildTask(fields: EcsTask, evidence: Evidence, { observedAt, requestId }: ReadContext): NativeTask {
  const done = isTerminal(evidence.status);
  return {
    nativeId: fields.TaskId,
    action: kindOfAction(fields.TaskAction).action,
    nativeAction: fields.TaskAction ?? "",
    nativeStatus: fields.TaskStatus,
    ...evidence,
    resource: resourceOf(fields),
    // The published samples have "true" for tasks that have ended.
    cancelable: done ? false : fields.SupportCancel,
    createdAt: rfc3339OfEcs(fields.CreationTime),
    finishedAt: done ? rfc3339OfEcs(fields.FinishedTime) : null,
    nativeTimes: { createdAt: fields.CreationTime, finishedAt: fields.FinishedTime, zoneAssumed: false },
    observedAt,
    requestId,
  };
}

function progressOf(fields: EcsTask): Progress {
  const readable = (count: EcsTask["TotalCount"]): number | null => (count === "unreadable" ? null : count);
  return {
    percent: fields.TaskProcess,
    succeeded: readable(fields.SuccessCount),
    failed: readable(fields.FailedCount),
    total: readable(fields.TotalCount),
  };
}

function resourceOf({ ResourceId, TaskAction }: EcsTask): Resource | null {
  if (ResourceId === null) return null;
  return { type: kindOfAction(TaskAction).resourceType, id: ResourceId, name: null };
}
