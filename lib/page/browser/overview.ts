import { arrange, isFailure } from "../arrange.ts";
import type { Arranged } from "../arrange.ts";
import { isFiltered } from "../filters.ts";
import type { Filters } from "../filters.ts";
import { summaryOf } from "../summary.ts";
import { listProblemWords } from "../task-words.ts";
import { countWords, durationWords } from "../wording.ts";
import type { ZonedClock } from "../wording.ts";
import { connectionsView } from "./connections-view.ts";
import { element } from "./dom.ts";
import type { Child } from "./dom.ts";
import { filterBar } from "./filter-bar.ts";
import { plotView } from "./plot-view.ts";
import type { Session } from "./session.ts";
import { taskTable } from "./task-table.ts";

const dayMs = 24 * 60 * 60_000;

/** @param width of the plot, in pixels */
export function overview(session: Session, filters: Filters, clock: ZonedClock, width: number): Child[] {
  const { book, connections } = session;
  const { stalledIds } = book;
  if (book.tasks.size === 0) return nothingYet(session, clock);
  const summary = summaryOf(book);
  const shown = arrange({ tasks: book.tasks.values(), stalledIds }, filters, clock.nowMs);
  const setting = { filters, stalledIds, usual: summary.usual, clock };
  const configured = (connections?.connections ?? []).map(({ connection }) => connection);
  const names = [...new Set([...summary.connections, ...configured])].toSorted();
  const span = { fromMs: clock.nowMs - filters.days * dayMs, toMs: clock.nowMs, width };
  return [
    filterBar(filters, summary.counts, names),
    ...problemsOf(session),
    shown.attention.length === 0
      ? null
      : section("attention", "Needs attention", shown.attention.length, [
          taskTable(
            { name: "attention", caption: "Tasks that need attention", tasks: shown.attention, perPage: 20 },
            setting,
          ),
        ]),
    section("open", "Open", shown.open.length, [
      shown.open.length === 0
        ? element("p", { class: "muted" }, noneWords(shown, filters))
        : taskTable({ name: "open", caption: "Open tasks", tasks: shown.open, perPage: 50 }, setting),
    ]),
    section(
      "finished",
      `Finished within ${filters.days === 1 ? "a day" : `${filters.days} days`}`,
      shown.finished.length,
      [
        shown.finished.length === 0
          ? element(
              "p",
              { class: "muted" },
              isFiltered(filters) ? "No finished task fits the filters." : "No task has finished.",
            )
          : plotView(shown.finished, span, clock),
        shown.finished.length === 0
          ? null
          : taskTable({ name: "finished", caption: "Finished tasks", tasks: shown.finished, perPage: 25 }, setting),
      ],
    ),
    connections === null ? null : connectionsView(connections, session.health, clock),
  ];
}

function section(name: string, title: string, count: number, children: readonly Child[]): HTMLElement {
  const heading = element(
    "h2",
    { id: name },
    title,
    element("span", { class: "count" }, ` ${countWords(count, "task")}`),
  );
  return element("section", { "aria-labelledby": name, "data-key": name }, heading, ...children);
}

function noneWords({ attention }: Arranged, filters: Filters): string {
  if (isFiltered(filters)) return "No other open task fits the filters.";
  return attention.some((task) => !isFailure(task)) ? "No other task is open." : "No task is open.";
}

function problemsOf({ book, connections }: Session): HTMLElement[] {
  const said = [...new Set(book.problems.map(listProblemWords))];
  const cut = `Only the ${countWords(book.tasks.size, "newest task")} are shown.`;
  const words = [...(book.isCut ? [cut] : []), ...said];
  const failing = (connections?.connections ?? []).filter(({ lastError }) => lastError !== null);
  const names = [...new Set(failing.map(({ name }) => name))].join(", ");
  const all =
    names === "" ? words : [...words, `Tasks of ${names} may be out of date: its last sweep failed. See Connections.`];
  return all.length === 0
    ? []
    : [
        element(
          "ul",
          { class: "problems", "aria-label": "What is missing", "data-key": "problems" },
          ...all.map((text) => element("li", {}, text)),
        ),
      ];
}

function nothingYet(session: Session, clock: ZonedClock): Child[] {
  const { connections, health, answeredAtMs } = session;
  if (answeredAtMs === null) return [element("p", { class: "empty", "data-key": "empty" }, "Asking for the tasks …")];
  return [
    element(
      "section",
      { class: "empty", "aria-labelledby": "none", "data-key": "empty" },
      element("h2", { id: "none" }, "No tasks yet"),
      element("p", {}, "Start an image import or export on one of your clouds. It appears here after the next sweep."),
      element("p", { class: "note" }, "To follow a task at once, also one that the sweep cannot find, track it:"),
      element("pre", {}, element("code", {}, "npx image-tasks track CONNECTION ID")),
    ),
    ...problemsOf(session),
    connections === null ? null : connectionsView(connections, health, clock),
  ];
}

/** How old what is shown is. */
export function freshness({ book, answeredAtMs, outage }: Session, { nowMs }: ZonedClock): string {
  if (answeredAtMs === null || outage !== null) return "";
  const { ageSeconds } = book;
  if (ageSeconds === null) return "Live";
  return `As of ${durationWords(ageSeconds * 1000 + nowMs - answeredAtMs)} ago`;
}
