import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestQueueMs, reserveSlots } from "../../../lib/transport/reserve-slots.ts";

const nowMs = 1_000_000;
const rate = { perSecond: 10, burst: 3 };

describe("reserveSlots()", () => {
  test("gives the burst at once and the rest at the rate", () => {
    expect(reserveSlots({ tatMs: undefined, count: 5, nowMs }, rate)).toEqual({
      slots: [nowMs, nowMs, nowMs, nowMs + 100, nowMs + 200],
      tatMs: nowMs + 500,
    });
  });

  test("queues behind what others have reserved", () => {
    expect(reserveSlots({ tatMs: nowMs + 500, count: 2, nowMs }, rate)).toEqual({
      slots: [nowMs + 300, nowMs + 400],
      tatMs: nowMs + 700,
    });
  });

  test("saves up no more than the burst", () => {
    const reserved = reserveSlots({ tatMs: nowMs - 60_000, count: 4, nowMs }, rate);
    expect(reserved).toMatchObject({ slots: [nowMs, nowMs, nowMs, nowMs + 100] });
  });

  test("reserves nothing beyond the longest queue, and says how long to wait", () => {
    const full = nowMs + 200 + longestQueueMs;
    expect(reserveSlots({ tatMs: full, count: 1, nowMs }, rate)).toMatchObject({ slots: [nowMs + longestQueueMs] });
    expect(reserveSlots({ tatMs: full + 7, count: 1, nowMs }, rate)).toEqual({ waitMs: 7 });
    expect(reserveSlots({ tatMs: full + 60_000, count: 1, nowMs }, rate)).toEqual({ waitMs: 60_000 });
  });

  test("ignores a reservation that only a wrong clock can have written", () => {
    const absurd = nowMs + 200 + longestQueueMs + 60_001;
    expect(reserveSlots({ tatMs: absurd, count: 1, nowMs }, rate)).toEqual({ slots: [nowMs], tatMs: nowMs + 100 });
  });

  test("lets no second have more than the burst and the rate, whoever reserves when", () => {
    const step = fc.record({ count: fc.integer({ min: 1, max: 20 }), laterMs: fc.integer({ min: 0, max: 3000 }) });
    const anyRate = fc.record({
      perSecond: fc.constantFrom(0.5, 1, 3.5, 10, 70),
      burst: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(anyRate, fc.array(step, { minLength: 1, maxLength: 30 }), (limits, steps) => {
        const slots: number[] = [];
        let tatMs: number | undefined;
        let timeMs = nowMs;
        for (const { count, laterMs } of steps) {
          timeMs += laterMs;
          const reserved = reserveSlots({ tatMs, count, nowMs: timeMs }, limits);
          if ("waitMs" in reserved) continue;
          tatMs = reserved.tatMs;
          slots.push(...reserved.slots);
        }
        expect(slots).toEqual(slots.toSorted((a, b) => a - b));
        for (const from of slots) {
          const inSecond = slots.filter((slot) => slot >= from && slot < from + 1000 - 1e-6);
          expect(inSecond.length).toBeLessThanOrEqual(Math.ceil(limits.burst + limits.perSecond));
        }
      }),
    );
  });
});
