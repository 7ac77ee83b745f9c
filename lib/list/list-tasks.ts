import type { Explain, WithExplanation } from "../domain/explanation.ts";
import type { Provider } from "../domain/provider.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { takeFitting } from "../http/answer-size.ts";
import type { Deadlines } from "../http/deadlines.ts";
import { Problem } from "../http/problem.ts";
import type { LedgerFailure, ProviderFailure, UnreadableRecord } from "../http/problem.ts";
import { LedgerUnavailableError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Positions } from "./cursor.ts";
import { canMatch, targetMatches } from "./filter.ts";
import { ledgerSource } from "./ledger-source.ts";
import { limitPerConnection } from "./limit-per-connection.ts";
import { liveSource } from "./live-source.ts";
import { mergePages } from "./merge-pages.ts";
import type { ListedTask } from "./merge-pages.ts";
import { pendingSource } from "./pending-source.ts";
import { filtersOf } from "./query.ts";
import type { ListTasksQuery } from "./query.ts";
import { stalledSource } from "./stalled-source.ts";
import { createUnreadableItems } from "./unreadable-items.ts";

export interface TaskList {
  readonly tasks: readonly WithExplanation<ListedTask>[];
  readonly nextCursor: string | null;
  /** Targets and tasks that could not be read. The tasks of the other targets are complete. */
  readonly errors: readonly (ProviderFailure | LedgerFailure | UnreadableRecord)[];
  /** How many entries of `errors` were left out because there were too many. */
  readonly omittedErrors?: number;
}

/** Together with the longest cursor, these leave an answer below the limit of a function. */
const roomBytes = { tasks: 4.5 * 1024 * 1024, errors: 1024 * 1024 };

interface AgedTaskList extends TaskList {
  /**
   * The age of the oldest last sweep among these targets, in whole seconds. Sweeps in which the provider did not answer
   * do not count. `null` for a live list, and when a target was never swept.
   */
  readonly ageSeconds: number | null;
}

interface ListDependencies extends Deadlines {
  readonly providers: readonly Provider[];
  /** Targets that are no longer configured. Lists from the ledger include what it still has of them. */
  readonly unconfigured?: readonly Target[];
  readonly ledger: Ledger;
  readonly explain: Explain;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * One page of tasks from every target that matches the query. A live list goes on without the ledger, except that it
 * needs the ledger to read a cursor.
 * @throws Problem `invalid-parameters` for a cursor of other filters, `provider-failed` when no target could be read
 * @throws LedgerUnavailableError
 */
export async function listTasks(query: ListTasksQuery, deps: ListDependencies): Promise<AgedTaskList> {
  const rowFailures: ProviderFailure[] = [];
  const outages: LedgerUnavailableError[] = [];
  const unreadable = createUnreadableItems();
  const key = readEarly(deps.ledger.cursorKey(deps.signal));
  const from = query.cursor === undefined ? null : decodeCursor(query.cursor, filtersOf(query), await key);
  const configured = deps.providers.filter(({ target }) => targetMatches(target, query));
  const unconfigured = (deps.unconfigured ?? []).filter((target) => targetMatches(target, query));
  const recorded = [...configured.map(({ target }) => target), ...unconfigured];
  const limited = limitPerConnection<ProviderFailure>();
  const makeSource = recordedSource(query);
  const sourceDeps = { ...deps, errors: rowFailures, outages, unreadable, detailsRead: { count: 0 } };
  const sources =
    makeSource === undefined
      ? configured.map((provider) => limited(provider.target.connection, liveSource(provider, query, sourceDeps)))
      : recorded.map((target) => limited(target.connection, makeSource(target, query, sourceDeps)));
  const [page, ageSeconds] = await Promise.all([
    mergePages(canMatch(query) ? sources : [], from, {
      limit: query.limit,
      bytes: roomBytes.tasks,
      explain: deps.explain,
    }),
    query.source === "ledger" ? ageOf(recorded, deps) : null,
  ]);
  // Those of whole targets come first, because the list may be cut.
  const providerFailures = [...page.failures, ...rowFailures];
  const asked = sources.filter(({ key }) => from === null || key in from);
  if (asked.length > 0 && page.failures.length === asked.length) {
    throw new Problem("provider-failed", { detail: "No provider could be reached", providers: providerFailures });
  }
  const nextCursor = await cursorOf(page.positions, query, key).catch((error: unknown) => {
    if (query.source === "ledger" || !(error instanceof LedgerUnavailableError)) throw error;
    outages.push(error);
    return null;
  });
  const isCut = page.positions !== null && nextCursor === null;
  const ledgerFailures = outages.slice(0, 1).map((outage) => ledgerFailure(outage, isCut));
  return {
    tasks: page.tasks,
    nextCursor,
    ...boundErrors([...ledgerFailures, ...providerFailures, ...unreadable.failures()]),
    ageSeconds,
  };
}

function boundErrors(all: TaskList["errors"]): Pick<TaskList, "errors" | "omittedErrors"> {
  const errors = takeFitting(all, roomBytes.errors);
  return errors.length === all.length ? { errors } : { errors, omittedErrors: all.length - errors.length };
}

function ledgerFailure({ kind, code, message }: LedgerUnavailableError, isCut: boolean): LedgerFailure {
  const missing = isCut
    ? "There are more tasks, but nextCursor cannot be made without it. Repeat the call later"
    : "Labels are missing, and ended tasks were read from their providers";
  return { connection: null, region: null, kind, code, message: `${message}. ${missing}`, requestId: null };
}

/** `undefined` for a live list. */
function recordedSource({ source, pendingEvent, stalled }: ListTasksQuery): typeof pendingSource | undefined {
  if (pendingEvent !== undefined) return pendingSource;
  if (stalled !== undefined) return stalledSource;
  return source === "ledger" ? ledgerSource : undefined;
}

async function ageOf(targets: readonly Target[], { ledger, now, signal }: ListDependencies): Promise<number | null> {
  const { states } = await ledger.readTargets(targets, signal);
  const times = targets.map((target) => states.get(targetKey(target))?.lastAnsweredAtMs ?? null);
  const nowMs = now();
  const known = times.filter((time) => time !== null).filter((time) => !isInFuture(time, nowMs));
  if (known.length < times.length) return null;
  return Math.max(0, Math.floor((nowMs - Math.min(...known)) / 1000));
}

async function cursorOf(
  positions: Positions | null,
  query: ListTasksQuery,
  key: Promise<Buffer>,
): Promise<string | null> {
  return positions === null ? null : encodeCursor(positions, filtersOf(query), await key);
}

/** Most lists need the key last. Waiting for it then would add to the wait for a ledger that does not answer. */
function readEarly<Value>(read: Promise<Value>): Promise<Value> {
  // A list that needs no cursor must not fail for it.
  read.catch(() => undefined);
  return read;
}
