import * as z from "zod/mini";
import type { Clock } from "../../domain/clock.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Answer } from "./answer.ts";
import type { EcmApi } from "./api.ts";
import { nativeIdProblem, taskFilter } from "./native-id.ts";
import type { TaskFilter } from "./native-id.ts";
import { imageNameOf, readImageTask } from "./normalize.ts";
import type { RowReading } from "./normalize.ts";
import { totalCountOf } from "./total-count.ts";

export interface LookupDependencies {
  readonly api: EcmApi;
  readonly clock: Clock;
  readonly zoneMinutes: number;
}

/** What is known about a task's image before the task is requested. */
interface KnownImage {
  readonly imageId: string;
  readonly imageName: string | null;
}

export interface Wanted {
  readonly nativeId: string;
  readonly image?: KnownImage;
}

/** `undefined` if the task does not exist. */
export type Found = RowReading | undefined;

/**
 * Requests one task with one filter and one value, because a row does not say which value it matched. Throws
 * `ProviderError`.
 */
export async function lookUp(
  { nativeId, image }: Wanted,
  deps: LookupDependencies,
  signal: AbortSignal,
): Promise<Found> {
  const filter = taskFilter(nativeId);
  if (filter === undefined) throw new ProviderError("bad-request", `the native id ${nativeIdProblem(nativeId)}`);
  const answer = await describeTask(filter, deps.api, signal);
  if (answer === undefined) return undefined;
  const rows = rowsAbout(filter, answer);
  if (!Array.isArray(rows)) return rows;
  if (rows.length === 0) return undefined;
  if (rows.length > 1) return { reason: `ambiguous: ${rows.length} tasks answer to ${filter.name} ${filter.value}` };
  return readImageTask(rows[0], {
    nativeId,
    imageId: image?.imageId ?? (filter.name === "image-id" ? filter.value : null),
    imageName: image?.imageName ?? null,
    zoneMinutes: deps.zoneMinutes,
    observedAt: new Date(deps.clock.now()).toISOString(),
    requestId: answer.requestId,
  });
}

/** For a batch. An error about one id becomes the reason for that id and does not affect the others. */
export async function lookUpOneOfMany(wanted: Wanted, deps: LookupDependencies, signal: AbortSignal): Promise<Found> {
  const problem = nativeIdProblem(wanted.nativeId);
  if (problem !== undefined) return { reason: `the native id ${problem}` };
  try {
    return await lookUp(wanted, deps, signal);
  } catch (error) {
    if (error instanceof ProviderError && error.scope === "id") return { reason: error.message };
    throw error;
  }
}

/** `undefined` if the API finds nothing for this filter. */
async function describeTask(filter: TaskFilter, api: EcmApi, signal: AbortSignal): Promise<Answer | undefined> {
  const params = { Filters: [{ Name: filter.name, Values: [filter.value] }] };
  try {
    return await api({ action: "DescribeCustomImageTask", params }, signal);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "not-found") return undefined;
    throw error;
  }
}

const TaskSet = z.object({ ImageTaskSet: z.nullish(z.array(z.unknown())) });

/** The call has no limit of its own. One id or name has one task, and a name may match part of a few others. */
const mostRows = 100;

/** The rows that may be the requested task. A contradictory response does not prove that the task is gone. */
function rowsAbout(filter: TaskFilter, answer: Answer): unknown[] | { reason: string } {
  const parsed = z.safeParse(TaskSet, answer.fields);
  if (!parsed.success) return { reason: "ImageTaskSet is no list" };
  const { ImageTaskSet } = parsed.data;
  const total = totalCountOf(answer.fields);
  if (total === "unreadable") return { reason: "TotalCount is not a count" };
  // Only the documented form of a zero proves that a missing set is empty.
  if (ImageTaskSet === undefined && answer.fields["TotalCount"] !== 0)
    return { reason: "the answer holds no ImageTaskSet" };
  const rows = ImageTaskSet ?? [];
  if (rows.length > mostRows) return { reason: `${rows.length} tasks are shown, and at most ${mostRows} are read` };
  if (rows.length === 0 && (total ?? 0) > 0) return { reason: `TotalCount is ${total}, and no task is shown` };
  if (rows.length < (total ?? 0)) return { reason: `ambiguous: ${rows.length} of ${total} tasks are shown` };
  if (filter.name !== "image-name") return rows;
  // The filter may match part of a name. A row without a readable name may still be the right one.
  return rows.filter((row) => (imageNameOf(row) ?? filter.value) === filter.value);
}
