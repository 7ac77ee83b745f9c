import type { TaskRecord } from "../domain/record.ts";
import type { Ledger } from "./ledger.ts";

/** The record of one task, or `undefined` if it does not exist. */
export async function readTask(ledger: Ledger, id: string, signal: AbortSignal): Promise<TaskRecord | undefined> {
  return (await ledger.readTasks([id], signal)).get(id);
}
