import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { ListQuery, Provider, Sighting, TaskPage } from "../domain/provider.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal, targetKey, taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { isAbortOf, providerErrorOf } from "../http/deadlines.ts";
import type { Deadlines } from "../http/deadlines.ts";
import { providerFailure } from "../http/problem.ts";
import type { ProviderFailure } from "../http/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { statusMatches, taskMatchesButStatus } from "./filter.ts";
import type { Pulled, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";

/** Provider pages looked through for one page of the answer; what is beyond them is behind the answer's cursor. */
const maxPages = 5;
const detailConcurrency = 5;
/** Rows settled at a time: what is kept at the provider deadline, and what is read too many when the answer is full. */
const largestPortion = 20;

export interface LiveDependencies extends Deadlines {
  readonly ledger: Ledger;
  /** Takes what could not be read of single tasks. */
  readonly errors: ProviderFailure[];
}

/** A target's tasks as the provider tells them now. */
export function liveSource(provider: Provider, query: ListTasksQuery, deps: LiveDependencies): Source<ProviderFailure> {
  const { target } = provider;
  return {
    key: targetKey(target),
    async pull(position, limit) {
      try {
        const live = { provider, query: await withCanonicalIds({ provider, query, deps }, position === null), deps };
        return await pullPages(live, readPlace(position), limit);
      } catch (error) {
        return { failure: providerFailure(target, providerErrorOf(error, deps)) };
      }
    },
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

/** A row's place: the provider page it is on and how many rows of it come before. */
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

/** How far a pull has come: whole portions only. */
interface Progress {
  readonly rows: SourceRow[];
  place: Place;
}

/** What was looked through before the provider deadline is answered, and the rest is behind the cursor. */
async function pullPages(live: Live, from: Place, limit: number): Promise<Pulled> {
  const progress: Progress = { rows: [], place: from };
  try {
    return (await lookThrough(live, progress, limit)) ? { rows: progress.rows, end: "ended" } : pulledSoFar(progress);
  } catch (error) {
    if (progress.place === from || !isAbortOf(live.deps.providerSignal, error)) throw error;
    return pulledSoFar(progress);
  }
}

function pulledSoFar({ rows, place }: Progress): Pulled {
  return { rows, end: { position: writePlace(place) } };
}

/** @returns true when there is no more */
async function lookThrough(live: Live, progress: Progress, limit: number): Promise<boolean> {
  const portionSize = Math.min(limit, largestPortion);
  let looked = 0;
  for await (const page of pagesFrom(live, progress.place)) {
    const { page: here, skip } = progress.place;
    // A walk comes by the start of each page once.
    if (skip === 0) reportUnreadable(page, live);
    for (let start = skip; start < page.sightings.length && progress.rows.length < limit; start += portionSize) {
      const portion = page.sightings.slice(start, start + portionSize);
      progress.rows.push(...(await matchingRows(portion, { page: here, skip: start }, live)));
      progress.place = { page: here, skip: start + portion.length };
    }
    const exhausted = progress.place.skip >= page.sightings.length;
    if (exhausted && page.next === null) return true;
    if (exhausted) progress.place = { page: page.next, skip: 0 };
    looked += 1;
    if (progress.rows.length >= limit || looked >= maxPages) break;
  }
  return false;
}

/** Ids that the caller named are asked for at once; there is then but one page. */
function pagesFrom({ provider, query, deps }: Live, from: Place): AsyncIterable<TaskPage> | TaskPage[] {
  if (query.nativeId !== undefined) return namedIds(provider, query.nativeId, deps.providerSignal);
  return provider.list(toListQuery(query, from), deps.providerSignal);
}

async function* namedIds(provider: Provider, ids: readonly string[], signal: AbortSignal): AsyncGenerator<TaskPage> {
  const wellFormed = ids.filter((id) => provider.nativeIdProblem(id) === undefined);
  const rows = await provider.getMany(wellFormed, signal);
  yield { ...rows, next: null };
}

function toListQuery(query: ListTasksQuery, { page }: Place): ListQuery {
  const { createdAfter, createdBefore, nativeAction, nativeStatus, resourceId, imageName } = query;
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

async function matchingRows(portion: readonly Sighting[], place: Place, live: Live): Promise<SourceRow[]> {
  const { query } = live;
  const here = portion
    .map((sighting, index) => ({ sighting, after: writePlace({ page: place.page, skip: place.skip + index + 1 }) }))
    .filter(({ sighting }) => taskMatchesButStatus(sighting.task, query) && mayMatchStatus(sighting, query));
  const settled = await settleAll(
    here.map(({ sighting }) => sighting),
    live,
  );
  return here.flatMap(({ after }, index) => {
    const task = settled[index];
    return task !== undefined && statusMatches(task, query) ? [{ task, after }] : [];
  });
}

/** A task that is known to have ended need not be read when only open ones are wanted. */
function mayMatchStatus({ needsDetail }: Sighting, { status }: ListTasksQuery): boolean {
  return !needsDetail || status === undefined || status.some((one) => isTerminal(one) || one === "unknown");
}

/** A row that says only that its task has ended is completed from the ledger, or else by the provider's detail. */
async function settleAll(sightings: readonly Sighting[], live: Live): Promise<Task[]> {
  const { provider, deps } = live;
  const open = sightings.filter(({ needsDetail }) => needsDetail).map(({ task }) => task.id);
  const recorded = open.length === 0 ? undefined : await deps.ledger.readTasks(open, deps.signal);
  const limit = pLimit(detailConcurrency);
  return Promise.all(
    sightings.map(async ({ task, needsDetail }) => {
      if (!needsDetail) return task;
      const known = recorded?.get(task.id)?.task;
      if (known && isTerminal(known.status) && known.status !== "vanished" && !isAnotherTask(known, task)) return known;
      return limit(() => readDetail(task, provider, deps));
    }),
  );
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
