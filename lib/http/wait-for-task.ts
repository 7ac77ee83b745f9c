import type { Clock } from "../domain/clock.ts";
import { invalidParameters } from "./problem.ts";
import type { FieldProblem } from "./problem.ts";

/**
 * From one look at the provider to the next. A status may change at any time, so this is a choice: image tasks take
 * minutes to hours, at 5 s the wait adds next to nothing to that, and a connection's budget of 5 calls a second still
 * carries 25 callers that wait at once.
 */
export const lookEveryMs = 5000;

/**
 * The parameters of `GET /tasks/{id}`: how long to wait for the task's end, in milliseconds; 0 for not at all.
 * @param search the raw query string, without `?`
 * @throws Problem `invalid-parameters` with every wrong parameter at once
 */
export function parseWait(search: string): number {
  const given = new URLSearchParams(search);
  const unknown = [...new Set(given.keys())].filter((name) => name !== "wait");
  const problems: FieldProblem[] = unknown.map((field) => ({
    field,
    detail: "is no parameter of this call; there is wait",
  }));
  const [wait = "", ...more] = given.getAll("wait");
  if (more.length > 0) problems.push({ field: "wait", detail: "may be given once" });
  if (given.has("wait") && !/^([1-9]|1\d|2[0-5])$/.test(wait)) {
    problems.push({ field: "wait", detail: "must be a whole number of seconds from 1 to 25" });
  }
  if (problems.length > 0) throw invalidParameters(problems);
  return Number(wait) * 1000;
}

export interface Wait<Found> {
  readonly waitMs: number;
  /** Looks at the ledger and, where that does not tell the end, at the provider. */
  look(providerSignal: AbortSignal): Promise<Found>;
  readonly clock: Clock;
  /** Ends the first look. */
  readonly providerSignal: AbortSignal;
  /** Ends the waiting, and a look that is under way then. */
  readonly answerSignal: AbortSignal;
}

/**
 * The task as soon as it is done, or else as it is when the wait is over.
 * @throws what a look throws; a provider that fails is not asked again within the wait
 */
export async function waitForTask<Found extends { readonly done: boolean }>(wait: Wait<Found>): Promise<Found> {
  const { clock, answerSignal, look } = wait;
  const endsAtMs = clock.now() + wait.waitMs;
  let found = await look(wait.providerSignal);
  while (!found.done) {
    const leftMs = endsAtMs - clock.now();
    if (leftMs <= 0) break;
    try {
      await clock.sleep(pauseMs(leftMs), answerSignal);
      found = await look(answerSignal);
    } catch (error) {
      if (!answerSignal.aborted) throw error;
      break;
    }
  }
  return found;
}

/** As short as allowed, and such that the last look comes at the very end. */
function pauseMs(leftMs: number): number {
  return leftMs / Math.max(1, Math.floor(leftMs / lookEveryMs));
}
