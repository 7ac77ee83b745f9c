import type { Task, TaskStatus } from "./api-answers.ts";
import { endedMs } from "./arrange.ts";

/** The geometry of the plot of finished tasks: a band for each connection, and rows in it so that no bars overlap. */

export interface PlotSpan {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Pixels, without the margin for names. */
  readonly width: number;
}

export interface Bar {
  readonly task: Task;
  readonly status: TaskStatus;
  readonly x: number;
  readonly width: number;
  /** Its row within the whole plot, from 0. */
  readonly row: number;
}

interface Band {
  readonly name: string;
  /** Its first row within the whole plot, and how many it has. */
  readonly firstRow: number;
  readonly rows: number;
}

export interface Plot {
  readonly bars: readonly Bar[];
  readonly bands: readonly Band[];
  readonly rows: number;
  /** How many tasks are not drawn. */
  readonly leftOut: number;
}

/** More bars than this cannot be told apart, and would make each update slow. */
export const mostBars = 300;
/** A connection with more tasks at once puts several into its last row. */
const mostRows = 8;
/** A shorter bar can be neither seen nor hit. */
const leastWidth = 8;
const gap = 2;

/** @param finished the latest end first; when there are too many, the latest are drawn */
export function layOut(finished: readonly Task[], span: PlotSpan): Plot {
  const drawn = finished.slice(0, mostBars);
  const byConnection = Map.groupBy(drawn, ({ connection }) => connection);
  const bars: Bar[] = [];
  const bands: Band[] = [];
  let firstRow = 0;
  for (const name of [...byConnection.keys()].toSorted()) {
    const packed = pack(byConnection.get(name) ?? [], span);
    const rows = Math.max(...packed.map(({ row }) => row)) + 1;
    bars.push(...packed.map((bar) => ({ ...bar, row: bar.row + firstRow })));
    bands.push({ name, firstRow, rows });
    firstRow += rows;
  }
  return { bars, bands, rows: firstRow, leftOut: finished.length - drawn.length };
}

/** Puts each bar, in the order of time, into the first row that is free. */
function pack(tasks: readonly Task[], span: PlotSpan): Bar[] {
  const ends: number[] = [];
  const placed = tasks.map((task) => ({ task, status: task.status, ...extent(task, span) }));
  return placed
    .toSorted((a, b) => a.x - b.x)
    .map((bar) => {
      const free = ends.findIndex((end) => end + gap <= bar.x);
      const row = free === -1 ? Math.min(ends.length, mostRows - 1) : free;
      ends[row] = Math.max(ends[row] ?? 0, bar.x + bar.width);
      return { ...bar, row };
    });
}

function extent(task: Task, { fromMs, toMs, width }: PlotSpan): { x: number; width: number } {
  const scale = (atMs: number) => ((Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / (toMs - fromMs)) * width;
  const end = scale(endedMs(task));
  const start = task.createdAt === null ? end : Math.min(scale(Date.parse(task.createdAt)), end);
  const wide = Math.max(end - start, leastWidth);
  // A bar grows to the left, so that its end stays true.
  const x = Math.max(0, end - wide);
  return { x, width: wide };
}

export interface Tick {
  readonly atMs: number;
  readonly x: number;
}

const hourMs = 60 * 60_000;
const steps = [1, 2, 3, 6, 12, 24, 48].map((hours) => hours * hourMs);
const leastTickGap = 90;

/**
 * Round times with enough space between their names.
 * @param offsetMs of the reader's zone from UTC, so that days begin at the reader's midnight
 */
export function ticksOf({ fromMs, toMs, width }: PlotSpan, offsetMs: number): Tick[] {
  const perPixelMs = (toMs - fromMs) / width;
  const stepMs = steps.find((step) => step / perPixelMs >= leastTickGap) ?? 7 * 24 * hourMs;
  const first = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs;
  const count = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => {
    const atMs = first + index * stepMs;
    return { atMs, x: (atMs - fromMs) / perPixelMs };
  });
}
