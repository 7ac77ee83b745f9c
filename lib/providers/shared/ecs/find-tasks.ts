import type { NativeTask, Rows, Sighting, UnreadableRow } from "../../../domain/provider.ts";
import { largestPage, walkPages } from "../numbered-pages.ts";
import type { NumberedPage } from "../numbered-pages.ts";
import { nativeIdProblem } from "./native-id.ts";

/** The most ids that one call may name. */
export const batchSize = 100;

/** Requests one page of the tasks with these ids, joined with commas. */
type DescribeByIds = (taskIds: string, pageNumber: number) => Promise<NumberedPage>;

/** The rows of these ids. A missing row means that the provider does not know the task. */
export async function findTasks(nativeIds: readonly string[], describe: DescribeByIds): Promise<Rows<NativeTask>> {
  // Skip malformed ids: a comma in one would be read as two ids.
  const askable = [...new Set(nativeIds)].filter((nativeId) => nativeIdProblem(nativeId) === undefined);
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  for (let start = 0; start < askable.length; start += batchSize) {
    const batch = await findBatch(askable.slice(start, start + batchSize), describe);
    sightings.push(...batch.sightings);
    unreadable.push(...batch.unreadable);
  }
  return { sightings, unreadable };
}

/** Usually one page. A gateway may use smaller pages, so this requests the remaining ones. */
async function findBatch(nativeIds: readonly string[], describe: DescribeByIds): Promise<Rows<NativeTask>> {
  const missing = new Set(nativeIds);
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  const fetchPage = (pageNumber: number) => describe(nativeIds.join(","), pageNumber);
  for await (const page of walkPages({ api: "DescribeTasks", pageSize: largestPage, fetchPage })) {
    sightings.push(...page.sightings.filter(({ task }) => missing.delete(task.nativeId)));
    unreadable.push(...page.unreadable.filter(({ nativeId }) => nativeId === null || missing.delete(nativeId)));
    if (missing.size === 0) break;
  }
  return { sightings, unreadable };
}
