import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import { mergeKnown } from "../domain/merge-known.ts";
import type { Provider, Sighting } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import type { Deadlines } from "../http/deadlines.ts";
import { providerFailure } from "../http/problem.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { LedgerUnavailableError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { UnreadableItems } from "./unreadable-items.ts";

export interface SettleDependencies extends Deadlines {
  readonly ledger: Ledger;
  /** Collects failures to read single tasks. */
  readonly errors: ProviderFailure[];
  /** Collects the ledger's failures. After the first, it is not asked again. */
  readonly outages: LedgerUnavailableError[];
  /** Collects the items of the ledger that cannot be read. */
  readonly unreadable: UnreadableItems;
  /** Counts the details that the sources of one page have read. */
  readonly detailsRead: { count: number };
}

/** What one target has cost for one page of the answer. */
export interface SettleCost {
  details: number;
  recordReads: number;
}

interface Settling {
  readonly provider: Provider;
  readonly deps: SettleDependencies;
  readonly cost: SettleCost;
}

const detailConcurrency = 5;

/**
 * Adds the labels from the ledger. A task that has ended there is shown as recorded, whatever its row says. Other rows
 * that lack their task's status or outcome are completed from the provider's detail.
 */
export async function settleAll(sightings: readonly Sighting[], settling: Settling): Promise<Task[]> {
  const ids = sightings.map(({ task }) => task.id);
  const recorded = await readRecords(ids, settling);
  const limit = pLimit(detailConcurrency);
  return Promise.all(
    sightings.map(async (sighting) => {
      const { task } = sighting;
      const recordedTask = recorded.get(task.id)?.task;
      const known = recordedTask && !isAnotherTask(recordedTask, task) ? recordedTask : undefined;
      const labels = known?.labels ?? {};
      // Some clouds list a task as running for a while after its detail has shown the end.
      if (known && isTerminal(known.status) && known.status !== "vanished") return known;
      if (!isIncomplete(sighting)) return { ...task, labels };
      return { ...(await limit(() => readDetail(sighting, settling))), labels };
    }),
  );
}

function isIncomplete({ needsDetail, bare = false }: Sighting): boolean {
  return needsDetail || bare;
}

async function readRecords(
  ids: readonly string[],
  { deps: { ledger, outages, unreadable, signal }, cost }: Pick<Settling, "deps" | "cost">,
): Promise<ReadonlyMap<string, TaskRecord>> {
  if (ids.length === 0 || outages.length > 0) return new Map();
  cost.recordReads += 1;
  try {
    const { records, unreadable: items } = await ledger.readTasks(ids, signal);
    for (const item of items) unreadable.add(item);
    return records;
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    outages.push(error);
    return new Map();
  }
}

async function readDetail({ task, bare = false }: Sighting, { provider, deps, cost }: Settling): Promise<Task> {
  cost.details += 1;
  deps.detailsRead.count += 1;
  try {
    const detail = await provider.get(task.nativeId, deps.providerSignal, task);
    if (detail === undefined) return task;
    return bare ? mergeKnown(task, detail) : detail;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.errors.push(providerFailure(provider.target, error, task.id));
    return task;
  }
}
