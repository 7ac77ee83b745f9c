import { ProviderError } from "../../domain/errors.ts";
import type { ListQuery } from "../../domain/provider.ts";
import { endOfMinute, floorToMinute } from "../shared/ecs/time.ts";
import { spellingOf, wordOfAction } from "../shared/ecs/words.ts";

const mostResourceIds = 100;

/** The words that the API documents as filters. It ignores any other status. */
const actionWords = ["ImportImage", "ExportImage", "RedeployInstance", "ModifyDiskSpec", "ArchiveSnapshot"];
const statusWords = ["Finished", "Processing", "Failed"];

/**
 * The parameters of `DescribeTasks` for a query. They may select more tasks than the query; the caller filters the
 * rest. Throws `bad-request` for values that the API would refuse or misread.
 */
export function listParameters(query: ListQuery): Record<string, string> {
  const resourceIds = query.resourceIds ?? [];
  if (resourceIds.length > mostResourceIds) {
    throw new ProviderError("bad-request", `at most ${mostResourceIds} resource ids in one list`);
  }
  const action = spellingOf(query.nativeAction, actionWords) ?? wordOfAction(query.action);
  const status = spellingOf(query.nativeStatus, statusWords) ?? nativeStatusFilter(query);
  return {
    ...(query.createdAfter && { StartTime: floorToMinute(query.createdAfter) }),
    ...(query.createdBefore && { EndTime: endOfMinute(query.createdBefore) }),
    ...(action !== undefined && { TaskAction: action }),
    ...(status !== undefined && { TaskStatus: status }),
    ...Object.fromEntries(resourceIds.map((id, index) => [`ResourceIds.${index + 1}`, id])),
  };
}

/**
 * Returns a filter only if it omits no matching task. Every success is Finished, but a failure is Failed or Finished.
 * For open tasks, Processing is the only word that the API supports.
 */
function nativeStatusFilter({ status, openOnly }: ListQuery): string | undefined {
  if (openOnly === true || status === "running") return "Processing";
  return status === "succeeded" ? "Finished" : undefined;
}
