import type { Clock } from "../../domain/clock.ts";
import { ProviderError } from "../../domain/errors.ts";
import type {
  CloudClient,
  ListQuery,
  NativeTask,
  Rows,
  Sighting,
  TaskPage,
  UnreadableRow,
} from "../../domain/provider.ts";
import type { Caller, CredentialSource } from "../../transport/call.ts";
import type { XCaCredential } from "../../transport/signing/x-ca.ts";
import { openEnvelope } from "./envelope.ts";
import { nativeIdProblem } from "./native-id.ts";
import { normalizePage } from "./normalize.ts";
import type { RoutePage } from "./normalize.ts";
import { pageNumber, pagesFrom } from "./paging.ts";
import { describeTasksRequest, filterParams } from "./request.ts";
import type { Gateway, Params } from "./request.ts";

export interface ApsaraRouteOptions extends Omit<Gateway, "stage"> {
  /** Default `RELEASE`. */
  readonly stage?: string | undefined;
}

export interface ApsaraRouteDependencies {
  readonly call: Caller;
  readonly credential: CredentialSource<XCaCredential>;
  readonly clock: Clock;
}

/** The API takes at most 100 ids, and at most 100 rows a page. */
export const batchSize = 100;

/** Asks for one page. */
type Describe = (params: Params, signal: AbortSignal) => Promise<RoutePage>;

/**
 * An Apsara Stack behind the route gateway: `POST /apsara/route/Ecs/DescribeTasks`. The gateway documents no call for a
 * task's detail and none to cancel.
 * https://help.crelpc.com/elastic-compute-service/APIReference/Other%20operations/DescribeTasks
 */
export function createApsaraRoute(options: ApsaraRouteOptions, deps: ApsaraRouteDependencies): CloudClient {
  const describe = describer({ ...options, stage: options.stage ?? "RELEASE" }, deps);

  async function getMany(nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<NativeTask>> {
    const found: { sightings: Sighting<NativeTask>[]; unreadable: UnreadableRow[] } = { sightings: [], unreadable: [] };
    // An id of another form cannot exist, and a comma in one would ask for two.
    const ids = [...new Set(nativeIds)].filter((id) => nativeIdProblem(id) === undefined);
    for (let from = 0; from < ids.length; from += batchSize) {
      const rows = await getBatch(describe, ids.slice(from, from + batchSize), signal);
      found.sightings.push(...rows.sightings);
      found.unreadable.push(...rows.unreadable);
    }
    return found;
  }

  return {
    nativeIdProblem,
    getMany,
    list: (query, signal) => listPages(describe, query, signal),
    async get(nativeId, signal) {
      const { sightings, unreadable } = await unlessNotFound(getMany([nativeId], signal));
      const [broken] = unreadable;
      if (sightings.length === 0 && broken !== undefined) throw new ProviderError("malformed", broken.reason);
      return sightings[0]?.task;
    },
  };
}

function describer(gateway: Gateway, { call, credential, clock }: ApsaraRouteDependencies): Describe {
  return (params, signal) =>
    call(
      {
        api: "DescribeTasks",
        safeToRepeat: true,
        async sign(attempt) {
          const keys = await credential({ fresh: attempt.freshCredential });
          return describeTasksRequest(gateway, params, { attempt, credential: keys });
        },
        read(response) {
          const observedAt = new Date(clock.now()).toISOString();
          return normalizePage(openEnvelope(response), { observedAt });
        },
      },
      signal,
    );
}

/** One id that the provider says does not exist is missing; of many it could be any, so there the error stays. */
async function unlessNotFound(rows: Promise<Rows<NativeTask>>): Promise<Rows<NativeTask>> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "not-found") return { sightings: [], unreadable: [] };
    throw error;
  }
}

async function* listPages(
  describe: Describe,
  query: ListQuery,
  signal: AbortSignal,
): AsyncGenerator<TaskPage<NativeTask>> {
  const size = Math.min(batchSize, Math.max(1, query.pageSize ?? batchSize));
  const filter = filterParams(query);
  yield* pagesFrom({ number: pageNumber(query.from), size }, (number) =>
    describe({ ...filter, PageNumber: String(number), PageSize: String(size) }, signal),
  );
}

/** The default page has ten rows, so the page size is always sent; a gateway that gives fewer is asked for the rest. */
async function getBatch(describe: Describe, ids: readonly string[], signal: AbortSignal): Promise<Rows<NativeTask>> {
  const wanted = new Set(ids);
  const sightings: Sighting<NativeTask>[] = [];
  const unreadable: UnreadableRow[] = [];
  const TaskIds = ids.join(",");
  const pages = pagesFrom({ number: 1, size: batchSize }, (number) =>
    describe({ TaskIds, PageNumber: String(number), PageSize: String(batchSize) }, signal),
  );
  for await (const page of pages) {
    sightings.push(...page.sightings.filter(({ task }) => wanted.delete(task.nativeId)));
    unreadable.push(...page.unreadable.filter(({ nativeId }) => nativeId === null || wanted.delete(nativeId)));
    if (wanted.size === 0) break;
  }
  return { sightings, unreadable };
}
