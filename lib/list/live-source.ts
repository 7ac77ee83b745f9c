import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { ListQuery, Provider, Sighting, TaskPage, UnreadableRow } from "../domain/provider.ts";
import { isTerminal, targetKey, taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { isAbortOf, providerErrorOf } from "../http/deadlines.ts";
import { providerFailure } from "../http/problem.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage, Walk } from "./collect-rows.ts";
import { creationWindow, isOurStatus, statusMatches, taskMatchesButStatus } from "./filter.ts";
import type { Source, SourceRow } from "./merge-pages.ts";
import { newestFirst } from "./newest-first.ts";
import type { Window } from "./newest-first.ts";
import { placeAfter, readPosition, writePosition } from "./place.ts";
import type { Resumption } from "./place.ts";
import type { ListTasksQuery } from "./query.ts";
import { settleAll } from "./settle-rows.ts";
import type { SettleCost, SettleDependencies } from "./settle-rows.ts";

/** Provider pages read for one page of the answer. Later pages are left to the answer's cursor. */
const maxPages = 5;
/** Lists read for one page of the answer. A walk that has to sort tasks itself needs several for one page. */
const mostLists = 20;
/** Details read for one page of the answer, of all targets together. Each target may read one portion more. */
const mostDetailsOfAll = 300;
/** Reads of the ledger for one page of the answer. */
const mostRecordReads = 25;
const detailConcurrency = 5;
/** Rows settled at a time. At the provider deadline the settled portions are kept and the one in progress is lost. */
const largestPortion = 20;

/**
 * A target's tasks as the provider reports them now, newest first. At the provider deadline, answers with what it has by
 * then. Tasks that come or go between two pulls make no other task appear twice or not at all.
 */
export function liveSource(
  provider: Provider,
  asked: ListTasksQuery,
  deps: SettleDependencies,
): Source<ProviderFailure> {
  const { target } = provider;
  const query = { ...asked, status: asked.status?.filter((status) => !isOurStatus(status)) };
  return {
    key: targetKey(target),
    async pull(from, limit) {
      const resumption = readPosition(from);
      const live: Live = { provider, query, deps, cost: { details: 0, recordReads: 0 } };
      try {
        return await collectRows(await walkFrom(resumption, limit, live), limit);
      } catch (error) {
        return { failure: providerFailure(target, providerErrorOf(error, deps)) };
      }
    },
  };
}

async function walkFrom(from: Resumption, limit: number, asked: Live): Promise<Walk<LiveRow>> {
  const live = { ...asked, query: await withCanonicalIds(asked, from.place === null) };
  const { cost, deps } = live;
  const portions = Math.ceil(limit / largestPortion);
  const mostDetails = Math.max(limit, largestPortion);
  return {
    from: from.place && writePosition({ ...from, place: from.place }),
    pages: livePages(live, from),
    maxPages,
    // Equal portions, so that the last one reads no more details than the page needs.
    portionSize: Math.ceil(limit / portions),
    match: (rows) => matchingRows(rows, live),
    isSpent: () =>
      cost.details >= mostDetails || cost.recordReads >= mostRecordReads || deps.detailsRead.count >= mostDetailsOfAll,
    isCutOff: (error) => isAbortOf(deps.providerSignal, error),
  };
}

interface Live {
  readonly provider: Provider;
  readonly query: ListTasksQuery;
  readonly deps: SettleDependencies;
  /** What this pull has cost. A filter that drops most tasks must not read all of them for one page. */
  readonly cost: SettleCost;
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

interface LiveRow {
  readonly sighting: Sighting;
  readonly after: string;
}

async function* livePages(live: Live, from: Resumption): AsyncGenerator<SourcePage<LiveRow>> {
  const reportedIds = new Set<string>();
  let lists = 0;
  const counted = async function* (window: Window): AsyncGenerator<TaskPage> {
    for await (const page of pagesOf(window, live)) {
      lists += 1;
      yield page;
    }
  };
  for await (const { rows, unreadable, rest, isLast } of newestFirst(counted, from)) {
    if (!from.reported) reportUnreadable({ unreadable: onlyNew(unreadable, reportedIds) }, live);
    yield {
      rows: rows.map((sighting) => ({
        sighting,
        after: writePosition({ ...rest, place: placeAfter(sighting.task) }),
      })),
      end: isLast ? "ended" : { position: writePosition(rest) },
      isCostly: lists >= mostLists,
    };
  }
}

/** Windows of one walk overlap, so they may contain the same unreadable rows. */
function onlyNew(rows: readonly UnreadableRow[], known: Set<string>): UnreadableRow[] {
  return rows.filter(({ nativeId }) => nativeId === null || (!known.has(nativeId) && known.add(nativeId)));
}

/** Ids that the caller named are read by one call, as one page. */
function pagesOf(window: Window, { provider, query, deps }: Live): AsyncIterable<TaskPage> {
  if (query.nativeId !== undefined) return namedIds(provider, query.nativeId, deps.providerSignal);
  return provider.list(toListQuery(query, window), deps.providerSignal);
}

async function* namedIds(provider: Provider, ids: readonly string[], signal: AbortSignal): AsyncGenerator<TaskPage> {
  const wellFormed = ids.filter((id) => provider.nativeIdProblem(id) === undefined);
  const rows = await provider.getMany(wellFormed, signal);
  yield { ...rows, next: null };
}

function toListQuery(query: ListTasksQuery, window: Window): ListQuery {
  const { nativeAction, nativeStatus, resourceId, imageName } = query;
  const kept = creationWindow(query);
  const [action, ...otherActions] = query.action ?? [];
  const [status, ...otherStatuses] = query.status ?? [];
  const createdAfter = latest(kept.createdAfter, window.createdAfter);
  const createdBefore = earliest(kept.createdBefore, window.createdBefore);
  return {
    bare: true,
    ...(createdAfter && { createdAfter }),
    ...(createdBefore && { createdBefore }),
    ...(nativeAction !== undefined && { nativeAction }),
    ...(resourceId !== undefined && { resourceIds: resourceId }),
    ...(imageName !== undefined && { imageName }),
    ...(action !== undefined && otherActions.length === 0 && { action }),
    ...(window.anyStatus !== true && nativeStatus !== undefined && { nativeStatus }),
    ...(window.anyStatus !== true && status !== undefined && otherStatuses.length === 0 && { status }),
  };
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
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
  const candidates = portion.filter(({ sighting }) => mayMatch(sighting, query));
  const settled = await settleAll(
    candidates.map(({ sighting }) => sighting),
    live,
  );
  return candidates.flatMap(({ after, sighting }, index) => {
    const task = settled[index];
    if (task === undefined || !statusMatches(task, query)) return [];
    return isAsListed(task, sighting) || taskMatchesButStatus(task, query) ? [{ task, after }] : [];
  });
}

/** True if the row was complete, so that its filters have been applied already. */
function isAsListed(task: Task, { task: row, bare = false }: Sighting): boolean {
  return !bare && task.nativeStatus === row.nativeStatus;
}

/** False for a task that cannot match, so its record and its detail need not be read. */
function mayMatch({ task, needsDetail, bare = false }: Sighting, query: ListTasksQuery): boolean {
  if (bare) return true;
  return taskMatchesButStatus(task, query) && (needsDetail ? mayHaveEnded(query) : statusMatches(task, query));
}

function mayHaveEnded({ status }: ListTasksQuery): boolean {
  return status === undefined || status.some((one) => isTerminal(one) || one === "unknown");
}
