import { describe, expect, test } from "vitest";
import { controlNames, controls } from "./controls.ts";
import type { Control } from "./controls.ts";
import { runBatch } from "./totals.ts";

const usualSeeds = 200;

describe("the simulation", () => {
  test.each(controlNames)("catches the deliberately broken variant %s", { timeout: 120_000 }, async (name) => {
    const { kind, caughtAs, seeds = usualSeeds, variation }: Control = controls[name];

    const totals = await runBatch({ firstSeed: 1, count: seeds, kind, variation });

    expect(totals.violations[caughtAs], `of ${seeds} seeds`).toBeGreaterThanOrEqual(seeds * 0.05);
  });
});
