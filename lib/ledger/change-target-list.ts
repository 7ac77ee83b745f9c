import type { TargetList } from "../domain/known-targets.ts";
import { RecordRefusedError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";

/** Attempts against concurrent writers before the change is left to the next sweep. */
const maxAttempts = 4;

/**
 * Writes a change on the condition that the list has not changed since it was read.
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
    const list = await ledger.readTargetList(signal);
    const next = apply(list);
    if (next === undefined) return list;
    if (await ledger.writeTargetList(next, list?.revision ?? null, signal)) return next;
  }
  throw new RecordRefusedError("the list of targets was changed by other writers at every attempt");
}
