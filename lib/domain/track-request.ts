import { noRowDigest, wasShown } from "./awaited-task.ts";
import type { TaskRecord } from "./record.ts";
import type { Task } from "./task.ts";
import { applyObservation, createRecord, stateDigestOf } from "./transition.ts";
import type { Observation } from "./transition.ts";

/** Applies requests to track a task or to stop tracking it to the task's record. Pure. */

/** The same limit as in a request to track a task. */
const maxLabels = 20;

interface TrackedSight {
  /** The task as its provider shows it; `undefined` if it was not asked or does not show it. */
  readonly found: Task | undefined;
  readonly known: TaskRecord | undefined;
  readonly awaited: Task;
  readonly labels: Task["labels"];
  readonly nowMs: number;
}

/** What a request to track a task knows about it: what the provider shows, or else what is recorded. */
export function trackedSight({ found, known, awaited, labels, nowMs }: TrackedSight): Observation {
  const task: Task = { ...(found ?? known?.task ?? awaited), labels };
  const rowDigest = found === undefined ? (known?.rowDigest ?? noRowDigest) : stateDigestOf(found);
  return { task, rowDigest, detail: found !== undefined, nowMs, announceDiscovered: false };
}

/** Applies a request to track a task. `undefined` if the task is already tracked and has not been given up. */
export function applyTrackRequest(record: TaskRecord | undefined, observation: Observation): TaskRecord | undefined {
  if (record === undefined) return { ...createRecord(observation), tracking: "requested" };
  if (record.tracking === "requested" && !isGivenUp(record)) return undefined;
  if (record.tracking !== "untracked") return adopt(record, observation);
  const task = { ...record.task, labels: observation.task.labels };
  const tracked: TaskRecord = { ...record, task, tracking: "requested", knownAs: undefined, missing: null };
  if (observation.task.status === "vanished" || !wasShown(observation))
    return { ...tracked, ...startWatching(observation), revision: record.revision + 1 };
  // Record what happened while the task was untracked, such as its end or its return.
  return applyObservation(tracked, observation) ?? { ...tracked, revision: record.revision + 1 };
}

/** A request to track a task that the cloud does not show starts a new watch for it. */
function startWatching({ nowMs }: Observation): Pick<TaskRecord, "missing"> {
  return { missing: { count: 0, sinceMs: nowMs } };
}

/** A vanished task that the sweep no longer asks for. */
export function isGivenUp({ task, missing }: Pick<TaskRecord, "task" | "missing">): boolean {
  return task.status === "vanished" && missing === null;
}

/** The task is already recorded, so only its labels are added. */
function adopt(record: TaskRecord, observation: Observation): TaskRecord {
  const task = { ...record.task, labels: addLabels(record.task.labels, observation.task.labels) };
  const watched = task.status === "vanished" ? startWatching(observation) : {};
  return { ...record, ...watched, task, revision: record.revision + 1, tracking: "requested" };
}

/** Drops the oldest labels, so that a task that is given up and tracked repeatedly does not outgrow the ledger. */
function addLabels(known: Task["labels"], added: Task["labels"]): Task["labels"] {
  const kept = Object.entries(known).filter(([name]) => !Object.hasOwn(added, name));
  return Object.fromEntries([...kept, ...Object.entries(added)].slice(-maxLabels));
}

export function applyUntrackRequest(record: TaskRecord): TaskRecord {
  return { ...record, revision: record.revision + 1, tracking: "untracked" };
}

/** Records that the id of an awaited task refers to a task that is known by another id. */
export function applyResolution(record: TaskRecord, nativeId: string): TaskRecord | undefined {
  if (wasShown(record) || record.tracking === "untracked") return undefined;
  return { ...applyUntrackRequest(record), knownAs: nativeId };
}
