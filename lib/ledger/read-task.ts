import type { TaskRecord } from "../domain/record.ts";
import { UnreadableItemError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The record of one task, or `undefined` if it does not exist.
 * @throws UnreadableItemError
 */
export async function readTask(ledger: Ledger, id: string, signal: AbortSignal): Promise<TaskRecord | undefined> {
  const { records, unreadable } = await ledger.readTasks([id], signal);
  const [item] = unreadable;
  if (item !== undefined) throw new UnreadableItemError(item);
  return records.get(id);
}
