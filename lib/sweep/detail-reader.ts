import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { Sighting } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { createSample } from "./sample.ts";
import type { Sample } from "./sample.ts";
import { errorToProblem, isAboutWhatWasAsked, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/**
 * Details read at a time, in a whole sweep of a target. Reads that hang hold their place until they time out, so there
 * are more places than a healthy cloud needs. The connection's rate budget applies on top.
 */
export const detailConcurrency = 16;
/** After this many failures before the first answer, the API of details counts as down. */
const failuresOfAnOutage = 3;

/** Ended tasks whose detail one sweep tries again. */
const retriesPerSweep = 1000;

/** `left`: not asked for, or throttled. The next sweep asks. */
export type DetailReading =
  | { readonly kind: "read"; readonly task: Task | undefined }
  | { readonly kind: "failed"; readonly error: ProviderError }
  | { readonly kind: "left" };

export const left: DetailReading = { kind: "left" };

/**
 * Reads the details of one sweep of a target, within one budget of time. Lists and batches may work while the details
 * do not, so an API of details that throttles or is down ends only the reads of further details.
 */
export interface DetailReader {
  /**
   * Reports why a read failed: for each task when it is about the task, and otherwise once.
   * @param known the task's record; nothing is reported of a task that was reported as stalled
   */
  read(task: Pick<Task, "id" | "nativeId">, known: TaskRecord | undefined): Promise<DetailReading>;
  /** True when the API of details throttles or is down, so that nothing more is read in this sweep. */
  isDown(): boolean;
  /** Recorded tasks whose detail earlier sweeps could not read. They are tried again after everything else. */
  readonly postponed: Sample<Sighting>;
  /** Counts a task that waits for its detail after it was reported as stalled. */
  count(record: TaskRecord): void;
}

export function createDetailReader(sweep: Omit<TargetSweep, "details">): DetailReader {
  const { provider, deps, run, report } = sweep;
  const limit = pLimit(detailConcurrency);
  const nowMs = deps.clock.now();
  const budget = createBudget(Math.min(deps.settings.detailBudgetMs, (run.stopAtMs - nowMs) / 3), deps.clock.now);
  const api: DetailApi = { answered: false, failures: 0, down: false, reported: false };
  const unreadable = new Set<string>();

  async function read({ id, nativeId }: Pick<Task, "id" | "nativeId">, known: TaskRecord | undefined) {
    if (api.down || budget.isSpent() || isOutOfTime(sweep)) {
      report.finished = false;
      return left;
    }
    budget.start();
    try {
      const task = await provider.get(nativeId, run.signal);
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
    read: (task, known) => limit(() => read(task, known)),
    isDown: () => api.down,
    postponed: createSample(retriesPerSweep, deps.random),
    count(record) {
      if (!isToldUnreadable(record)) return;
      unreadable.add(record.task.id);
      report.detailUnreadable = unreadable.size;
    },
  };
}

/** What one sweep has learned of the API of details. */
interface DetailApi {
  answered: boolean;
  failures: number;
  down: boolean;
  reported: boolean;
}

function noteFailure(error: ProviderError, api: DetailApi): void {
  if (isAboutWhatWasAsked(error)) {
    api.answered = true;
    return;
  }
  api.failures += 1;
  // Once it has answered, only the tasks asked for can be why it does not answer.
  if (error.kind === "throttled" || (!api.answered && api.failures >= failuresOfAnOutage)) api.down = true;
}

/** False for what has been said: of an API in this sweep, or of a task in its stalled event. */
function isProblem(error: ProviderError, known: TaskRecord | undefined, api: DetailApi): boolean {
  if (known !== undefined && known.stalledAtMs !== null) return false;
  if (isAboutWhatWasAsked(error)) return true;
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

/** Counts the time during which at least one piece of work is under way. */
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
