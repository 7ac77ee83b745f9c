import pLimit from "p-limit";
import { expect, test } from "vitest";
import { sideBySide } from "../../../../lib/providers/tencent-ecm/side-by-side.ts";

const never = new AbortController().signal;

test("sideBySide() keeps the order of the items and runs no more concurrently than the limit", async () => {
  let running = 0;
  let most = 0;
  const work = async (item: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 10 - item));
    running -= 1;
    return item * 2;
  };
  expect(await sideBySide([1, 2, 3, 4, 5], work, { limit: pLimit(2), signal: never })).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
});

test("sideBySide() aborts pending work, starts no more, and throws the first failure", async () => {
  const started: number[] = [];
  const aborted: number[] = [];
  const work = (item: number, signal: AbortSignal) => {
    started.push(item);
    if (item === 2) return Promise.reject(new Error("two failed"));
    return new Promise<void>((_, reject) =>
      signal.addEventListener("abort", () => {
        aborted.push(item);
        reject(new Error("aborted"));
      }),
    );
  };
  await expect(sideBySide([1, 2, 3, 4], work, { limit: pLimit(2), signal: never })).rejects.toThrow("two failed");
  expect(started).toEqual([1, 2]);
  expect(aborted).toEqual([1]);
});

test("sideBySide() starts nothing when already aborted", async () => {
  const reason = new Error("too late");
  const work = () => Promise.reject(new Error("started"));
  await expect(sideBySide([1], work, { limit: pLimit(2), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("sideBySide() throws only after work that ignores the abort has ended", async () => {
  const ended: number[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error("two failed");
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended.push(item);
  };
  await expect(sideBySide([1, 2], work, { limit: pLimit(2), signal: never })).rejects.toThrow("two failed");
  expect(ended).toEqual([1]);
});
