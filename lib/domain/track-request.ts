import { noRowDigest, wasShown } from "./awaited-task.ts";
import { sameLabels } from "./labels.ts";
import type { TaskRecord } from "./record.ts";
import type { Task } from "./task.ts";
import { applyObservation, createRecord, stateDigestOf } from "./transition.ts";
import type { Observation } from "./transition.ts";

/** Applies requests to track a task or to stop tracking it to the task's record. Pure. */

interface TrackedSight {
  /** The task as its provider shows it; `undefined` if it was not asked or does not show it. */
  readonly found: Task | undefined;
  readonly known: TaskRecord | undefined;
  readonly awaited: Task;
  readonly nowMs: number;
}

/** What a request to track a task knows about it: what the provider shows, or else what is recorded. */
export function trackedSight({ found, known, awaited, nowMs }: TrackedSight): Observation {
  const task = found ?? known?.task ?? awaited;
  const rowDigest = found === undefined ? (known?.rowDigest ?? noRowDigest) : stateDigestOf(found);
  return { task, rowDigest, detail: found !== undefined, nowMs, announceDiscovered: false };
}

/**
 * Applies a request to track a task. `undefined` if there is nothing to write: the task is already tracked with these
 * labels and has not been given up.
 * @param labels replace all recorded labels; `undefined` keeps those of a followed task
 */
export function applyTrackRequest(
  record: TaskRecord | undefined,
  observation: Observation,
  labels?: Task["labels"],
): TaskRecord | undefined {
  if (record === undefined) {
    const task = { ...observation.task, labels: labels ?? {} };
    return { ...createRecord({ ...observation, task }), tracking: "requested" };
  }
  if (record.tracking !== "untracked") return follow(record, observation, labels ?? record.task.labels);
  const tracked: TaskRecord = {
    ...record,
    task: { ...record.task, labels: labels ?? {} },
    tracking: "requested",
    knownAs: undefined,
    missing: null,
  };
  if (observation.task.status === "vanished" || !wasShown(observation))
    return { ...tracked, ...startWatching(observation), revision: record.revision + 1 };
  const shown = { ...tracked, task: { ...tracked.task, missingSince: null } };
  // Record what happened while the task was untracked, such as its end or its return.
  return applyObservation(shown, observation) ?? { ...shown, revision: record.revision + 1 };
}

/** A request to track a task that the cloud does not show starts a new watch for it. */
function startWatching({ nowMs }: Observation): Pick<TaskRecord, "missing"> {
  return { missing: { count: 0, sinceMs: nowMs } };
}

/** A vanished task that the sweep no longer asks for. */
export function isGivenUp({ task, missing }: Pick<TaskRecord, "task" | "missing">): boolean {
  return task.status === "vanished" && missing === null;
}

/** The task is already followed, so its state stays as it is. */
function follow(record: TaskRecord, observation: Observation, labels: Task["labels"]): TaskRecord | undefined {
  const isAsked = record.tracking === "requested" && !isGivenUp(record);
  if (isAsked && sameLabels(record.task.labels, labels)) return undefined;
  const watched = !isAsked && record.task.status === "vanished" ? startWatching(observation) : {};
  return {
    ...record,
    ...watched,
    task: { ...record.task, labels },
    revision: record.revision + 1,
    tracking: "requested",
  };
}

/** Drops the labels, which belong to the request to track the task. The timeline is history and stays. */
export function applyUntrackRequest(record: TaskRecord): TaskRecord {
  const task = { ...record.task, labels: {} };
  return { ...record, task, revision: record.revision + 1, tracking: "untracked" };
}

/** Records that the id of an awaited task refers to a task that is known by another id. */
export function applyResolution(record: TaskRecord, nativeId: string): TaskRecord | undefined {
  if (wasShown(record) || record.tracking === "untracked") return undefined;
  return { ...applyUntrackRequest(record), knownAs: nativeId };
}
