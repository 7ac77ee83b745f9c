import { readListHead, readPage } from "../shared/ecs/task-list.ts";
import { taskOf } from "../shared/ecs/task.ts";
import type { ReadContext } from "../shared/ecs/task.ts";
import type { NumberedPage } from "../shared/numbered-pages.ts";
import type { Opened } from "./envelope.ts";

/** One page of `DescribeTasks`. Its rows are the only evidence: the gateway has no call for a task's detail. */
export function normalizePage({ payload, requestId }: Opened, given: Omit<ReadContext, "requestId">): NumberedPage {
  const context = { ...given, requestId };
  return readPage(readListHead(payload, requestId), context, (row) => ({
    task: taskOf(row, context),
    needsDetail: false,
  }));
}
