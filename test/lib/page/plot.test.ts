import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOut, mostBars, ticksOf } from "../../../lib/page/plot.ts";
import { endedTask } from "../../page/scene.ts";

const hourMs = 3_600_000;
const toMs = Date.parse("2026-11-27T14:00:00Z");
const span = { fromMs: toMs - 24 * hourMs, toMs, width: 960 };

function ended(nativeId: string, hoursAgo: number, tookHours: number, connection = "aliyun") {
  const createdMs = toMs - hoursAgo * hourMs;
  return endedTask({ nativeId, name: nativeId, createdMs }, tookHours * hourMs, { connection });
}

describe("layOut()", () => {
  test("draws a bar from the creation to the end", () => {
    const [bar] = layOut([ended("a", 12, 2)], span).bars;
    expect([bar?.x, bar?.width, bar?.row]).toEqual([480, 80, 0]);
  });

  test("gives each connection a band, by name, and concurrent tasks rows of their own", () => {
    const plot = layOut(
      [ended("c", 6, 1), ended("a", 12, 3, "stack"), ended("b", 11, 1, "stack"), ended("d", 5.5, 1)],
      span,
    );
    expect(plot.bands).toEqual([
      { name: "aliyun", firstRow: 0, rows: 2 },
      { name: "stack", firstRow: 2, rows: 2 },
    ]);
    const rows = plot.bars.map(({ task, row }) => [task.nativeId, row]);
    expect(Object.fromEntries(rows)).toEqual({ c: 0, d: 1, a: 2, b: 3 });
  });

  test("keeps a short task visible without moving its end", () => {
    const [bar] = layOut([ended("a", 12, 0.001)], span).bars;
    expect(bar?.width).toBe(8);
    expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeCloseTo(480, 0);
  });

  test("cuts a task that began before the plot does", () => {
    const [bar] = layOut([ended("a", 48, 36)], span).bars;
    expect([bar?.x, bar?.width]).toEqual([0, 480]);
  });

  test("draws the latest when there are too many, and says how many it left out", () => {
    const many = Array.from({ length: mostBars + 5 }, (_, index) => ended(`t-${index}`, 1 + index / 100, 0.1));
    const plot = layOut(many, span);
    expect([plot.bars.length, plot.leftOut]).toEqual([mostBars, 5]);
    expect(plot.bars.some(({ task }) => task.nativeId === `t-${mostBars}`)).toBe(false);
  });

  test("stays within its width, and overlaps nothing in the first seven rows of a band", () => {
    const task = fc.record({
      hoursAgo: fc.double({ min: 0, max: 30, noNaN: true }),
      took: fc.double({ min: 0, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(task, { minLength: 1, maxLength: 40 }), (given) => {
        const { bars } = layOut(
          given.map(({ hoursAgo, took }, index) => ended(`t-${index}`, hoursAgo, took)),
          span,
        );
        for (const { x, width } of bars) expect(x >= 0 && x + width <= span.width + 8).toBe(true);
        for (const one of bars.filter(({ row }) => row < 7)) {
          const others = bars.filter((other) => other !== one && other.row === one.row);
          expect(others.some((other) => other.x < one.x + one.width && one.x < other.x + other.width)).toBe(false);
        }
      }),
    );
  });
});

describe("ticksOf()", () => {
  test("marks round times of the reader's zone with enough space between", () => {
    const ticks = ticksOf(span, hourMs);
    expect(ticks.map(({ atMs }) => new Date(atMs + hourMs).toISOString().slice(11, 16))).toEqual([
      "15:00",
      "18:00",
      "21:00",
      "00:00",
      "03:00",
      "06:00",
      "09:00",
      "12:00",
      "15:00",
    ]);
    expect(ticks.map(({ x }) => x)).toEqual([0, 120, 240, 360, 480, 600, 720, 840, 960]);
  });

  test("marks fewer on a narrow plot", () => {
    expect(ticksOf({ ...span, width: 300 }, 0).length).toBeLessThanOrEqual(4);
  });
});
