import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { ListQuery, Provider, Sighting, TaskPage } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal, targetKey, taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { isAbortOf, providerErrorOf } from "../http/deadlines.ts";
import type { Deadlines } from "../http/deadlines.ts";
import { providerFailure } from "../http/problem.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { LedgerUnavailableError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage, Walk } from "./collect-rows.ts";
import { creationWindow, statusMatches, taskMatchesButStatus } from "./filter.ts";
import type { Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";

/** Provider pages read for one page of the answer. Later pages are left to the answer's cursor. */
const maxPages = 5;
const detailConcurrency = 5;
/** Rows settled at a time. At the provider deadline the settled portions are kept and the one in progress is lost. */
const largestPortion = 20;

interface LiveDependencies extends Deadlines {
  readonly ledger: Ledger;
  /** Collects failures to read single tasks. */
  readonly errors: ProviderFailure[];
  /** Collects the ledger's failures. After the first, it is not asked again. */
  readonly outages: LedgerUnavailableError[];
}

/** A target's tasks as the provider reports them now. At the provider deadline, answers with what it has by then. */
export function liveSource(provider: Provider, query: ListTasksQuery, deps: LiveDependencies): Source<ProviderFailure> {
  const { target } = provider;
  const live: Live = { provider, query, deps };
  return {
    key: targetKey(target),
    async pull(from, limit) {
      try {
        return await collectRows(await walkFrom(from, limit, live), limit);
      } catch (error) {
        return { failure: providerFailure(target, providerErrorOf(error, deps)) };
      }
    },
  };
}

async function walkFrom(from: string | null, limit: number, asked: Live): Promise<Walk<LiveRow>> {
  const live = { ...asked, query: await withCanonicalIds(asked, from === null) };
  return {
    from,
    pages: livePages(live, readPlace(from)),
    maxPages,
    portionSize: Math.min(limit, largestPortion),
    match: (rows) => matchingRows(rows, live),
    isCutOff: (error) => isAbortOf(live.deps.providerSignal, error),
  };
}

interface Live {
  readonly provider: Provider;
  readonly query: ListTasksQuery;
  readonly deps: LiveDependencies;
}

/** The query with each native id replaced by the one that its task is known by. An id that cannot be told is reported. */
async function withCanonicalIds({ provider, query, deps }: Live, firstPage: boolean): Promise<ListTasksQuery> {
  const { nativeId } = query;
  if (nativeId === undefined || provider.resolve === undefined) return query;
  const limit = pLimit(detailConcurrency);
  const wellFormed = nativeId.filter((id) => provider.nativeIdProblem(id) === undefined);
  const resolved = await Promise.all(
    wellFormed.map((id) => limit(async () => provider.resolve?.(id, deps.providerSignal))),
  );
  const unreadable = resolved.flatMap((one) => (one && "reason" in one ? [{ nativeId: null, ...one }] : []));
  // A walk asks once for each page of the answer.
  if (firstPage) reportUnreadable({ unreadable }, { provider, deps });
  return { ...query, nativeId: resolved.flatMap((one) => (one && "nativeId" in one ? [one.nativeId] : [])) };
}

/** A position: a provider page, and how many of its rows come before. */
interface Place {
  readonly page: string | null;
  readonly skip: number;
}

function readPlace(position: string | null): Place {
  if (position === null) return { page: null, skip: 0 };
  const [skip = "0", ...page] = position.split(":");
  return { page: page.length === 0 ? null : page.join(":"), skip: Number(skip) };
}

function writePlace({ page, skip }: Place): string {
  return page === null ? String(skip) : `${skip}:${page}`;
}

interface LiveRow {
  readonly sighting: Sighting;
  readonly after: string;
}

async function* livePages(live: Live, from: Place): AsyncGenerator<SourcePage<LiveRow>> {
  let place = from;
  for await (const page of pagesFrom(live, from)) {
    const { page: here, skip } = place;
    // A page that is resumed in the middle was reported when it was begun.
    if (skip === 0) reportUnreadable(page, live);
    const rows = page.sightings.map((sighting, index) => ({
      sighting,
      after: writePlace({ page: here, skip: index + 1 }),
    }));
    place = { page: page.next, skip: 0 };
    yield { rows: rows.slice(skip), end: page.next === null ? "ended" : { position: writePlace(place) } };
  }
}

/** Ids that the caller named are read by one call, as one page. */
function pagesFrom({ provider, query, deps }: Live, from: Place): AsyncIterable<TaskPage> {
  if (query.nativeId !== undefined) return namedIds(provider, query.nativeId, deps.providerSignal);
  return provider.list(toListQuery(query, from), deps.providerSignal);
}

async function* namedIds(provider: Provider, ids: readonly string[], signal: AbortSignal): AsyncGenerator<TaskPage> {
  const wellFormed = ids.filter((id) => provider.nativeIdProblem(id) === undefined);
  const rows = await provider.getMany(wellFormed, signal);
  yield { ...rows, next: null };
}

function toListQuery(query: ListTasksQuery, { page }: Place): ListQuery {
  const { nativeAction, nativeStatus, resourceId, imageName } = query;
  const { createdAfter, createdBefore } = creationWindow(query);
  const [action, ...otherActions] = query.action ?? [];
  const [status, ...otherStatuses] = query.status ?? [];
  return {
    ...(createdAfter && { createdAfter }),
    ...(createdBefore && { createdBefore }),
    ...(nativeAction !== undefined && { nativeAction }),
    ...(nativeStatus !== undefined && { nativeStatus }),
    ...(resourceId !== undefined && { resourceIds: resourceId }),
    ...(imageName !== undefined && { imageName }),
    ...(action !== undefined && otherActions.length === 0 && { action }),
    ...(status !== undefined && otherStatuses.length === 0 && { status }),
    ...(page !== null && { from: page }),
  };
}

function reportUnreadable({ unreadable }: Pick<TaskPage, "unreadable">, live: Pick<Live, "provider" | "deps">): void {
  const { deps } = live;
  const { target } = live.provider;
  for (const { nativeId, reason } of unreadable) {
    const id = nativeId === null ? undefined : taskId(target, nativeId);
    deps.errors.push(providerFailure(target, new ProviderError("malformed", reason), id));
  }
}

async function matchingRows(portion: readonly LiveRow[], live: Live): Promise<SourceRow[]> {
  const { query } = live;
  const candidates = portion.filter(
    ({ sighting }) => taskMatchesButStatus(sighting.task, query) && mayMatchStatus(sighting, query),
  );
  const settled = await settleAll(
    candidates.map(({ sighting }) => sighting),
    live,
  );
  return candidates.flatMap(({ after }, index) => {
    const task = settled[index];
    return task !== undefined && statusMatches(task, query) ? [{ task, after }] : [];
  });
}

/** False for a task that has ended when the query asks only for open ones, so its detail need not be read. */
function mayMatchStatus({ needsDetail }: Sighting, { status }: ListTasksQuery): boolean {
  return !needsDetail || status === undefined || status.some((one) => isTerminal(one) || one === "unknown");
}

/** Rows that say only that their task has ended are completed from the ledger, or else from the provider's detail. */
async function settleAll(sightings: readonly Sighting[], live: Live): Promise<Task[]> {
  const { provider, deps } = live;
  const incomplete = sightings.filter(({ needsDetail }) => needsDetail).map(({ task }) => task.id);
  const recorded = await readRecords(incomplete, deps);
  const limit = pLimit(detailConcurrency);
  return Promise.all(
    sightings.map(async ({ task, needsDetail }) => {
      if (!needsDetail) return task;
      const known = recorded.get(task.id)?.task;
      if (known && isTerminal(known.status) && known.status !== "vanished" && !isAnotherTask(known, task)) return known;
      return limit(() => readDetail(task, provider, deps));
    }),
  );
}

async function readRecords(
  ids: readonly string[],
  { ledger, outages, signal }: LiveDependencies,
): Promise<ReadonlyMap<string, TaskRecord>> {
  if (ids.length === 0 || outages.length > 0) return new Map();
  try {
    return await ledger.readTasks(ids, signal);
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    outages.push(error);
    return new Map();
  }
}

async function readDetail(task: Task, provider: Provider, { providerSignal, errors }: LiveDependencies): Promise<Task> {
  try {
    return (await provider.get(task.nativeId, providerSignal)) ?? task;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    errors.push(providerFailure(provider.target, error, task.id));
    return task;
  }
}
