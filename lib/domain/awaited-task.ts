import type { Capabilities, Provider } from "./provider.ts";
import type { TaskRecord } from "./record.ts";
import { taskId, unknownProgress } from "./task.ts";
import type { Task } from "./task.ts";

/**
 * A task that somebody tracks before its cloud shows it: clouds may show a task only some time after its creation. Pure.
 */

/** The row digest of a task that no response has shown. */
export const noRowDigest = "";

/** False for a task that is tracked, but that its cloud has never shown. */
export function wasShown({ rowDigest }: Pick<TaskRecord, "rowDigest">): boolean {
  return rowDigest !== noRowDigest;
}

/** What is known about a task that the cloud has not shown. */
export function awaitedTask(facts: ProviderFacts, nativeId: string, nowMs: number): Task {
  return { ...bareTask(facts, nativeId, nowMs), status: "pending", statusReason: notShownYet(null) };
}

/** @param cause what the cloud shows instead, or `null` if it shows nothing */
export function notShownYet(cause: string | null): string {
  return withCause("the cloud has not shown this task yet", cause);
}

/** The reason of a task that vanished without ever having been shown. */
export function neverShown(cause: string | null): string {
  return withCause("the cloud never showed this task", cause);
}

function withCause(text: string, cause: string | null): string {
  return cause === null ? text : `${text}: ${cause}`;
}

type ProviderFacts = Pick<Provider, "target"> & { readonly capabilities: Pick<Capabilities, "cancels"> };

/** A task of which only the id is known. */
export function bareTask({ target, capabilities }: ProviderFacts, nativeId: string, nowMs: number): Task {
  const { connection, provider, region } = target;
  return {
    id: taskId({ connection, region }, nativeId),
    connection,
    provider,
    region,
    nativeId,
    action: "other",
    nativeAction: "",
    status: "unknown",
    nativeStatus: "",
    statusReason: null,
    missingSince: null,
    done: false,
    partial: false,
    progress: unknownProgress,
    resource: null,
    error: null,
    operations: [],
    cancelable: capabilities.cancels ? null : false,
    createdAt: null,
    finishedAt: null,
    finishedAtObserved: false,
    nativeTimes: { createdAt: null, finishedAt: null, zoneAssumed: false },
    observedAt: new Date(nowMs).toISOString(),
    requestId: null,
    labels: {},
    truncated: [],
  };
}
