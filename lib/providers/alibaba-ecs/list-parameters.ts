import { ProviderError } from "../../domain/errors.ts";
import type { ListQuery } from "../../domain/provider.ts";
import { ceilToSecond, floorToMinute } from "../shared/ecs/time.ts";
import { wordOfAction } from "../shared/ecs/words.ts";

const mostResourceIds = 100;

/**
 * The parameters of `DescribeTasks` for a query. They may select more tasks than the query; the caller filters the
 * rest. Throws `bad-request` for values that the API would refuse or misread.
 */
export function listParameters(query: ListQuery): Record<string, string> {
  const resourceIds = query.resourceIds ?? [];
  if (resourceIds.length > mostResourceIds) throw badRequest(`at most ${mostResourceIds} resource ids in one list`);
  const action = query.nativeAction ?? (query.action && wordOfAction(query.action));
  const status = query.nativeStatus ?? (query.openOnly === true ? "Processing" : nativeStatusFilter(query));
  return {
    ...(query.createdAfter && { StartTime: floorToMinute(validTime(query.createdAfter)) }),
    ...(query.createdBefore && { EndTime: ceilToSecond(validTime(query.createdBefore)) }),
    ...(action !== undefined && { TaskAction: action }),
    ...(status !== undefined && { TaskStatus: status }),
    ...Object.fromEntries(resourceIds.map((id, index) => [`ResourceIds.${index + 1}`, id])),
  };
}

/**
 * Returns a filter only if it omits no matching task. Every success is Finished, but a failure is Failed or Finished.
 * The API supports only Finished, Processing, and Failed, and ignores other values.
 */
function nativeStatusFilter({ status }: ListQuery): string | undefined {
  if (status === "running") return "Processing";
  return status === "succeeded" ? "Finished" : undefined;
}

function validTime(time: Date): Date {
  if (Number.isNaN(time.getTime())) throw badRequest("a time of creation is no time");
  return time;
}

function badRequest(message: string): ProviderError {
  return new ProviderError("bad-request", message);
}
