import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { Sighting } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { createSample } from "./sample.ts";
import type { Sample } from "./sample.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/**
 * How many details one sweep of a target reads concurrently. Reads that hang keep their slot until they time out, so
 * there are more slots than a healthy cloud needs. The connection's rate budget applies on top.
 */
export const detailConcurrency = 16;
/** After this many failures before the first response, the detail API counts as down. */
const failuresOfAnOutage = 3;

/** How many ended tasks with a failed detail read one sweep retries. */
const retriesPerSweep = 1000;

/** `left`: not requested, or throttled. The next sweep reads it. */
export type DetailReading =
  | { readonly kind: "read"; readonly task: Task | undefined }
  | { readonly kind: "failed"; readonly error: ProviderError }
  | { readonly kind: "left" };

export const left: DetailReading = { kind: "left" };

type TaskToRead = Pick<Task, "id" | "nativeId">;

/**
 * Reads the details for one sweep of a target, within one time budget. Lists and batches may work while details do not.
 * A detail API that is down or throttles therefore stops only further detail reads.
 */
export interface DetailReader {
  /**
   * Reports why a read failed: once per task if the error concerns the task, otherwise once per sweep.
   * @param known the task's record; a task that was reported as stalled is not reported again
   * @param row the task as a list has just shown it
   */
  read(task: TaskToRead, known: TaskRecord | undefined, row?: Task): Promise<DetailReading>;
  /** True if the detail API throttles or is down, so this sweep reads no more details. */
  isDown(): boolean;
  /** Recorded tasks whose detail earlier sweeps could not read. They are retried after everything else. */
  readonly postponed: Sample<Sighting>;
  /** Counts a task that still waits for its detail after it was reported as stalled. */
  count(record: TaskRecord): void;
}

export function createDetailReader(sweep: Omit<TargetSweep, "details">): DetailReader {
  const { provider, deps, run, report } = sweep;
  const limit = pLimit(detailConcurrency);
  const nowMs = deps.clock.now();
  const budget = createBudget(Math.min(deps.settings.detailBudgetMs, (run.stopAtMs - nowMs) / 3), deps.clock.now);
  const api: DetailApi = { answered: false, failures: 0, down: false, reported: false };
  const unreadable = new Set<string>();

  async function read({ id, nativeId }: TaskToRead, known: TaskRecord | undefined, row: Task | undefined) {
    if (api.down || budget.isSpent() || isOutOfTime(sweep)) {
      report.finished = false;
      return left;
    }
    budget.start();
    try {
      const task = await provider.get(nativeId, run.signal, row);
      api.answered = true;
      return { kind: "read", task } as const;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (isProblem(error, known, api)) report.problems.push(errorToProblem(error, id));
      noteFailure(error, api);
      return error.kind === "throttled" ? left : ({ kind: "failed", error } as const);
    } finally {
      budget.stop();
    }
  }

  return {
    read: (task, known, row) => limit(() => read(task, known, row)),
    isDown: () => api.down,
    postponed: createSample(retriesPerSweep, deps.random),
    count(record) {
      if (!isToldUnreadable(record)) return;
      unreadable.add(record.task.id);
      report.detailUnreadable = unreadable.size;
    },
  };
}

/** What one sweep has learned about the detail API. */
interface DetailApi {
  answered: boolean;
  failures: number;
  down: boolean;
  reported: boolean;
}

function noteFailure(error: ProviderError, api: DetailApi): void {
  if (error.scope !== "target") {
    api.answered = true;
    return;
  }
  api.failures += 1;
  // After its first response, the API is up. Later failures then concern only the requested tasks.
  if (error.kind === "throttled" || (!api.answered && api.failures >= failuresOfAnOutage)) api.down = true;
}

/**
 * False for a problem that was already reported: about the API in this sweep, or about the task in its stalled event.
 */
function isProblem(error: ProviderError, known: TaskRecord | undefined, api: DetailApi): boolean {
  if (known !== undefined && known.stalledAtMs !== null) return false;
  if (error.scope !== "target") return true;
  const first = !api.reported;
  api.reported = true;
  return first;
}

function isToldUnreadable({ awaitedDetail, stalledAtMs }: TaskRecord): boolean {
  return awaitedDetail !== undefined && stalledAtMs !== null;
}

interface TimeBudget {
  start(): void;
  stop(): void;
  isSpent(): boolean;
}

/** Counts the time during which at least one piece of work is running. */
function createBudget(budgetMs: number, now: () => number): TimeBudget {
  let running = 0;
  let startedAtMs = 0;
  let spentMs = 0;
  return {
    start() {
      if (running === 0) startedAtMs = now();
      running += 1;
    },
    stop() {
      running -= 1;
      if (running === 0) spentMs += now() - startedAtMs;
    },
    isSpent: () => spentMs + (running > 0 ? now() - startedAtMs : 0) >= budgetMs,
  };
}
