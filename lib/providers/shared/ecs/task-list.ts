import * as z from "zod/mini";
import { ProviderError } from "../../../domain/errors.ts";
import type { NativeTask, Sighting, UnreadableRow } from "../../../domain/provider.ts";
import { largestPage } from "../numbered-pages.ts";
import type { NumberedPage } from "../numbered-pages.ts";
import { errorText } from "../redaction.ts";
import { checkRowCount } from "../row-count.ts";
import { nativeIdProblem } from "./native-id.ts";
import { EcsTask, membersOf, TaskListHead } from "./payload.ts";
import type { ReadContext } from "./task.ts";

/** The fields of a `DescribeTasks` response other than its rows. */
interface ListHead {
  /** `null` if the response has no count. */
  readonly totalCount: number | null;
  readonly pageSize: number | null;
  readonly taskSet: unknown;
}

/**
 * Throws `malformed` if the payload is not an object or has a malformed `TotalCount`. Without the count, an incomplete
 * list could pass for a complete one.
 */
export function readListHead(payload: unknown, requestId: string | null): ListHead {
  const head = TaskListHead.safeParse(payload);
  if (!head.success) throw malformed("DescribeTasks: the answer is not an object", requestId);
  const { TaskSet, TotalCount, PageSize } = head.data;
  if (TotalCount === "unreadable") throw malformed("DescribeTasks: TotalCount is not a count", requestId);
  return { totalCount: TotalCount, pageSize: PageSize || null, taskSet: TaskSet };
}

/**
 * One page. `sightingOf` turns a readable row into a sighting. Throws `malformed` if the page has more rows than were
 * requested, before it reads any of them.
 */
export function readPage(
  head: ListHead,
  { mostRows = largestPage, requestId }: Pick<ReadContext, "mostRows" | "requestId">,
  sightingOf: (row: EcsTask) => Sighting<NativeTask>,
): NumberedPage {
  const rows = membersOf(head.taskSet, "Task");
  checkRowCount("DescribeTasks", rows.length, { mostRows, requestId });
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const row of rows) {
    const task = readTask(row);
    if (typeof task === "string") unreadable.push({ nativeId: shownId(row), reason: task });
    else sightings.push(sightingOf(task));
  }
  return { sightings, unreadable, totalCount: head.totalCount, pageSize: head.pageSize };
}

/** The fields of a task, or what is wrong with them. The description names fields but never shows their values. */
export function readTask(payload: unknown): EcsTask | string {
  const parsed = EcsTask.safeParse(payload);
  return parsed.success ? (nativeIdProblem(parsed.data.TaskId) ?? parsed.data) : missingFields(parsed.error);
}

function missingFields(error: z.core.$ZodError): string {
  const names = new Set(error.issues.map((issue) => String(issue.path[0] ?? "")));
  return names.has("") ? "not an object" : `missing or of a wrong type: ${[...names].join(", ")}`;
}

const NamedRow = z.object({ TaskId: z.string() });

/**
 * A well-formed id is shown unchanged, so that it can be matched. A malformed id is cut to its first 128 harmless
 * characters, unless these would be the id of another task.
 */
function shownId(row: unknown): string | null {
  const nativeId = NamedRow.safeParse(row).data?.TaskId ?? "";
  if (nativeIdProblem(nativeId) === undefined) return nativeId;
  const shown = errorText(nativeId, 128);
  return nativeIdProblem(shown) === undefined ? null : shown || null;
}

function malformed(message: string, requestId: string | null): ProviderError {
  return new ProviderError("malformed", message, { requestId });
}
