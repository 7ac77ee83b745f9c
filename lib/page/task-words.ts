import type { Explanation, ListProblem, Task } from "./api-answers.ts";
import { momentWords } from "./wording.ts";
import type { ZonedClock } from "./wording.ts";

/** A task in words. A cloud's own words are shown as it wrote them, and nothing is made up in their place. */

const providerNames: Readonly<Record<string, string>> = {
  "alibaba-ecs": "Alibaba ECS",
  "apsara-route": "Apsara",
  "tencent-ecm": "Tencent ECM",
};

export function providerWords(provider: string): string {
  return providerNames[provider] ?? provider;
}

/** `Import`, `Export`, or the cloud's own word. */
export function actionWords({ action, nativeAction }: Pick<Task, "action" | "nativeAction">): string {
  if (action === "import-image") return "Import";
  if (action === "export-image") return "Export";
  return nativeAction === "" ? "Unknown action" : nativeAction;
}

/** What people call it: the image's name, or its id, or the task's own id. */
export function titleOf({ resource, nativeId }: Pick<Task, "resource" | "nativeId">): string {
  return resource?.name ?? resource?.id ?? nativeId;
}

/** Such as `2 of 3 parts`. Empty where the cloud counts none. */
export function partWords({ progress }: Pick<Task, "progress">): string {
  const { succeeded, total } = progress;
  return succeeded === null || total === null ? "" : `${succeeded} of ${total} parts`;
}

/** Why a task needs attention. Empty where there is nothing to say. */
export function reasonOf(task: Task, isStalled: boolean, clock: ZonedClock): string {
  const said = ownReason(task, clock);
  if (!isStalled) return said;
  const still = `Nothing has changed since ${momentWords(Date.parse(task.observedAt), clock)}.`;
  return said === "" ? still : `${still} ${said}`;
}

function ownReason(task: Task, clock: ZonedClock): string {
  const since = task.missingSince === null ? null : momentWords(Date.parse(task.missingSince), clock);
  switch (task.status) {
    case "failed":
      return failureWords(task);
    case "vanished":
      return sentence(task.statusReason ?? `The cloud stopped showing it${since === null ? "" : ` at ${since}`}`);
    case "succeeded":
    case "canceled":
      return "";
    default:
      if (since !== null) return sentence(`The cloud has not shown it since ${since}`);
      return task.statusReason === null ? "" : sentence(task.statusReason);
  }
}

function failureWords(task: Task): string {
  const parts = task.partial ? partWords(task) : "";
  const done = parts === "" ? "" : ` ${parts} succeeded.`;
  if (task.error === null) return `The cloud gave no reason.${done}`;
  const { code, message } = task.error;
  return `${message === "" ? "The cloud gave a code only." : sentence(message)}${done} (${code})`;
}

/** What a failure means and what to do about it, line by line. Empty where the cloud gave no reason to explain. */
export function explanationLines({ error, explanation }: Pick<Task, "error" | "explanation">): string[] {
  if (error === null) return [];
  if (explanation === null) return ["No explanation is known."];
  const { cause, certainty, remedy, retry, retryCertainty } = explanation;
  return [
    `Cause${sureness[certainty]}: ${cause}`,
    `Remedy${sureness[certainty]}: ${remedy}`,
    `Try again${sureness[retryCertainty]}: ${retryWords[retry]}`,
  ];
}

const sureness: Readonly<Record<Explanation["certainty"], string>> = {
  documented: "",
  reported: " (as users report)",
  inferred: " (likely)",
};

const retryWords: Readonly<Record<Explanation["retry"], string>> = {
  unchanged: "yes, with nothing changed",
  later: "yes, later, with nothing changed",
  "after-remedy": "only after the remedy",
  pointless: "no",
  unknown: "not known",
};

/** With a period, unless the cloud has ended it in another way. */
export function sentence(text: string): string {
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}

/** What a list lacks, in words. */
export function listProblemWords(problem: ListProblem): string {
  const { message, code } = problem;
  if (problem.connection === null) return sentence(`The ledger did not answer in full: ${message}`);
  const whose = `${problem.connection} in ${problem.region}`;
  const what = problem.taskId === undefined ? `Tasks of ${whose} are missing` : `${problem.taskId} could not be read`;
  return sentence(`${what}: ${message}${code === null ? "" : ` (${code})`}`);
}
