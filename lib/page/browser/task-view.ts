import type { TaskDetail, TaskFailure } from "../api-answers.ts";
import { hashOf, noFilters } from "../filters.ts";
import { actionWords, partWords, providerWords, titleOf } from "../task-words.ts";
import { durationMs, expectedEnd } from "../usual-duration.ts";
import type { UsualDuration } from "../usual-duration.ts";
import { durationWords, expectedEndWords, fullMomentWords, rangeWords } from "../wording.ts";
import type { ZonedClock } from "../wording.ts";
import { element } from "./dom.ts";
import type { Child } from "./dom.ts";
import { icon, statusBadge, statusWord } from "./icons.ts";
import { explanationNotes, progressOf } from "./task-table.ts";

export interface TaskSetting {
  readonly isStalled: boolean;
  readonly usual: ReadonlyMap<string, UsualDuration>;
  readonly clock: ZonedClock;
  /** The way back to the overview. */
  readonly back: Child;
}

/** One task: what is known of it, its history, and its sub-operations. */
export function taskView(task: TaskDetail, setting: TaskSetting): HTMLElement {
  const progress = progressOf(task, setting.isStalled, setting.clock);
  return element(
    "article",
    { class: "detail", "aria-labelledby": "view-title", "data-key": task.id },
    setting.back,
    element("h2", { id: "view-title", tabindex: -1 }, titleOf(task)),
    element(
      "div",
      { class: "lead" },
      statusBadge(task.status, setting.isStalled, task.partial),
      ...progress,
      element("div", { class: "why" }, ...explanationNotes(task)),
    ),
    facts(task, setting),
    history(task, setting.clock),
    operations(task),
  );
}

function facts(task: TaskDetail, { usual, clock }: TaskSetting): HTMLElement {
  const at = (time: string | null) => (time === null ? null : fullMomentWords(Date.parse(time), clock));
  const expected = task.done ? undefined : expectedEnd(task, usual);
  const took = durationMs(task);
  const filters = { ...noFilters, connections: [task.connection] };
  const place = element("a", { href: hashOf({ view: "overview", filters }) }, task.connection);
  const rows: (readonly [string, Child])[] = [
    ["Action", actionWords(task)],
    ["Connection", place],
    ["Cloud", `${providerWords(task.provider)}${task.region === "global" ? "" : `, ${task.region}`}`],
    ["Created", at(task.createdAt)],
    ["Ended", at(task.finishedAt)],
    ["Took", took === null ? null : durationWords(took)],
    [
      "Expected end",
      expected === undefined
        ? null
        : `${expectedEndWords(expected, clock)} (usually ${rangeWords(expected)}, from ${expected.samples} tasks)`,
    ],
    ["Parts", partWords(task) || null],
    ["Task", task.id],
    ["Image", task.resource?.id ?? null],
    ["The cloud says", task.nativeStatus || null],
    [
      "Labels",
      Object.entries(task.labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(", ") || null,
    ],
    ["State first seen", at(task.observedAt)],
    ["Cloud's request", task.requestId],
  ];
  const shown = rows.filter(([, value]) => value !== null);
  return element(
    "dl",
    { class: "facts" },
    ...shown.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

function history({ timeline }: TaskDetail, clock: ZonedClock): HTMLElement {
  const steps = timeline.map(({ status, nativeStatus, at }, index) => {
    const next = timeline[index + 1];
    const lasted = next === undefined ? "" : `, for ${durationWords(Date.parse(next.at) - Date.parse(at))}`;
    const word = nativeStatus === "" ? "" : ` (the cloud says ${nativeStatus})`;
    return element(
      "li",
      { class: status },
      icon(status),
      element("span", {}, element("strong", {}, statusWord(status)), word),
      element("span", { class: "note" }, `${fullMomentWords(Date.parse(at), clock)}${lasted}`),
    );
  });
  return element(
    "section",
    { "aria-labelledby": "history" },
    element("h3", { id: "history" }, "History"),
    steps.length === 0
      ? element("p", { class: "muted" }, "Nothing is recorded of this task yet.")
      : element("ol", { class: "steps" }, ...steps),
  );
}

function operations(task: TaskDetail): HTMLElement | null {
  const { operations: all } = task;
  if (all.length === 0) return null;
  const rows = all.map(({ status, error, explanation, warning, related }, index) =>
    element(
      "tr",
      { role: "row" },
      element("td", { role: "cell", class: "state", "data-label": "Status" }, statusBadge(status, false)),
      element(
        "td",
        { role: "cell", class: "task", "data-label": "Related" },
        relatedWords(related) || `Part ${index + 1}`,
      ),
      element(
        "td",
        { role: "cell", class: "progress", "data-label": "Reason" },
        [failure(error), failure(warning)].filter((text) => text !== "").join(" "),
        ...(isSameReason({ error, explanation }, task) ? [] : explanationNotes({ error, explanation })),
      ),
    ),
  );
  const heads = ["Status", "Related", "Reason"].map((head) =>
    element("th", { role: "columnheader", scope: "col" }, head),
  );
  return element(
    "section",
    { "aria-labelledby": "operations" },
    element("h3", { id: "operations" }, "Sub-operations"),
    element(
      "div",
      { class: "tasks" },
      element(
        "table",
        { role: "table", "aria-label": "Sub-operations", class: "parts" },
        element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
        element("tbody", { role: "rowgroup" }, ...rows),
      ),
    ),
  );
}

/** Most sub-operations fail for the task's own reason, whose explanation is enough. */
function isSameReason(one: Failed, other: Failed): boolean {
  return one.error?.code === other.error?.code && one.explanation?.cause === other.explanation?.cause;
}

type Failed = Pick<TaskDetail, "error" | "explanation">;

function relatedWords(related: Readonly<Record<string, string>>): string {
  return Object.entries(related)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}

function failure(failure: TaskFailure | null): string {
  return failure === null ? "" : `${failure.message} (${failure.code})`;
}
