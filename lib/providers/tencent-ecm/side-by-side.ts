import type { LimitFunction } from "p-limit";

/**
 * Runs the work for all items, at most `limit` at a time. Returns results in the items' order. The first failure aborts
 * running work and keeps the rest from starting. It is thrown once nothing is running.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  { limit, signal }: { limit: LimitFunction; signal: AbortSignal },
): Promise<Result[]> {
  const siblings = new AbortController();
  const either = AbortSignal.any([signal, siblings.signal]);

  async function workOrStop(item: Item): Promise<Result> {
    either.throwIfAborted();
    try {
      return await work(item, either);
    } catch (error) {
      siblings.abort(error);
      throw error;
    }
  }

  const started = items.map((item) => limit(workOrStop, item));
  try {
    return await Promise.all(started);
  } finally {
    await Promise.allSettled(started);
  }
}
