import type { Task } from "../api-answers.ts";
import { endedMs } from "../arrange.ts";
import { hashOf } from "../filters.ts";
import type { Filters } from "../filters.ts";
import { actionWords, explanationLines, partWords, reasonOf, titleOf } from "../task-words.ts";
import { durationMs, expectedEnd, usualFor } from "../usual-duration.ts";
import type { UsualDuration } from "../usual-duration.ts";
import {
  agoWords,
  countWords,
  durationWords,
  expectedEndWords,
  momentWords,
  numberWords,
  rangeWords,
} from "../wording.ts";
import type { ZonedClock } from "../wording.ts";
import { element } from "./dom.ts";
import type { Child } from "./dom.ts";
import { statusBadge } from "./icons.ts";

export interface TableSetting {
  readonly filters: Filters;
  readonly stalledIds: ReadonlySet<string>;
  readonly usual: ReadonlyMap<string, UsualDuration>;
  readonly clock: ZonedClock;
}

interface TableWanted {
  readonly name: "attention" | "open" | "finished";
  /** What a screen reader calls it. */
  readonly caption: string;
  readonly tasks: readonly Task[];
  readonly perPage: number;
}

const columns = {
  attention: ["Status", "Task", "Reason", "When", "Time taken"],
  open: ["Status", "Task", "Progress", "Age", "Expected end"],
  finished: ["Status", "Task", "Reason", "Ended", "Took"],
} as const;

/** One page of the tasks. Thousands of rows would make the browser slow and help nobody. */
export function taskTable({ name, caption, tasks, perPage }: TableWanted, setting: TableSetting): HTMLElement {
  const lastPage = Math.max(1, Math.ceil(tasks.length / perPage));
  const page = Math.min(setting.filters.pages[name] ?? 1, lastPage);
  const shown = tasks.slice((page - 1) * perPage, page * perPage);
  const heads = columns[name].map((head) => element("th", { role: "columnheader", scope: "col" }, head));
  // The roles are kept when a narrow screen shows rows as cards, which takes them from plain tables.
  return element(
    "div",
    { class: "tasks" },
    element(
      "table",
      { role: "table", "aria-label": caption, "aria-rowcount": tasks.length + 1 },
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
      element("tbody", { role: "rowgroup" }, ...shown.map((task) => taskRow(name, task, setting))),
    ),
    lastPage === 1 ? null : pager({ name, page, lastPage, perPage, count: tasks.length }, setting.filters),
  );
}

function taskRow(name: TableWanted["name"], task: Task, setting: TableSetting): HTMLElement {
  const isStalled = setting.stalledIds.has(task.id) && !task.done;
  const [when, last] = cellsOfTime(name, task, setting);
  return element(
    "tr",
    { role: "row", "data-key": task.id },
    cell(columns[name][0], "state", statusBadge(task.status, isStalled, task.partial)),
    cell(columns[name][1], "task", ...nameOf(task)),
    cell(
      columns[name][2],
      "progress",
      ...progressOf(task, isStalled, setting.clock),
      // The finished tasks are an overview of many.
      ...(name === "attention" ? explanationNotes(task) : []),
    ),
    cell(columns[name][3], "time", ...when),
    cell(columns[name][4], "time", ...last),
  );
}

function cell(label: string, kind: string, ...children: readonly Child[]): HTMLElement {
  return element("td", { role: "cell", class: kind, "data-label": label }, ...children);
}

function nameOf(task: Task): Child[] {
  const { connection, region, nativeId } = task;
  const place = region === "global" ? connection : `${connection} ${region}`;
  const labels = Object.entries(task.labels).map(([name, value]) => ` · ${name}=${value}`);
  return [
    element("a", { href: hashOf({ view: "task", id: task.id }) }, titleOf(task)),
    note([actionWords(task), place, nativeId].join(" · ") + labels.join("")),
  ];
}

export function progressOf(task: Task, isStalled: boolean, clock: ZonedClock): Child[] {
  const reason = reasonOf(task, isStalled, clock);
  const said = reason === "" ? [] : [element("p", { class: "reason" }, reason)];
  if (task.done) return said;
  const { percent } = task.progress;
  const parts = partWords(task);
  if (percent === null) {
    if (parts !== "") return [element("span", { class: "number" }, parts), ...said];
    return said.length > 0 ? said : [muted("Not reported")];
  }
  const words = `${Math.floor(percent)}%`;
  const bar = element("progress", { max: 100, value: percent, "aria-label": `Progress of ${titleOf(task)}` }, words);
  return [element("span", { class: "bar" }, bar, element("span", { class: "number" }, words)), ...said];
}

export function explanationNotes(failed: Pick<Task, "error" | "explanation">): Child[] {
  return explanationLines(failed).map(note);
}

function cellsOfTime(name: TableWanted["name"], task: Task, setting: TableSetting): [Child[], Child[]] {
  if (task.done) return endCells(task, setting);
  return name === "open" ? openCells(task, setting) : stalledCells(task, setting);
}

/** Nobody knows when a stalled task will end. */
function stalledCells(task: Task, { usual, clock }: TableSetting): [Child[], Child[]] {
  if (task.createdAt === null) return [[muted("Unknown")], [muted("Unknown")]];
  const createdMs = Date.parse(task.createdAt);
  const range = usualFor(task, usual);
  return [
    [momentWords(createdMs, clock), note("started")],
    [
      `${durationWords(clock.nowMs - createdMs)} so far`,
      range === undefined ? null : note(`usually ${rangeWords(range)}`),
    ],
  ];
}

function openCells(task: Task, { usual, clock }: TableSetting): [Child[], Child[]] {
  const createdMs = task.createdAt === null ? null : Date.parse(task.createdAt);
  const age: Child[] =
    createdMs === null
      ? [muted("Unknown")]
      : [durationWords(clock.nowMs - createdMs), note(`since ${momentWords(createdMs, clock)}`)];
  const expected = expectedEnd(task, usual);
  if (expected === undefined) return [age, [muted("Too little history")]];
  return [age, [expectedEndWords(expected, clock), note(`usually ${rangeWords(expected)}`)]];
}

function endCells(task: Task, { clock }: TableSetting): [Child[], Child[]] {
  const took = durationMs(task);
  const ended = endedMs(task);
  return [
    [momentWords(ended, clock), note(agoWords(ended, clock))],
    [took === null ? muted("Unknown") : durationWords(took)],
  ];
}

function muted(text: string): HTMLElement {
  return element("span", { class: "muted" }, text);
}

function note(text: string): HTMLElement {
  return element("span", { class: "note" }, text);
}

interface Pages {
  readonly name: TableWanted["name"];
  readonly page: number;
  readonly lastPage: number;
  readonly perPage: number;
  readonly count: number;
}

function pager({ name, page, lastPage, perPage, count }: Pages, filters: Filters): HTMLElement {
  const to = (wanted: number) =>
    hashOf({ view: "overview", filters: { ...filters, pages: { ...filters.pages, [name]: wanted } } });
  const link = (words: string, wanted: number) => {
    const isThere = wanted >= 1 && wanted <= lastPage;
    return element("a", isThere ? { href: to(wanted) } : { "aria-disabled": "true", role: "link" }, words);
  };
  const from = (page - 1) * perPage + 1;
  const shown = `${numberWords(from)}–${numberWords(Math.min(count, page * perPage))} of ${countWords(count, "task")}`;
  return element(
    "nav",
    { class: "pager", "aria-label": `Pages of ${name} tasks` },
    link("Previous", page - 1),
    element("span", { class: "number" }, shown),
    link("Next", page + 1),
  );
}
