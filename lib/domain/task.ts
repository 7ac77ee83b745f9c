/** The vocabulary that every other file uses. Imports nothing. */

/** Statuses that a task can still leave. For `unknown`, see the provider's own word in `nativeStatus`. */
const openStatuses = ["pending", "running", "paused", "canceling", "unknown"] as const;

/**
 * Final statuses. `vanished` is our own: the provider no longer returns a task that was open. Only a vanished task that
 * reappears becomes open again, as a new generation.
 */
export const terminalStatuses = ["succeeded", "failed", "canceled", "vanished"] as const;

export const taskStatuses = [...openStatuses, ...terminalStatuses] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];
export type TaskStatus = (typeof taskStatuses)[number];

export const taskActions = ["import-image", "export-image", "other"] as const;
export type TaskAction = (typeof taskActions)[number];

/** Why something failed, in the provider's words. */
export interface TaskFailure {
  readonly code: string;
  readonly message: string;
}

/** Counts and percentage as reported by the provider. `null` for values that it did not report. */
export interface Progress {
  /** 0 to 100. */
  readonly percent: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly total: number | null;
}

export interface Resource {
  readonly type: "image" | "disk" | "instance" | "other";
  readonly id: string | null;
  readonly name: string | null;
}

/** One sub-operation of a task. Its status takes precedence over an error code. */
export interface Operation {
  readonly status: "running" | "succeeded" | "failed" | "unknown";
  readonly nativeStatus: string;
  /** Only on a failed sub-operation. */
  readonly error: TaskFailure | null;
  /** An error code that the provider put on a sub-operation that did not fail. */
  readonly warning: TaskFailure | null;
  /** Related items by name, for example `OSSObject`. */
  readonly related: Readonly<Record<string, string>>;
}

/** Times as the provider wrote them, before they were read as RFC 3339. */
interface NativeTimes {
  readonly createdAt: string | null;
  readonly finishedAt: string | null;
  /** True when the provider gave no time zone and the connection's `timeZone` was used. */
  readonly zoneAssumed: boolean;
}

/** One long-running image operation on one cloud. */
export interface Task {
  /** `<connection>:<region>:<nativeId>` */
  readonly id: string;
  readonly connection: string;
  readonly provider: string;
  readonly region: string;
  readonly nativeId: string;
  readonly action: TaskAction;
  readonly nativeAction: string;
  readonly status: TaskStatus;
  readonly nativeStatus: string;
  /**
   * Why `status` is `unknown`: what could not be read or proven. For a stalled task, why its progress cannot be read.
   * For a `pending` or `vanished` task, that the cloud has not shown it yet or has never shown it. `null` in every other
   * case.
   */
  readonly statusReason: string | null;
  /**
   * Since when the provider has not returned the task when asked for it, RFC 3339 UTC. `null` while the provider returns
   * it, and if it has never returned it. An open task that stays missing becomes `vanished`.
   */
  readonly missingSince: string | null;
  readonly done: boolean;
  /** True if a failed task succeeded in part. */
  readonly partial: boolean;
  readonly progress: Progress;
  readonly resource: Resource | null;
  /** Present only if `status` is `failed`. `null` if the provider gave no reason. */
  readonly error: TaskFailure | null;
  /** Sub-operations. Empty if the provider has none. */
  readonly operations: readonly Operation[];
  /** `null` if the provider does not say. `false` if its API cannot cancel, or if the task has ended. */
  readonly cancelable: boolean | null;
  /** RFC 3339 UTC, by the provider's clock. */
  readonly createdAt: string | null;
  /** RFC 3339 UTC, by the provider's clock unless `finishedAtObserved`. */
  readonly finishedAt: string | null;
  /** True if the provider gave no finish time, so `finishedAt` is `observedAt`: when we saw that the task had ended. */
  readonly finishedAtObserved: boolean;
  readonly nativeTimes: NativeTimes;
  /** When the state shown here was first observed, RFC 3339 UTC, by our clock. */
  readonly observedAt: string;
  /** The provider's id for the request that showed this state. */
  readonly requestId: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Members that were cut because the provider sent too much, for example `operations.related`. Usually empty. */
  readonly truncated: readonly string[];
}

export const unknownProgress: Progress = { percent: null, succeeded: null, failed: null, total: null };

export function isTerminal(status: TaskStatus): status is TerminalStatus {
  return (terminalStatuses as readonly string[]).includes(status);
}

/** One connection in one region: the unit of a sweep. `region` is `global` for a provider without regions. */
export interface Target {
  readonly connection: string;
  readonly provider: string;
  readonly region: string;
}

export function targetKey(target: Pick<Target, "connection" | "region">): string {
  return `${target.connection}:${target.region}`;
}

/**
 * In UTF-16 code units. Each cloud has its own rule for its ids, which may be shorter. With the longest connection and
 * region, an id of this length has less than 2,048 bytes, the most that a key of DynamoDB may have.
 */
export const maxNativeIdLength = 200;

export function taskId(target: Pick<Target, "connection" | "region">, nativeId: string): string {
  return `${targetKey(target)}:${nativeId}`;
}

/**
 * The three parts of a task id, or `undefined` if it does not have three non-empty parts. Native ids may contain
 * colons. Connection names and regions never do.
 */
export function parseTaskId(id: string): { connection: string; region: string; nativeId: string } | undefined {
  const [connection, region, ...rest] = id.split(":");
  const nativeId = rest.join(":");
  if (!connection || !region || !nativeId) return undefined;
  return { connection, region, nativeId };
}
