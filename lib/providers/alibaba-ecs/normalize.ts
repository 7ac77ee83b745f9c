import { ProviderError } from "../../domain/errors.ts";
import type { NativeTask, Sighting } from "../../domain/provider.ts";
import type { EcsTask } from "../shared/ecs/payload.ts";
import { readListHead, readPage, readTask } from "../shared/ecs/task-list.ts";
import { taskOf, taskOfBareRow } from "../shared/ecs/task.ts";
import type { ReadContext } from "../shared/ecs/task.ts";
import { rfc3339OfEcs } from "../shared/ecs/time.ts";
import { plainWord, statusOfWord } from "../shared/ecs/words.ts";
import type { NumberedPage } from "../shared/numbered-pages.ts";

/** One page of `DescribeTasks`. Throws `malformed` for an answer that neither lists nor counts: it may be anything. */
export function normalizeTaskList(payload: unknown, context: ReadContext): NumberedPage {
  const head = readListHead(payload, context.requestId);
  if (head.totalCount === null && (head.taskSet === undefined || head.taskSet === null)) {
    throw malformed("DescribeTasks: the answer has neither TaskSet nor TotalCount", context);
  }
  return readPage(head, (row) => sightingOf(row, context));
}

/** The answer of `DescribeTaskAttribute`. It names no resource. Throws `malformed` when it is no task. */
export function normalizeTaskAttribute(payload: unknown, context: ReadContext): NativeTask {
  const task = readTask(payload);
  if (typeof task === "string") throw malformed(`DescribeTaskAttribute: ${task}`, context);
  return taskOf(task, context);
}

/** A row has neither counts nor a reason. */
function sightingOf(row: EcsTask, context: ReadContext): Sighting<NativeTask> {
  const word = statusOfWord(row.TaskStatus, row.TaskAction);
  return { task: taskOfBareRow(row, context), needsDetail: word === "finished" || word === "failed" };
}

/**
 * A listed task that `DescribeTaskAttribute` does not know. Of an action which that API does not describe, the row is
 * all there is, and Finished without failure counts is a success; of others the outcome stays unread.
 */
export function taskOfRowAlone({ task }: Sighting<NativeTask>): NativeTask {
  const finished = statusOfWord(task.nativeStatus, task.nativeAction) === "finished";
  if (!finished || hasAttributes(task.nativeAction)) return task;
  const finishedAt = rfc3339OfEcs(task.nativeTimes.finishedAt);
  return { ...task, status: "succeeded", cancelable: false, finishedAt };
}

/**
 * Whether `DescribeTaskAttribute` says how tasks of that action went. Its page names these three.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetaskattribute
 */
function hasAttributes(nativeAction: string): boolean {
  return ["importimage", "exportimage", "modifydiskspec"].includes(plainWord(nativeAction));
}

function malformed(message: string, { requestId }: ReadContext): ProviderError {
  return new ProviderError("malformed", message, { requestId });
}
