import type { TaskEvent } from "./events.ts";
import type { Task, TaskStatus } from "./task.ts";
import type { TimelineEntry } from "./timeline.ts";

/** An event recorded with its transition and not yet known to be on the bus. */
export interface PendingEvent {
  readonly event: TaskEvent;
  /** How often the bus was asked to take it. */
  readonly attempts: number;
  /** Epoch milliseconds; not offered to the bus before. */
  readonly nextAttemptAtMs: number;
  readonly lastProblem: string | null;
}

/** What is remembered of a task: its last observation and its pending events, in one item. */
export interface TaskRecord {
  readonly task: Task;
  /** Grows by one with every write; the condition that makes overlapping writers harmless. */
  readonly revision: number;
  /** Which life of the task this is; grows only when a vanished task comes back. */
  readonly generation: number;
  readonly firstSeenAtMs: number;
  /** RFC 3339; its place in lists: when it was created, or first seen. Never changes, so that cursors stay true. */
  readonly listedAt: string;
  /** Every status it was seen in, in all of its lives. */
  readonly timeline: readonly TimelineEntry[];
  /** When its status, progress or steps last changed, or since when we can vouch that they have not. */
  readonly lastMovedAtMs: number;
  /** Digest of the task as lists show it; equal digests mean that nothing changed. */
  readonly rowDigest: string;
  /** True once the detail of an open task has been read, so that a later reading can show movement. */
  readonly detailRead: boolean;
  /** When the task was last found not to have moved for too long; `null` again once it moves. */
  readonly stalledAtMs: number | null;
  readonly missing: { readonly count: number; readonly sinceMs: number } | null;
  readonly tracking: "discovered" | "requested" | "untracked";
  readonly pending: readonly PendingEvent[];
}

/** As much of a record as the sweep needs to see that nothing changed. */
export interface OpenTask {
  readonly id: string;
  readonly nativeId: string;
  readonly status: TaskStatus;
  readonly revision: number;
  readonly rowDigest: string;
  readonly lastMovedAtMs: number;
  readonly detailRead: boolean;
  readonly stalledAtMs: number | null;
  readonly missing: boolean;
}

/** What is remembered of a target between sweeps. */
export interface TargetState {
  readonly revision: number;
  /** Every task created before this time (epoch ms) is recorded; `null` before the first complete discovery. */
  readonly checkpointMs: number | null;
  /** The open task after which reconciling goes on when a sweep ran out of time; `null`: from the start. */
  readonly resumeAfterId: string | null;
  readonly lastSweptAtMs: number | null;
  /** How long the last sweep took. */
  readonly lastSweepMs: number | null;
  /** When the last sweep began that no outage, throttling or refused credential cut short. */
  readonly lastAnsweredAtMs: number | null;
  readonly lastError: string | null;
}
