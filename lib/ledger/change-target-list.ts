import type { TargetList } from "../domain/known-targets.ts";
import { RecordRefusedError, UnreadableItemError } from "./ledger.ts";
import type { Expected, Ledger } from "./ledger.ts";
import { remainingTargetList } from "./target-list-item.ts";

/** Attempts against concurrent writers before the change is left to the next sweep. */
const maxAttempts = 4;

/**
 * Writes a change on the condition that the list has not changed since it was read. An unreadable list is replaced by
 * what is left of it.
 * @param apply pure; called again with the current list if another writer was faster
 * @returns the current list, or `undefined` if there is none
 * @throws RecordRefusedError if another writer was faster on every attempt
 */
export async function changeTargetList(
  apply: (list: TargetList | undefined) => TargetList | undefined,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<TargetList | undefined> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { list, expected, isBroken } = await readList(ledger, signal);
    const next = apply(list) ?? (isBroken && list ? { ...list, revision: list.revision + 1 } : undefined);
    if (next === undefined) return list;
    if (await ledger.writeTargetList(next, expected, signal)) return next;
  }
  throw new RecordRefusedError("the list of targets was changed by other writers at every attempt");
}

interface StoredList {
  readonly list: TargetList | undefined;
  readonly expected: Expected;
  readonly isBroken: boolean;
}

async function readList(ledger: Ledger, signal: AbortSignal): Promise<StoredList> {
  try {
    const list = await ledger.readTargetList(signal);
    return { list, expected: list?.revision ?? null, isBroken: false };
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    return { list: remainingTargetList(error.item.stored), expected: error.item, isBroken: true };
  }
}
