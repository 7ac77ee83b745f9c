import type { LimitFunction } from "p-limit";
import {
  applyConfiguration,
  applyHoldings,
  describeHoldings,
  isEmpty,
  maxCountedTasks,
  withoutConfigured,
} from "../domain/known-targets.ts";
import type { Holdings, KnownTarget } from "../domain/known-targets.ts";
import type { Provider } from "../domain/provider.ts";
import { isTerminal, targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { changeTargetList } from "../ledger/change-target-list.ts";
import type { TargetReading } from "../ledger/ledger.ts";
import { countPending, publishDue } from "./outbox.ts";
import type { Outbox } from "./outbox.ts";
import { emptyReport, errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { SweepDependencies, SweepProblem, SweepRun, TargetReport } from "./target-sweep.ts";

/** Used in reports about the list of targets itself. No target can have this name. */
const listName = "#targets";

export interface KnownTargets {
  /** Listed targets that are not configured. */
  readonly unconfigured: readonly KnownTarget[];
  /** One report if the list could not be read or written; otherwise empty. */
  readonly reports: readonly TargetReport[];
}

/**
 * Lists the configured targets before anything is recorded for them, so that a later configuration change finds them.
 * Usually one read. Never throws: see `withState` for what is swept if the list cannot be read or written.
 */
export async function listTargets(
  configured: readonly Target[],
  deps: SweepDependencies,
  run: SweepRun,
): Promise<KnownTargets> {
  if (isOutOfTime({ deps, run })) return { unconfigured: [], reports: [] };
  try {
    const list = await changeTargetList((one) => applyConfiguration(one, configured), deps.ledger, run.signal);
    return { unconfigured: withoutConfigured(list, configured), reports: [] };
  } catch (error) {
    return { unconfigured: [], reports: [failedList(error)] };
  }
}

/**
 * The targets that were swept before, and so have been listed. While the list cannot be written, only these may be
 * swept. If an unlisted target left the configuration, its recorded tasks would be lost silently. Never throws. Returns
 * none if the ledger does not respond.
 */
export async function withState(
  providers: readonly Provider[],
  { ledger }: Pick<SweepDependencies, "ledger">,
  { signal }: SweepRun,
): Promise<readonly Provider[]> {
  const targets = providers.map(({ target }) => target);
  const none: TargetReading = { states: new Map(), unreadable: new Map() };
  const { states, unreadable } = await ledger.readTargets(targets, signal).catch(() => none);
  const wasSwept = (key: string) => states.has(key) || unreadable.has(key);
  return providers.filter(({ target }) => wasSwept(targetKey(target)));
}

function failedList(error: unknown): TargetReport {
  return { ...emptyReport(listName), finished: false, problems: [errorToProblem(error)] };
}

/**
 * Publishes the due events of targets that are no longer configured, and counts what the ledger still holds for them.
 * Calls no provider, because without a connection there is no credential. Never throws.
 */
export async function visitTargets(
  targets: readonly KnownTarget[],
  { deps, run, limit }: { readonly deps: SweepDependencies; readonly run: SweepRun; readonly limit: LimitFunction },
): Promise<TargetReport[]> {
  if (targets.length === 0) return [];
  const visits = await Promise.all(targets.map((target) => limit(() => visit(target, deps, run))));
  const found = new Map(visits.flatMap(({ report, holdings }) => (holdings ? [[report.target, holdings]] : [])));
  const reports = visits.map(({ report }) => report);
  try {
    await changeTargetList((list) => applyHoldings(list, found, deps.clock.now()), deps.ledger, run.signal);
    return reports;
  } catch (error) {
    return [...reports, failedList(error)];
  }
}

interface Visit {
  readonly report: TargetReport;
  /** `undefined` if they could not be counted. */
  readonly holdings?: Holdings;
}

async function visit(target: KnownTarget, deps: SweepDependencies, run: SweepRun): Promise<Visit> {
  const report: TargetReport = { ...emptyReport(targetKey(target)), unconfigured: true };
  const outbox: Outbox = { provider: { target }, deps, run, report };
  if (isOutOfTime(outbox)) {
    report.finished = false;
    return { report };
  }
  try {
    await publishDue(outbox);
    report.strandedTasks = await countOpen(outbox);
    report.pendingEvents = await countPending(outbox);
  } catch (error) {
    report.finished = false;
    report.problems.push(errorToProblem(error));
    return { report };
  }
  const holdings = { openTasks: report.strandedTasks, pendingEvents: report.pendingEvents };
  if (!isEmpty(holdings)) report.problems.push(stranded(holdings));
  return { report, holdings };
}

/** Stops at `maxCountedTasks`. Excludes vanished tasks that may still return, because their event has been recorded. */
async function countOpen({ provider, deps, run }: Outbox): Promise<number> {
  let count = 0;
  for await (const page of deps.ledger.openTasks(provider.target, null, run.signal)) {
    count += page.unreadable.length + page.tasks.filter(({ status }) => !isTerminal(status)).length;
    if (count >= maxCountedTasks) return maxCountedTasks;
  }
  return count;
}

function stranded(holdings: Holdings): SweepProblem {
  const message = `not configured, but still has ${describeHoldings(holdings)}`;
  return { kind: "unconfigured", code: null, message, requestId: null, taskId: null };
}
