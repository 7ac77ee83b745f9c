import { boundTask } from "../domain/bound-task.ts";
import { plainText } from "../domain/bound-text.ts";
import { ProviderError } from "../domain/errors.ts";
import type {
  Capabilities,
  CloudClient,
  NativeTask,
  Provider,
  Resolution,
  Rows,
  Sighting,
  UnreadableRow,
} from "../domain/provider.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import type { Target, Task } from "../domain/task.ts";
import { createCallGuard } from "./call-guard.ts";
import type { FaultReporter } from "./call-guard.ts";
import { redactReason, redactTask } from "./redact.ts";

/** In UTF-16 code units. `POST /tasks` has the same limit. A ledger key may have at most 1 KB. */
const longestNativeId = 200;

type ProviderFacts = Pick<Provider, "target" | "renamedTo" | "capabilities" | "clockSkewMs">;

/**
 * Adds what the cloud's responses do not contain: the task's connection and the fields that we fill in later. Also makes
 * every text plain, removes credentials from it, and bounds it, so that logs can show it, the ledger can store it, and
 * the bus can carry it. Lets only a `ProviderError` or the reason of the caller's own signal out of a call.
 */
export function createProvider(client: CloudClient, about: ProviderFacts, reportFault?: FaultReporter): Provider {
  const { target, capabilities } = about;
  const { cancel, discovers, resolve } = client;
  const guarded = createCallGuard(target, reportFault);
  return {
    ...about,
    nativeIdProblem: (nativeId) => client.nativeIdProblem(nativeId),
    ...(resolve && {
      resolve: (nativeId, signal) =>
        guarded.settle(async () => shownResolution(await resolve.call(client, nativeId, signal)), signal),
    }),
    list: (query, signal) =>
      guarded.walk(
        () => client.list(query, signal),
        (page) => ({ ...completeRows(page, target, capabilities), next: page.next }),
        signal,
      ),
    getMany: (nativeIds, signal) =>
      guarded.settle(async () => completeRows(await client.getMany(nativeIds, signal), target, capabilities), signal),
    get: (nativeId, signal, row) =>
      guarded.settle(async () => {
        const task = await client.get(nativeId, signal, row);
        if (task !== undefined && !isExactId(task.nativeId)) throw new ProviderError("malformed", inexactId);
        return task && completeTask(task, target, capabilities);
      }, signal),
    ...(discovers && { discovers: (task) => discovers.call(client, task) }),
    ...(cancel && {
      cancel: (nativeId, signal) => guarded.settle(() => cancel.call(client, nativeId, signal), signal),
    }),
  };
}

export function completeRows(rows: Rows<NativeTask>, target: Target, facts: CancelFacts): Rows {
  const sightings: Sighting[] = [];
  const unreadable: UnreadableRow[] = rows.unreadable.map(({ nativeId, reason }) => ({
    nativeId: nativeId !== null && isExactId(nativeId) ? nativeId : null,
    reason: redactReason(reason),
  }));
  for (const { task, ...shown } of rows.sightings) {
    if (isExactId(task.nativeId)) sightings.push({ task: completeTask(task, target, facts), ...shown });
    else unreadable.push({ nativeId: null, reason: inexactId });
  }
  return { sightings, unreadable };
}

const inexactId = `the id is empty, not plain text, or over ${longestNativeId} characters`;

/** An id is sent back to the provider, so it is shown exactly or not at all. */
function isExactId(nativeId: string): boolean {
  return nativeId !== "" && nativeId.length <= longestNativeId && plainText(nativeId) === nativeId;
}

function shownResolution(resolution: Resolution | undefined): Resolution | undefined {
  if (resolution === undefined) return undefined;
  if ("reason" in resolution) return { reason: redactReason(resolution.reason) };
  return isExactId(resolution.nativeId) ? resolution : { reason: inexactId };
}

type CancelFacts = Pick<Capabilities, "cancels">;

export function completeTask(
  task: NativeTask,
  { connection, provider, region }: Target,
  { cancels }: CancelFacts,
): Task {
  const done = isTerminal(task.status);
  const complete: Task = {
    id: taskId({ connection, region }, task.nativeId),
    connection,
    provider,
    region,
    ...task,
    done,
    // A cloud may say that a task can be canceled although its API has no call for it.
    cancelable: cancels && !done ? task.cancelable : false,
    missingSince: null,
    finishedAtObserved: false,
    labels: {},
    truncated: [],
  };
  return boundTask(redactTask(complete));
}
