import type { Task, TaskStatus } from "../api-answers.ts";
import { hashOf } from "../filters.ts";
import { layOut, ticksOf } from "../plot.ts";
import type { Bar, Plot, PlotSpan } from "../plot.ts";
import { titleOf } from "../task-words.ts";
import { durationMs } from "../usual-duration.ts";
import { durationWords, momentWords, numberWords } from "../wording.ts";
import type { ZonedClock } from "../wording.ts";
import { element, svg } from "./dom.ts";
import { badge, statusWord } from "./icons.ts";

/** The plot of finished tasks. The table under it says the same in words. */

const rowHeight = 18;
const bandGap = 14;
const barHeight = 12;
const axisHeight = 24;
const nameHeight = 16;
const outcomes = ["succeeded", "failed", "vanished", "canceled"] as const satisfies readonly TaskStatus[];

export function plotView(finished: readonly Task[], span: PlotSpan, clock: ZonedClock): HTMLElement {
  const plot = layOut(finished, span);
  const legend = outcomes.map((status) => element("li", {}, badge(status, statusWord(status))));
  const leftOut = `The ${numberWords(plot.bars.length)} latest are drawn. Narrow the filters to see others of the ${numberWords(finished.length)}.`;
  return element(
    "figure",
    { class: "plot" },
    element(
      "figcaption",
      {},
      element("ul", { class: "legend", "aria-label": "Outcomes" }, ...legend),
      plot.leftOut > 0 ? element("span", { class: "note" }, leftOut) : null,
    ),
    drawing(plot, span, clock),
  );
}

function drawing(plot: Plot, span: PlotSpan, clock: ZonedClock): SVGElement {
  const height = plot.rows * rowHeight + plot.bands.length * (bandGap + nameHeight) + axisHeight;
  const bandOf = (row: number) => plot.bands.filter(({ firstRow }) => firstRow <= row).length;
  const top = (row: number) => row * rowHeight + bandOf(row) * (bandGap + nameHeight) - bandGap;
  const names = plot.bands.map(({ name, firstRow }) =>
    svg("text", { class: "band", x: 0, y: top(firstRow) - 4, "aria-hidden": "true" }, name),
  );
  const first = plot.bars[0];
  const bars = plot.bars.map((bar) => barView(bar, top(bar.row), { isFirst: bar === first, clock }));
  return svg(
    "svg",
    {
      width: span.width,
      height,
      viewBox: `0 0 ${span.width} ${height}`,
      role: "group",
      "aria-label": "Finished tasks over time. Arrow keys move between tasks.",
      "data-plot": true,
    },
    ...axis(span, height, clock),
    ...names,
    ...bars,
  );
}

function axis(span: PlotSpan, height: number, clock: ZonedClock): SVGElement[] {
  const offsetMs = -new Date(span.toMs).getTimezoneOffset() * 60_000;
  return ticksOf(span, offsetMs).map(({ atMs, x }) => {
    const line = svg("line", { x1: x, x2: x, y1: 0, y2: height - axisHeight });
    const anchor = x > span.width - 40 ? "end" : x < 40 ? "start" : "middle";
    const text = svg("text", { x, y: height - 6, "text-anchor": anchor }, momentWords(atMs, clock));
    return svg("g", { class: "tick", "aria-hidden": "true" }, line, text);
  });
}

interface Manner {
  /** One stop for the tabulator is enough for the whole plot. */
  readonly isFirst: boolean;
  readonly clock: ZonedClock;
}

function barView({ task, status, x, width }: Bar, y: number, { isFirst, clock }: Manner): SVGElement {
  const took = durationMs(task);
  const end = momentWords(Date.parse(task.finishedAt ?? task.observedAt), clock);
  const words = `${titleOf(task)}: ${statusWord(status).toLowerCase()} at ${end}${took === null ? "" : ` after ${durationWords(took)}`}`;
  return svg(
    "a",
    {
      class: `outcome ${status}`,
      href: hashOf({ view: "task", id: task.id }),
      "data-key": task.id,
      "aria-label": words,
      tabindex: isFirst ? 0 : -1,
    },
    svg("title", {}, words),
    svg("rect", { x, y, width, height: barHeight, rx: 2 }),
    svg("path", { d: endMark(status, x + width, y) }),
  );
}

/** The outcome as a shape at the end of the bar. */
function endMark(status: TaskStatus, right: number, y: number): string {
  const [left, middle, bottom] = [right - 7, y + barHeight / 2, y + barHeight - 3];
  switch (status) {
    case "succeeded":
      return "";
    case "canceled":
      return `M${left} ${middle}H${right - 2}`;
    case "vanished":
      return `M${right - 4} ${y + 2}v5M${right - 4} ${bottom}v.5`;
    default:
      return `M${left} ${y + 3}L${right - 1} ${bottom}M${right - 1} ${y + 3}L${left} ${bottom}`;
  }
}
