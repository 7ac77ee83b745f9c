import { plainText } from "../domain/bound-text.ts";
import type { ApiTask } from "./api.ts";
import { printAge } from "./duration.ts";

/** One line about a task: its id, its status, how far it is, how old, and why it failed. */
export function printTask(task: ApiTask, nowMs: number): string {
  const { id, action, status, createdAt, finishedAt } = task;
  const from = createdAt === null ? undefined : Date.parse(createdAt);
  const until = finishedAt === null ? nowMs : Date.parse(finishedAt);
  const age = from === undefined || (task.done && finishedAt === null) ? undefined : printAge(until - from);
  return words([id, action, status, percentOf(task), age, whyOf(task)]);
}

function percentOf({ done, progress: { percent } }: ApiTask): string | undefined {
  return done || percent === null ? undefined : `${percent} %`;
}

/** The cloud's own reason, or what is missing for a status. */
export function whyOf({ error, statusReason, partial }: ApiTask): string | undefined {
  const why = error === null ? statusReason : failureText(error);
  const parts = [partial ? "in part" : undefined, why ?? undefined].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `(${parts.join(": ")})`;
}

/** What a failure means, line by line. Empty where the cloud gave no reason that could be explained. */
export function printExplanation({ error, explanation }: Pick<ApiTask, "error" | "explanation">): string {
  if (error === null) return "";
  if (!explanation) return "  no explanation is known\n";
  const { cause, certainty, remedy, retry, retryCertainty } = explanation;
  const lines = [
    `cause${sureness[certainty]}: ${cause}`,
    `remedy${sureness[certainty]}: ${remedy}`,
    `try again${sureness[retryCertainty]}: ${retryWords[retry]}`,
  ];
  return printDetails(lines);
}

/** One line for each, below the line that they belong to. */
export function printDetails(details: readonly string[]): string {
  return details.map((detail) => `  ${words([detail])}\n`).join("");
}

type ShownExplanation = NonNullable<ApiTask["explanation"]>;

const sureness: Readonly<Record<ShownExplanation["certainty"], string>> = {
  documented: "",
  reported: " (as users report)",
  inferred: " (likely)",
};

const retryWords: Readonly<Record<ShownExplanation["retry"], string>> = {
  unchanged: "yes, with nothing changed",
  later: "yes, later, with nothing changed",
  "after-remedy": "only after the remedy",
  pointless: "no",
  unknown: "not known",
};

/** One of the sub-operations of a task, in one line. They are numbered from 1. */
export function printOperation({ status, error, related }: ApiTask["operations"][number], number: number): string {
  const about = Object.entries(related).map(([name, value]) => `${name}=${value}`);
  return words([`  part ${number}`, status, ...about, error === null ? undefined : `(${failureText(error)})`]);
}

function failureText({ code, message }: NonNullable<ApiTask["error"]>): string {
  return [code, message].filter(Boolean).join(": ");
}

/** What a list lacks. Without a connection, it is the ledger's. */
export interface ListProblem {
  readonly connection?: string | null;
  readonly region?: string | null;
  readonly kind: string;
  readonly message: string;
  readonly taskId?: string;
}

/** Such as `edge global could not be asked (throttled: too many requests)`. */
export function printMissing(problem: ListProblem): string {
  const { kind, message, taskId } = problem;
  const isOfRows = taskId !== undefined || kind === "malformed" || kind === "unreadable";
  return words([`${taskId ?? placeOf(problem)} could not be ${isOfRows ? "read" : "asked"} (${kind}: ${message})`]);
}

function placeOf({ connection, region, kind }: ListProblem): string {
  const place = connection ? `${connection} ${region}` : "the ledger";
  return kind === "unreadable" ? `a record of ${place}` : place;
}

/** Text of the API may hold what a terminal would obey. */
export function words(parts: readonly (string | undefined)[]): string {
  return plainText(parts.filter((part) => part !== undefined).join("  "));
}

const barCells = 20;

/** A bar, if the cloud reports how far the task is. */
export function printBar(percent: number | null): string {
  if (percent === null) return `[${"·".repeat(barCells)}]   ? %`;
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * barCells);
  return `[${"█".repeat(full)}${"·".repeat(barCells - full)}] ${String(percent).padStart(3)} %`;
}

/** Without the age, which changes with every look. */
export function printChange(task: ApiTask): string {
  const { id, status, done, progress } = task;
  return words([id, status, done || progress.percent === null ? undefined : `${progress.percent} %`, whyOf(task)]);
}
