import { boundTask } from "../domain/bound-task.ts";
import { boundText, plainText } from "../domain/bound-text.ts";
import type { CloudClient, NativeTask, Provider, Rows, Sighting, UnreadableRow } from "../domain/provider.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import type { Target, Task } from "../domain/task.ts";

/** In UTF-16 code units. `POST /tasks` has the same limit. A ledger key may have at most 1 KB. */
const longestNativeId = 200;
const longestReason = 1000;

/**
 * Adds what the cloud's responses do not contain: the task's connection and the fields that we fill in later. Also
 * bounds the task, so that the ledger can store it and the bus can carry it.
 */
export function createProvider(
  client: CloudClient,
  about: Pick<Provider, "target" | "renamedTo" | "capabilities" | "clockSkewMs">,
): Provider {
  const { target } = about;
  const { cancel, discovers, resolve } = client;
  return {
    ...about,
    nativeIdProblem: (nativeId) => client.nativeIdProblem(nativeId),
    ...(resolve && { resolve: (nativeId, signal) => resolve.call(client, nativeId, signal) }),
    async *list(query, signal) {
      for await (const page of client.list(query, signal)) yield { ...completeRows(page, target), next: page.next };
    },
    async getMany(nativeIds, signal) {
      return completeRows(await client.getMany(nativeIds, signal), target);
    },
    async get(nativeId, signal) {
      const task = await client.get(nativeId, signal);
      return task && completeTask(task, target);
    },
    ...(discovers && { discovers: (task) => discovers.call(client, task) }),
    ...(cancel && { cancel: (nativeId, signal) => cancel.call(client, nativeId, signal) }),
  };
}

export function completeRows(rows: Rows<NativeTask>, target: Target): Rows {
  const sightings: Sighting[] = [];
  const unreadable: UnreadableRow[] = rows.unreadable.map(({ nativeId, reason }) => ({
    nativeId: nativeId !== null && isStorableId(nativeId) ? nativeId : null,
    reason: boundText(reason, longestReason),
  }));
  for (const { task, ...shown } of rows.sightings) {
    if (isStorableId(task.nativeId)) sightings.push({ task: completeTask(task, target), ...shown });
    else
      unreadable.push({
        nativeId: null,
        reason: `the id is empty, not plain text, or over ${longestNativeId} characters`,
      });
  }
  return { sightings, unreadable };
}

function isStorableId(nativeId: string): boolean {
  return nativeId !== "" && nativeId.length <= longestNativeId && plainText(nativeId) === nativeId;
}

export function completeTask(task: NativeTask, { connection, provider, region }: Target): Task {
  return boundTask({
    id: taskId({ connection, region }, task.nativeId),
    connection,
    provider,
    region,
    ...task,
    done: isTerminal(task.status),
    finishedAtObserved: false,
    labels: {},
    truncated: [],
  });
}
