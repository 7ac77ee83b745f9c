import type { Clock } from "../domain/clock.ts";
import { Problem, invalidParameters } from "./problem.ts";
import type { FieldProblem, ProblemType } from "./problem.ts";

/**
 * How often a waiting call reads the task. Image tasks take minutes to hours, so 5 s adds almost nothing, and a
 * connection's budget of 5 calls a second serves 25 waiting callers.
 */
export const lookEveryMs = 5000;

/**
 * The parameter of `GET /tasks/{id}`: how long to wait for the task to end, in milliseconds; 0 to not wait.
 * @param search the raw query string, without `?`
 * @throws Problem `invalid-parameters` with every invalid parameter
 */
export function parseWait(search: string): number {
  const given = new URLSearchParams(search);
  const unknown = [...new Set(given.keys())].filter((name) => name !== "wait");
  const problems: FieldProblem[] = unknown.map((field) => ({
    field,
    detail: "is not a parameter of this call; allowed: wait",
  }));
  const [wait = "", ...more] = given.getAll("wait");
  if (more.length > 0) problems.push({ field: "wait", detail: "may be given once" });
  if (given.has("wait") && !/^([1-9]|1\d|2[0-5])$/.test(wait)) {
    problems.push({ field: "wait", detail: "must be a whole number of seconds from 1 to 25" });
  }
  if (problems.length > 0) throw invalidParameters(problems);
  return Number(wait) * 1000;
}

interface Wait<Found> {
  readonly waitMs: number;
  /** Reads the task from the ledger and, unless it has ended there, from the provider. */
  look(providerSignal: AbortSignal): Promise<Found>;
  readonly clock: Clock;
  /** Limits the first look. */
  readonly providerSignal: AbortSignal;
  /** Ends the waiting and any look in progress. */
  readonly answerSignal: AbortSignal;
}

/**
 * Resolves with the task when it is done or when the wait is over. Keeps looking for a task that is unknown, because its
 * cloud may show it later. Once the task was seen, a provider that fails for a while does not end the wait.
 * @throws the problem of the last look if no look found the task; any other error immediately
 */
export async function waitForTask<Found extends { readonly done: boolean }>(wait: Wait<Found>): Promise<Found> {
  const { clock, answerSignal, look } = wait;
  const endsAtMs = clock.now() + wait.waitMs;
  let outcome = await outcomeOf(look(wait.providerSignal), ["unknown-task"]);
  while (!("found" in outcome && outcome.found.done)) {
    const leftMs = endsAtMs - clock.now();
    if (leftMs <= 0) break;
    try {
      await clock.sleep(pauseMs(leftMs), answerSignal);
      const next = await outcomeOf(look(answerSignal), passingProblems);
      // The deadline of the answer may be all that is wrong.
      if ("problem" in next) answerSignal.throwIfAborted();
      if ("found" in next || "problem" in outcome) outcome = next;
    } catch (error) {
      if (!answerSignal.aborted) throw error;
      break;
    }
  }
  if ("problem" in outcome) throw outcome.problem;
  return outcome.found;
}

type Outcome<Found> = { readonly found: Found } | { readonly problem: Problem };

/** The problems that a later look may no longer have. */
const passingProblems: readonly ProblemType[] = ["unknown-task", "provider-throttled", "provider-unavailable"];

async function outcomeOf<Found>(looking: Promise<Found>, passing: readonly ProblemType[]): Promise<Outcome<Found>> {
  try {
    return { found: await looking };
  } catch (error) {
    if (error instanceof Problem && passing.includes(error.type)) return { problem: error };
    throw error;
  }
}

/** The shortest pause of at least `lookEveryMs` that lets the last look fall on the end of the wait. */
function pauseMs(leftMs: number): number {
  return leftMs / Math.max(1, Math.floor(leftMs / lookEveryMs));
}
