import type { Operation, Task, TaskFailure } from "./task.ts";

/**
 * What a failure means, in our words. Nothing is decided by it: it is added to a task where the task leaves, for people
 * and pipelines to read. So the ledger holds none, and a better text also explains older failures.
 */

/**
 * Whether trying again can help. `unchanged`: yes, at once. `later`: yes, after a wait, with nothing changed.
 * `after-remedy`: only once the cause is removed. `pointless`: not with this image, or not in this way. `unknown`: nobody
 * can tell.
 */
export const retryAdvices = ["unchanged", "later", "after-remedy", "pointless", "unknown"] as const;

/**
 * `documented`: the provider's documentation says so. `reported`: users have reported it in public. `inferred`: our own
 * conclusion, which is only likely.
 */
export const certainties = ["documented", "reported", "inferred"] as const;
type Certainty = (typeof certainties)[number];

export interface Explanation {
  /** One or two sentences. */
  readonly cause: string;
  /** How sure `cause` and `remedy` are. A part of a documented remedy that is a guess says "probably". */
  readonly certainty: Certainty;
  /** What to do, in one or two sentences. */
  readonly remedy: string;
  readonly retry: (typeof retryAdvices)[number];
  /** How sure `retry` is. */
  readonly retryCertainty: Certainty;
}

/** A row fits if both the code and the words fit. A row without codes fits any code, and the same for words. */
export interface FailureRow extends Omit<Explanation, "retryCertainty"> {
  /**
   * Compared without regard to case. `InvalidImageFormat.*` covers `InvalidImageFormat` and every code that begins with
   * `InvalidImageFormat.`.
   */
  readonly codes?: readonly string[];
  /** Short fragments of messages, without regard to case. One of them is enough. Messages change, so they are short. */
  readonly words?: readonly string[];
  /** Default: `inferred`. Hardly any documentation says whether to try again. */
  readonly retryCertainty?: Certainty;
}

/** The failures of one provider, the specific ones before the general ones. */
export type FailureTable = readonly FailureRow[];

/** The explanation in the first row that fits, or `null` if none is known. */
function explainFailure(table: FailureTable, failure: TaskFailure): Explanation | null {
  const code = failure.code.trim().toLowerCase();
  const message = failure.message.toLowerCase();
  const row = table.find((one) => hasCode(one, code) && hasWords(one, message));
  if (row === undefined) return null;
  const { cause, certainty, remedy, retry, retryCertainty = "inferred" } = row;
  return { cause, certainty, remedy, retry, retryCertainty };
}

function hasCode({ codes }: FailureRow, code: string): boolean {
  return codes === undefined || codes.some((pattern) => isCovered(code, pattern.toLowerCase()));
}

function isCovered(code: string, pattern: string): boolean {
  if (!pattern.endsWith(".*")) return code === pattern;
  const family = pattern.slice(0, -2);
  return code === family || code.startsWith(`${family}.`);
}

function hasWords({ words }: FailureRow, message: string): boolean {
  return words === undefined || words.some((fragment) => message.includes(fragment.toLowerCase()));
}

/** What `Explain` adds to a task. */
interface Explained {
  /** Of the task's `error`. `null` if the task did not fail, gave no reason, or failed for an unknown one. */
  readonly explanation: Explanation | null;
  readonly operations: readonly ExplainedOperation[];
}

/** A task may fail for several reasons, so each failed sub-operation has its own explanation. */
export interface ExplainedOperation extends Operation {
  readonly explanation: Explanation | null;
}

/** Explains a task with the table of its provider. */
export type Explain = <Shown extends Task>(task: Shown) => WithExplanation<Shown>;

export type WithExplanation<Shown extends Task> = Omit<Shown, "operations"> & Explained;
export type ExplainedTask = WithExplanation<Task>;

export function explainTask<Shown extends Task>(task: Shown, table: FailureTable): WithExplanation<Shown> {
  const explain = ({ status, error }: Pick<Task | Operation, "status" | "error">) =>
    status === "failed" && error !== null ? explainFailure(table, error) : null;
  const operations = task.operations.map((operation) => ({ ...operation, explanation: explain(operation) }));
  return { ...task, explanation: explain(task), operations };
}

/** The failures in a task's own error and in its sub-operations that have no explanation, each code and message once. */
export function unexplainedFailures(
  task: Pick<WithExplanation<Task>, "error" | "explanation" | "operations">,
): readonly TaskFailure[] {
  const unexplained = [task, ...task.operations].flatMap(({ error, explanation }) =>
    error !== null && explanation === null ? [error] : [],
  );
  return [
    ...new Map(unexplained.map((failure) => [JSON.stringify([failure.code, failure.message]), failure])).values(),
  ];
}
