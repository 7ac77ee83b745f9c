import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { createCrashTally } from "./crash-points.ts";
import { runInParallel } from "./parallel.ts";
import { runSeed, runSeeds } from "./run-seed.ts";
import type { SeedResult } from "./run-seed.ts";
import { summaryOf } from "./totals.ts";

function story(seed: number): Promise<SeedResult> {
  return runSeed({ seed, variation: {}, crashes: createCrashTally(), withStory: true });
}

describe("the simulation", () => {
  test("finds no lost, false, or duplicate completion in 20,000 seeds", { timeout: 300_000 }, async () => {
    const base = Math.floor(Math.random() * 1e12);
    console.log(`npm run simulate -- --seeds 20000 --base ${base}`);
    const run = { seeds: 20_000, base, workers: availableParallelism(), control: null };

    const totals = await runInParallel(run, () => undefined);

    expect(totals.failing).toEqual([]);
    expect(summaryOf(totals)).toMatchObject({
      seeds: 20_000,
      lost: 0,
      false: 0,
      duplicatesAfterDedup: 0,
      illegal: 0,
      rateBreaches: 0,
    });
  });

  test("runs identically when the seed is the same", async () => {
    for (const seed of [7, 1_254, 4_276, 99_999_999_999]) {
      const [once, again] = [await story(seed), await story(seed)];

      expect(once.story.length).toBeGreaterThan(5);
      expect(again).toEqual(once);
    }
  });

  test("runs a seed identically when other seeds run in parallel", async () => {
    const alone = await story(1_254);
    const results = new Map<number, SeedResult>();
    const options = { variation: {}, crashes: createCrashTally(), withStory: true };

    await runSeeds([3, 1_254, 8, 651, 4_276].values(), options, (result) => {
      results.set(result.seed, result);
      return true;
    });

    expect(results.get(1_254)).toEqual(alone);
  });

  test("runs differently when the seed differs", async () => {
    expect((await story(1)).story).not.toEqual((await story(2)).story);
  });
});
