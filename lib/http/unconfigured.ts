import type { Explain, WithExplanation } from "../domain/explanation.ts";
import { withoutConfigured } from "../domain/known-targets.ts";
import type { KnownTarget, TargetList } from "../domain/known-targets.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isTerminal, parseTaskId } from "../domain/task.ts";
import { withTimeline } from "../domain/timeline.ts";
import type { TaskDetail } from "../domain/timeline.ts";
import { UnreadableItemError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readTask } from "../ledger/read-task.ts";
import { remainingTargetList } from "../ledger/target-list-item.ts";
import type { UnreadableItem } from "../ledger/unreadable-item.ts";
import { Problem } from "./problem.ts";

/** Reads what the ledger knows of targets that are no longer configured. */

interface LedgerRead {
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/** The list of targets as far as it can be read. The next sweep rebuilds a list that cannot be. */
export async function readKnownTargets({ ledger, signal }: LedgerRead): Promise<KnownTargets> {
  try {
    return { list: await ledger.readTargetList(signal), unreadable: [] };
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    return { list: remainingTargetList(error.item.stored), unreadable: [error.item] };
  }
}

interface KnownTargets {
  readonly list: TargetList | undefined;
  readonly unreadable: readonly UnreadableItem[];
}

export async function readUnconfiguredTargets(
  providers: readonly Provider[],
  deps: LedgerRead,
): Promise<KnownTarget[]> {
  const { list } = await readKnownTargets(deps);
  return withoutConfigured(
    list,
    providers.map(({ target }) => target),
  );
}

/** Longer ids were never stored. The ledger's limit is 2,048 bytes. */
const maxIdLength = 512;

/**
 * The record of a task whose target is not configured; `undefined` for any other id.
 * @throws Problem `unknown-task` when the record cannot be read: without it, nobody knows the task
 */
export async function readUnconfiguredTask(
  id: string,
  providers: readonly Provider[],
  { ledger, signal }: LedgerRead,
): Promise<TaskRecord | undefined> {
  const parts = parseTaskId(id);
  if (parts === undefined || id.length > maxIdLength) return undefined;
  const { connection, region } = parts;
  const configured = providers.some(({ target }) => target.connection === connection && target.region === region);
  // The ledger's items that are not tasks have ids that start with #.
  if (configured || connection.startsWith("#")) return undefined;
  try {
    return await readTask(ledger, id, signal);
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    const detail = `${connection}:${region} is not configured, and the task's record cannot be used: ${error.message}`;
    throw new Problem("unknown-task", { detail });
  }
}

/**
 * The task as recorded.
 * @throws Problem `unknown-task` for an open task, which nobody follows: waiting for its end would be in vain
 */
export function unconfiguredTaskDetail(record: TaskRecord, explain: Explain): WithExplanation<TaskDetail> {
  const task = explain(record.task);
  if (isTerminal(task.status)) return withTimeline(task, record.timeline);
  throw new Problem("unknown-task", {
    detail:
      `${task.connection}:${task.region} is not configured, so nobody follows the task. "task" is its last recorded ` +
      "state. Configure the connection again, or end the task with DELETE",
    task,
  });
}
