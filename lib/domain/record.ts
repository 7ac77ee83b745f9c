import type { AwaitedDetail } from "./awaited-detail.ts";
import type { TaskEvent } from "./events.ts";
import type { Task, TaskStatus } from "./task.ts";
import type { TimelineEntry } from "./timeline.ts";

/** An event that was recorded with its transition and not yet confirmed by the bus. */
export interface PendingEvent {
  readonly event: TaskEvent;
  /** How often the event was sent to the bus. */
  readonly attempts: number;
  /** Epoch milliseconds. The event is not sent before this time. */
  readonly nextAttemptAtMs: number;
  readonly lastProblem: string | null;
}

/** What the ledger stores about a task: its last observation and its pending events, in one item. */
export interface TaskRecord {
  readonly task: Task;
  /** Grows by one with every write. Writes are conditional on it, so concurrent writers are safe. */
  readonly revision: number;
  /** Grows by one when a vanished task reappears. */
  readonly generation: number;
  readonly firstSeenAtMs: number;
  /** RFC 3339. The sort key of lists: when the task was created or first seen. Never changes, so cursors stay valid. */
  readonly listedAt: string;
  /** The statuses that the task was seen in, across all generations. */
  readonly timeline: readonly TimelineEntry[];
  /** When status, progress, or steps last changed. If unknown, the time since which they have not changed. */
  readonly lastMovedAtMs: number;
  /** Digest of the task as lists show it. Equal digests mean that nothing changed. Empty before the cloud shows it. */
  readonly rowDigest: string;
  /** True once the detail of an open task has been read, so that a later read can show progress. */
  readonly detailRead: boolean;
  /** The detail that the task needs and that has not been read. Absent if it needs none, and in older records. */
  readonly awaitedDetail?: AwaitedDetail | undefined;
  /** When the task was last found to be stalled. `null` again once it moves. */
  readonly stalledAtMs: number | null;
  readonly missing: { readonly count: number; readonly sinceMs: number } | null;
  readonly tracking: "discovered" | "requested" | "untracked";
  /**
   * The native id of the task that this record's id turned out to refer to. Such a record only leads to that task.
   * Absent in all others.
   */
  readonly knownAs?: string | undefined;
  /** When the record of a task that is no longer followed was last kept from expiring. `null` if never. */
  readonly renewedAtMs: number | null;
  readonly pending: readonly PendingEvent[];
}

/** The part of a record that the sweep needs to detect that nothing changed. */
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

/** What the ledger stores about a target between sweeps. */
export interface TargetState {
  readonly revision: number;
  /** Every task created before this time (epoch ms) is recorded. `null` before the first complete discovery. */
  readonly checkpointMs: number | null;
  /** After a sweep ran out of time, the next one resumes after this open task. `null`: start with the first one. */
  readonly resumeAfterId: string | null;
  readonly lastSweptAtMs: number | null;
  /** How long the last sweep took. */
  readonly lastSweepMs: number | null;
  /** When the last sweep began in which the provider's own API answered every list and every batch. */
  readonly lastAnsweredAtMs: number | null;
  readonly lastError: string | null;
  /**
   * Since when lists have contained rows without a readable id. Such rows hold the checkpoint for an hour. `null` if
   * there are none.
   */
  readonly namelessSinceMs: number | null;
  /** The provider's clock minus the sweep's in the last sweep, in milliseconds. `null` if the provider gave no time. */
  readonly clockSkewMs: number | null;
  /** How far before the checkpoint the next discovery begins. `null`: the value in the settings. */
  readonly overlapMs: number | null;
  /** When the open tasks were last listed, regardless of their creation time. */
  readonly openListedAtMs: number | null;
  /** Items of this target that cannot be read, as far as the last sweep met them, and copies of replaced ones. */
  readonly unreadableItems: number;
  /**
   * The sweep that is working on this target. It keeps other sweeps from the same work; correctness never depends on
   * it.
   */
  readonly lease?: TargetLease | undefined;
}

export interface TargetLease {
  /** Identifies one sweep. */
  readonly holder: string;
  /** Epoch milliseconds by the holder's clock. From this time on, another sweep may take the target. */
  readonly untilMs: number;
}
