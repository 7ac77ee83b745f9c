import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestQueueMs, reserveSlots } from "../../../lib/transport/reserve-slots.ts";
import type { SlotRequest } from "../../../lib/transport/reserve-slots.ts";

const nowMs = 1_000_000;
const rate = { perSecond: 10, burst: 3 };

/** The earliest times of the reserved calls. */
function earliest(request: SlotRequest, limits = rate): number[] | undefined {
  const reserved = reserveSlots(request, limits);
  return "slots" in reserved ? reserved.slots.map(({ earliestMs }) => earliestMs) : undefined;
}

describe("reserveSlots()", () => {
  test("gives the burst at once and the rest at the rate", () => {
    const request = { tatMs: undefined, count: 5, nowMs };
    expect(earliest(request)).toEqual([nowMs, nowMs, nowMs, nowMs + 100, nowMs + 200]);
    expect(reserveSlots(request, rate)).toMatchObject({ tatMs: nowMs + 500 });
  });

  test("queues behind what others have reserved", () => {
    expect(reserveSlots({ tatMs: nowMs + 500, count: 2, nowMs }, rate)).toEqual({
      slots: [
        { earliestMs: nowMs + 300, latestMs: nowMs + 600 },
        { earliestMs: nowMs + 400, latestMs: nowMs + 700 },
      ],
      tatMs: nowMs + 700,
    });
  });

  test("saves up no more than the burst", () => {
    expect(earliest({ tatMs: nowMs - 60_000, count: 4, nowMs })).toEqual([nowMs, nowMs, nowMs, nowMs + 100]);
  });

  test("reserves nothing beyond the longest queue, and says how long to wait", () => {
    const full = nowMs + 200 + longestQueueMs;
    expect(earliest({ tatMs: full, count: 1, nowMs })).toEqual([nowMs + longestQueueMs]);
    expect(reserveSlots({ tatMs: full + 7, count: 1, nowMs }, rate)).toEqual({ waitMs: 7 });
    expect(reserveSlots({ tatMs: full + 60_000, count: 1, nowMs }, rate)).toEqual({ waitMs: 60_000 });
  });

  test("ignores a reservation that only a wrong clock can have written", () => {
    const absurd = nowMs + 200 + longestQueueMs + 60_001;
    expect(earliest({ tatMs: absurd, count: 1, nowMs })).toEqual([nowMs]);
    expect(reserveSlots({ tatMs: absurd, count: 1, nowMs }, rate)).toMatchObject({ tatMs: nowMs + 100 });
  });

  test("lets no second have more than the burst and the rate, whoever reserves when", () => {
    const step = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      /** The first calls are made as late as possible and the others as early, which brings them close together. */
      late: fc.integer({ min: 0, max: 20 }),
      laterMs: fc.integer({ min: 0, max: 3000 }),
    });
    const anyRate = fc.record({
      perSecond: fc.constantFrom(0.5, 1, 3.5, 10, 70),
      burst: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(anyRate, fc.array(step, { minLength: 1, maxLength: 30 }), (limits, steps) => {
        const madeAtMs: number[] = [];
        let tatMs: number | undefined;
        let timeMs = nowMs;
        for (const { count, late, laterMs } of steps) {
          timeMs += laterMs;
          const reserved = reserveSlots({ tatMs, count, nowMs: timeMs }, limits);
          if ("waitMs" in reserved) continue;
          tatMs = reserved.tatMs;
          for (const [n, { earliestMs, latestMs }] of reserved.slots.entries()) {
            expect(latestMs).toBeGreaterThan(earliestMs);
            madeAtMs.push(n < late ? latestMs : earliestMs);
          }
        }
        for (const from of madeAtMs) {
          const inSecond = madeAtMs.filter((atMs) => atMs >= from && atMs < from + 1000 - 1e-6);
          expect(inSecond.length).toBeLessThanOrEqual(Math.ceil(limits.burst + limits.perSecond) + 1);
        }
      }),
    );
  });
});
