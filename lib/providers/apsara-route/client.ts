import type { Clock } from "../../domain/clock.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { CloudClient, ListQuery, NativeTask, Rows, TaskPage } from "../../domain/provider.ts";
import type { Caller, CredentialSource } from "../../transport/call.ts";
import type { XCaCredential } from "../../transport/signing/x-ca.ts";
import { findTasks } from "../shared/ecs/find-tasks.ts";
import { nativeIdProblem } from "../shared/ecs/native-id.ts";
import { kindOfAction } from "../shared/ecs/words.ts";
import { largestPage, pageSizeOf, walkPages } from "../shared/numbered-pages.ts";
import type { NumberedPage } from "../shared/numbered-pages.ts";
import { openEnvelope } from "./envelope.ts";
import { normalizePage } from "./normalize.ts";
import { describeTasksRequest, filterParams } from "./request.ts";
import type { Gateway, Params } from "./request.ts";

export interface ApsaraRouteOptions extends Omit<Gateway, "stage"> {
  /** Default `RELEASE`. */
  readonly stage?: string | undefined;
  /** For a stack that reports failed tasks under a word other than `Finished`. */
  readonly finishedWithoutDetail?: "succeeded" | undefined;
}

export interface ApsaraRouteDependencies {
  readonly call: Caller;
  readonly credential: CredentialSource<XCaCredential>;
  readonly clock: Clock;
}

/** Requests one page. */
type Describe = (params: PageParams, signal: AbortSignal) => Promise<NumberedPage>;
type PageParams = Params & { readonly PageSize: string };

/**
 * An Apsara Stack behind the route gateway: `POST /apsara/route/Ecs/DescribeTasks`. The gateway documents no call that
 * reads a task's detail or cancels a task.
 * https://help.crelpc.com/elastic-compute-service/APIReference/Other%20operations/DescribeTasks
 */
export function createApsaraRoute(options: ApsaraRouteOptions, deps: ApsaraRouteDependencies): CloudClient {
  const { stage = "RELEASE", finishedWithoutDetail, ...gateway } = options;
  const describe = describer({ ...gateway, stage }, { ...deps, finishedWithoutDetail });

  const getMany = (nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<NativeTask>> =>
    findTasks(nativeIds, (TaskIds, page) => describe({ TaskIds, ...pageParams(page, largestPage) }, signal));

  return {
    nativeIdProblem,
    discovers: ({ nativeAction }) => kindOfAction(nativeAction).discovered,
    getMany,
    list: (query, signal) =>
      query.openOnly === true ? listOpenPages(describe, signal) : listPages(describe, query, signal),
    async get(nativeId, signal) {
      const { sightings, unreadable } = await unlessNotFound(getMany([nativeId], signal));
      const [broken] = unreadable;
      if (sightings.length === 0 && broken !== undefined) throw new ProviderError("malformed", broken.reason);
      return sightings[0]?.task;
    },
  };
}

type Reading = ApsaraRouteDependencies & Pick<ApsaraRouteOptions, "finishedWithoutDetail">;

function describer(gateway: Gateway, { call, credential, clock, finishedWithoutDetail }: Reading): Describe {
  return (params, signal) =>
    call(
      {
        api: "DescribeTasks",
        safeToRepeat: true,
        async sign(attempt) {
          const keys = await credential({ fresh: attempt.freshCredential, call: attempt.call });
          return describeTasksRequest(gateway, params, { attempt, credential: keys });
        },
        read(response) {
          const nowMs = clock.now();
          const observedAt = new Date(nowMs).toISOString();
          const context = { observedAt, finishedWithoutDetail, mostRows: Number(params.PageSize) };
          return normalizePage(openEnvelope(response, nowMs), context);
        },
      },
      signal,
    );
}

/**
 * Treats "not found" for a single id as a missing task. For several ids, the error stays: it could be about any of
 * them.
 */
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
  const filter = filterParams(query);
  const pageSize = pageSizeOf(query);
  const fetchPage = (page: number) => describe({ ...filter, ...pageParams(page, pageSize) }, signal);
  yield* walkPages({ api: "DescribeTasks", pageSize, fetchPage });
}

/**
 * The words for open tasks that the API accepts as filters. The most important comes first, because a gateway may
 * refuse the others.
 */
const openWords = ["Processing", "Pending", "Paused"];

async function* listOpenPages(describe: Describe, signal: AbortSignal): AsyncGenerator<TaskPage<NativeTask>> {
  for (const nativeStatus of openWords) {
    const isLastWord = nativeStatus === openWords.at(-1);
    for await (const page of listPages(describe, { nativeStatus }, signal)) {
      // The pages of the next word follow the last page of this one.
      yield isLastWord ? page : { ...page, next: page.next ?? "1" };
    }
  }
}

/** Always sends the page size, because the default page has ten rows. */
function pageParams(page: number, pageSize: number): PageParams {
  return { PageNumber: String(page), PageSize: String(pageSize) };
}
