import { unavailableOr } from "../ledger/dynamodb-failure.ts";
import { LedgerUnavailableError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { abortable } from "../transport/abortable.ts";

/**
 * A ledger for callers who wait for an answer. Every call settles within `timeoutMs`, and throws
 * `LedgerUnavailableError` when a later one may succeed. An iterable has that time for each page.
 */
export function boundLedger(ledger: Ledger, timeoutMs: number): Ledger {
  const within = <Answer>(signal: AbortSignal, call: (limited: AbortSignal) => Promise<Answer>) =>
    answerWithin(timeoutMs, signal, call);
  let cursorKey: Buffer | undefined;
  return {
    readTasks: (ids, signal) => within(signal, (limited) => ledger.readTasks(ids, limited)),
    writeTask: (record, expected, signal) => within(signal, (limited) => ledger.writeTask(record, expected, limited)),
    openTasks: (target, afterId, signal) =>
      pagesWithin(timeoutMs, signal, (limited) => ledger.openTasks(target, afterId, limited)),
    tasksWithDueEvents: (target, nowMs, signal) =>
      pagesWithin(timeoutMs, signal, (limited) => ledger.tasksWithDueEvents(target, nowMs, limited)),
    listTasks: (target, after, limit, signal) =>
      within(signal, (limited) => ledger.listTasks(target, after, limit, limited)),
    readTarget: (target, signal) => within(signal, (limited) => ledger.readTarget(target, limited)),
    readTargets: (targets, signal) => within(signal, (limited) => ledger.readTargets(targets, limited)),
    writeTarget: (target, state, expected, signal) =>
      within(signal, (limited) => ledger.writeTarget(target, state, expected, limited)),
    readTargetList: (signal) => within(signal, (limited) => ledger.readTargetList(limited)),
    writeTargetList: (list, expected, signal) =>
      within(signal, (limited) => ledger.writeTargetList(list, expected, limited)),
    countReplaced: (target, signal) => within(signal, (limited) => ledger.countReplaced(target, limited)),
    // The key almost never changes. A function that remembers it can page through live lists while the ledger is unavailable.
    cursorKey: async (signal) => (cursorKey ??= await within(signal, (limited) => ledger.cursorKey(limited))),
  };
}

async function answerWithin<Answer>(
  timeoutMs: number,
  signal: AbortSignal,
  call: (limited: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const limited = AbortSignal.any([signal, timeout]);
  try {
    // DynamoDB's client waits between its tries without looking at the signal.
    return await abortable(call(limited), limited);
  } catch (error) {
    if (signal.aborted) throw error;
    if (timeout.aborted) {
      throw new LedgerUnavailableError("unavailable", `DynamoDB did not answer within ${timeoutMs} ms`);
    }
    throw unavailableOr(error);
  }
}

async function* pagesWithin<Page>(
  timeoutMs: number,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<Page>,
): AsyncGenerator<Page> {
  const abandoned = new AbortController();
  const pages = open(AbortSignal.any([signal, abandoned.signal]))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await answerWithin(timeoutMs, signal, () => pages.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    abandoned.abort();
  }
}
