import { ProviderError } from "../../domain/errors.ts";
import type { NativeTask, Sighting } from "../../domain/provider.ts";
import { isTerminal } from "../../domain/task.ts";
import type { EcsTask } from "../shared/ecs/payload.ts";
import { readListHead, readPage, readTask } from "../shared/ecs/task-list.ts";
import { taskOf, taskOfBareRow } from "../shared/ecs/task.ts";
import type { ReadContext } from "../shared/ecs/task.ts";
import { kindOfAction, statusOfWord } from "../shared/ecs/words.ts";
import type { NumberedPage } from "../shared/numbered-pages.ts";

/** One page of `DescribeTasks`. Throws `malformed` if the response has neither rows nor a count. */
export function normalizeTaskList(payload: unknown, context: ReadContext): NumberedPage {
  const head = readListHead(payload, context.requestId);
  if (head.totalCount === null && (head.taskSet === undefined || head.taskSet === null)) {
    throw malformed("DescribeTasks: the answer has neither TaskSet nor TotalCount", context);
  }
  return readPage(head, context, (row) => sightingOf(row, context));
}

/** The response of `DescribeTaskAttribute`, which names no resource. Throws `malformed` if it is not a task. */
export function normalizeTaskAttribute(payload: unknown, context: ReadContext): NativeTask {
  const task = readTask(payload);
  if (typeof task === "string") throw malformed(`DescribeTaskAttribute: ${task}`, context);
  return taskOf(task, context);
}

/** An image task's row has no counts and no reason. Ignores those that a gateway may add. */
function sightingOf(row: EcsTask, context: ReadContext): Sighting<NativeTask> {
  const word = statusOfWord(row.TaskStatus, row.TaskAction);
  const task = kindOfAction(row.TaskAction).rowDecides ? taskOf(row, context) : taskOfBareRow(row, context);
  return { task, needsDetail: word === "failed" || (word === "finished" && !isTerminal(task.status)) };
}

function malformed(message: string, { requestId }: ReadContext): ProviderError {
  return new ProviderError("malformed", message, { requestId });
}
