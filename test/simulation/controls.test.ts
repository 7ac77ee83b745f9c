import { describe, expect, test } from "vitest";
import { controlNames, controls } from "./controls.ts";
import { runBatch } from "./totals.ts";
import type { ViolationKind } from "./witness.ts";

/** The violation expected of each broken variant. */
const caughtAs: Record<keyof typeof controls, ViolationKind> = {
  "dual-write": "lost",
  "trust-putevents": "lost",
  "unknown-is-done": "false",
  "finished-is-success": "false",
  "checkpoint-first": "lost",
  "no-overlap-window": "lost",
};

describe("the simulation", () => {
  test.each(controlNames)("catches the deliberately broken variant %s", { timeout: 120_000 }, async (name) => {
    const batch = { firstSeed: 1, count: 20_000, variation: controls[name], untilCaught: true };

    const totals = await runBatch(batch);

    expect(totals.violations[caughtAs[name]], `none of ${totals.seeds} seeds showed it`).toBe(1);
  });
});
