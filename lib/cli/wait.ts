import type { Clock } from "../domain/clock.ts";
import { isTask, segmentOf } from "./api.ts";
import type { Api, ApiTask } from "./api.ts";
import { refusalDetails } from "./command.ts";
import { faultText, isOfTheNetwork } from "./network-fault.ts";
import { notTheApi, reasonIn } from "./problem.ts";

/** How a wait for one task ended. */
export type WaitEnd =
  | { readonly id: string; readonly task: ApiTask }
  /** It is not known how the task ends. `details`: such as one text for each wrong field. */
  | { readonly id: string; readonly reason: string; readonly details: readonly string[] };

export interface WaitOptions {
  readonly id: string;
  /** The wait ends at this time, whatever the API says or does not say. Epoch milliseconds. */
  readonly untilMs: number;
  /** How long the cloud may not show the task. */
  readonly unseenMs: number;
}

export interface WaitDependencies {
  readonly api: Api;
  readonly clock: Clock;
  /** Called with each answer about the task. */
  readonly onTask: (task: ApiTask) => void;
  /** Called with each reason why there was no answer about the task, and whether the wait goes on. */
  readonly onTrouble: (reason: string, goesOn: boolean) => void;
}

const serverWaitSeconds = 25;
const longestCallMs = 35_000;
const pauseMs = 5000;
/** However long a server asks to be left alone, somebody is waiting here. */
const longestPauseMs = 60_000;

/**
 * Asks until the task has ended. Silence, a busy or failing server, and a proxy in between do not end the wait. A
 * refusal that will not change by itself does.
 */
export async function waitForTask(options: WaitOptions, deps: WaitDependencies): Promise<WaitEnd> {
  const { id, untilMs, unseenMs } = options;
  const { clock, onTask, onTrouble } = deps;
  const unseenUntilMs = clock.now() + unseenMs;
  let last: Answer | undefined;
  for (let leftMs = untilMs - clock.now(); leftMs > 0; leftMs = untilMs - clock.now()) {
    const answer = await ask(id, leftMs, deps);
    if ("task" in answer) {
      onTask(answer.task);
      if (answer.task.done) return { id, task: answer.task };
    } else {
      const isUnseen = answer.kind === "unseen" && clock.now() >= unseenUntilMs;
      const ends = answer.kind === "refusal" || isUnseen;
      onTrouble(answer.reason, !ends && clock.now() + answer.pauseMs < untilMs);
      const { reason, details } = answer;
      if (ends) return { id, reason: isUnseen ? `its cloud does not show it: ${reason}` : reason, details };
    }
    // What was heard before says more than silence.
    if (last === undefined || "task" in answer || answer.kind !== "silence") last = answer;
    await clock.sleep(Math.min(answer.pauseMs, Math.max(0, untilMs - clock.now())));
  }
  return { id, ...timeRanOut(last) };
}

function timeRanOut(last: Answer | undefined): { reason: string; details: readonly string[] } {
  if (last === undefined || "task" in last) return { reason: "time ran out", details: [] };
  const { kind, reason, details } = last;
  return { reason: `time ran out; ${kind === "silence" ? "" : "last answer: "}${reason}`, details };
}

type Answer =
  | { readonly task: ApiTask; readonly pauseMs: number }
  | {
      readonly kind: "refusal" | "unseen" | "trouble" | "silence";
      readonly reason: string;
      readonly details: readonly string[];
      readonly pauseMs: number;
    };

async function ask(id: string, leftMs: number, { api, clock }: WaitDependencies): Promise<Answer> {
  // The server answers before this client loses patience.
  const wait = Math.min(serverWaitSeconds, Math.floor(leftMs / 1000) - 1);
  const began = clock.now();
  const signal = AbortSignal.timeout(Math.min(leftMs, longestCallMs));
  try {
    const { data, error, response } = await api.GET("/tasks/{id}", {
      params: { path: { id: segmentOf(id) }, query: wait < 1 ? {} : { wait } },
      signal,
    });
    const { status, headers } = response;
    // What is between us and the API may answer 200 as well.
    if (status === 200 && isTask(data)) return { task: data, pauseMs: clock.now() - began < 1000 ? pauseMs : 0 };
    const retryAfter = headers.get("retry-after");
    const reason = `HTTP ${status}${about(status === 200 ? { detail: notTheApi } : error)}`;
    const kind = kindOf(status, retryAfter !== null);
    return { kind, reason, details: refusalDetails(status, error, api), pauseMs: pauseOf(retryAfter) };
  } catch (error) {
    const details: string[] = [];
    if (signal.aborted) return { kind: "silence", reason: `no answer in time from ${api.origin}`, details, pauseMs };
    // Whatever else fails, such as reading the AWS credential, fails on this side of the network and stays.
    const kind = isOfTheNetwork(error) ? "trouble" : "refusal";
    return { kind, reason: faultText(error, api.origin), details, pauseMs };
  }
}

function about(error: unknown): string {
  const reason = reasonIn(error);
  return reason === undefined ? "" : `: ${reason}`;
}

function kindOf(status: number, mayAppear: boolean): "refusal" | "unseen" | "trouble" {
  if (status === 404 && mayAppear) return "unseen";
  return status === 200 || mayPass(status) ? "trouble" : "refusal";
}

/** A proxy that wants a password (407), a timeout (408), and 429 may pass. Other refusals stay. */
export function mayPass(status: number): boolean {
  return [407, 408, 425, 429].includes(status) || status >= 500;
}

function pauseOf(retryAfter: string | null): number {
  const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : pauseMs / 1000;
  return Math.min(longestPauseMs, seconds * 1000);
}
