import type { TaskRecord } from "../../lib/domain/record.ts";
import type { SweepSettings, TargetReport } from "../../lib/sweep/target-sweep.ts";
import { isTimely, openListingMs } from "./promise.ts";
import type { Scenario } from "./scenario.ts";
import type { Store } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { targetOf } from "./subjects.ts";
import type { Subjects } from "./subjects.ts";
import { isImageTask, isListed, isPassedOver, isReadable, isVisible } from "./truth.ts";
import type { TrueTask } from "./truth.ts";

export interface End {
  readonly store: Store;
  readonly scenario: Scenario;
  readonly subjects: Subjects;
  /** Whether the fault-free period was long enough to report stalled and vanished tasks. */
  readonly thorough: boolean;
  readonly settings: SweepSettings;
  /** By the clock of the last sweep. */
  readonly ourNowMs: number;
  /** When the last sweep began. */
  readonly lastSweepMs: number;
  readonly lastReports: readonly TargetReport[];
}

/** What must hold after the faults have stopped and a few undisturbed sweeps have run. */
export function judgeTheEnd({ witness, timeline }: Simulation, end: End): void {
  const { store, scenario, subjects } = end;
  for (const { record } of store.all()) {
    if (record !== undefined && record.pending.length > 0) {
      witness.accuse("lost", `${record.task.id}: ${record.pending.length} events are still pending`);
    }
  }
  const completed = new Set<TrueTask | undefined>();
  const toldInTime = new Set<TrueTask | undefined>();
  for (const { event, atMs } of witness.onBus.values()) {
    const task = subjects.taskOf(event.subject);
    if (event.type === "image-tasks.task.completed") completed.add(task);
    if (task?.poison && atMs < task.poison.toMs) toldInTime.add(task);
  }
  const nowMs = timeline.now();
  // A sweep looks at only so many tasks that do not move.
  const isJudged = scenario.tasks.length <= end.settings.progressReadsPerSweep;
  for (const task of scenario.tasks) {
    const records = subjects.idsOf(task).map(store.recordOf);
    const record = records.find((one) => one !== undefined && subjects.isConfigured(targetOf(one.task.id), nowMs));
    if (isOwed(task, record, end, nowMs) && !completed.has(task)) {
      witness.accuse("lost", `${task.id} visibly ended as ${task.outcome}, but no completion was published`);
    }
    if (isJudged) judgeSilence(task, record, end, (text) => witness.accuse("illegal", text));
    if (mustTell(task, end) && !toldInTime.has(task))
      witness.accuse("starved", `${task.id} cannot be read, but no event says so`);
  }
  judgeUnconfigured(end, nowMs, (text) => witness.accuse("lost", text));
  judgeCopies(end, (text) => witness.accuse("illegal", text));
}

/** Whoever looks at the reports must learn that an item was replaced. */
function judgeCopies({ store, lastReports }: End, accuse: (text: string) => void): void {
  const told = new Map(lastReports.map(({ target, unreadableItems }) => [target, unreadableItems]));
  for (const { item } of store.all()) {
    const key = /^#unreadable#(.+)$/.exec(String(item["listTarget"]))?.[1];
    if (key === undefined || !told.has(key) || told.get(key) !== 0) continue;
    accuse(`${String(item["id"])} is a copy of an unreadable item, but the report of ${key} has none`);
  }
}

function isOwed(
  task: TrueTask,
  record: TaskRecord | undefined,
  { scenario, subjects, lastSweepMs }: End,
  nowMs: number,
): boolean {
  const { faultFreeFromMs } = scenario;
  const targets = subjects.idsOf(task).map(targetOf);
  if (!targets.some((key) => subjects.isConfigured(key, nowMs)) || task.outcome === "unproven") return false;
  if (!isVisible(task, faultFreeFromMs) || !isVisible(task, nowMs) || !isReadable(task, lastSweepMs)) return false;
  if (task.endsAtMs <= faultFreeFromMs) {
    if (record !== undefined) return record.tracking !== "untracked";
    if (mustBeRecorded(task, { scenario, subjects })) return true;
    if (isPassedOver(task, scenario.slots[0]?.atMs ?? 0)) return false;
    // A task that was gone while the lists covered its time can no longer be found by them.
    const findable = isImageTask(task) && isListed(task, faultFreeFromMs) && task.hidden.length === 0;
    return findable && isTimely(task, scenario);
  }
  // Running tasks are listed regularly, however old they are.
  const wasListedOpen = task.startsAtMs <= faultFreeFromMs && task.endsAtMs > faultFreeFromMs + openListingMs + 300_000;
  return isImageTask(task) && wasListedOpen && task.endsAtMs < lastSweepMs && record?.tracking !== "untracked";
}

/** A caller was told that the task is tracked, whether or not its cloud showed it by then. */
function mustBeRecorded(task: TrueTask, { scenario, subjects }: Pick<End, "scenario" | "subjects">): boolean {
  return subjects.isTracked(task) && scenario.restores.length === 0 && !scenario.expiry;
}

/** Tasks that are gone, or that do not move, are reported too. */
function judgeSilence(
  task: TrueTask,
  record: TaskRecord | undefined,
  { scenario, subjects, thorough, settings, ourNowMs }: End,
  accuse: (text: string) => void,
): void {
  if (!thorough) return;
  if (record === undefined) {
    if (task.listedFromMs === Infinity && mustBeRecorded(task, { scenario, subjects })) {
      accuse(`${task.id} is tracked, but nothing is recorded about it`);
    }
    return;
  }
  if (record.tracking === "untracked" || record.task.done) return;
  if (task.listedFromMs === Infinity) {
    accuse(`${task.id} was never shown, but no vanished event was published`);
    return;
  }
  if (task.hidden.some(({ fromMs, toMs }) => fromMs < scenario.faultFreeFromMs && toMs === Infinity)) {
    accuse(`${task.id} is permanently gone, but no vanished event was published`);
  } else if (task.hidden.length === 0 && record.stalledAtMs === null) {
    if (ourNowMs - record.lastMovedAtMs < settings.stallAfterMs + 60_000) return;
    accuse(`${task.id} has stalled, but no stalled event was published`);
  }
}

/** A task that could not be read for much longer than the threshold of a stall, and has an id to report it under. */
function mustTell(task: TrueTask, { scenario, settings, lastSweepMs }: End): boolean {
  const { poison, endsAtMs, createdAtMs } = task;
  if (poison === null || poison.kind === "row without an id") return false;
  if (poison.kind !== "row without a status" && !/^detail (?:forbidden|malformed)$/.test(poison.kind)) return false;
  if (!scenario.slots.some(({ atMs }) => isListed(task, atMs))) return false;
  const firstMs = scenario.slots[0]?.atMs ?? 0;
  const hiddenFromMs = poison.kind.startsWith("detail ") ? endsAtMs : createdAtMs;
  const sinceMs = Math.max(firstMs, hiddenFromMs);
  // Sweeps may be hours apart.
  const pausesMs = scenario.slots.map(({ atMs }, index) => atMs - (scenario.slots[index - 1]?.atMs ?? atMs));
  const graceMs = settings.stallAfterMs + 2 * Math.max(...pausesMs) + 3_600_000;
  return Math.min(poison.toMs, lastSweepMs) - sinceMs > graceMs;
}

/** Open tasks that no sweep asks for anymore are at least reported. */
function judgeUnconfigured({ store, subjects, lastReports }: End, nowMs: number, accuse: (text: string) => void): void {
  const reported = new Set(lastReports.map(({ target }) => target));
  for (const { record } of store.all()) {
    if (record === undefined || record.task.done || record.tracking === "untracked") continue;
    const key = targetOf(record.task.id);
    if (subjects.isConfigured(key, nowMs) || reported.has(key)) continue;
    accuse(`${record.task.id} is open, but its target is neither configured nor reported`);
  }
}
