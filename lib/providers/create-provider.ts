import type { CloudClient, NativeTask, Provider, Rows } from "../domain/provider.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import type { Target, Task } from "../domain/task.ts";

/** The one place that adds to a cloud's answers what only we know: whose they are, and a place for what we learn. */
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

export function completeRows({ sightings, unreadable }: Rows<NativeTask>, target: Target): Rows {
  const complete = sightings.map(({ task, needsDetail }) => ({ task: completeTask(task, target), needsDetail }));
  return { sightings: complete, unreadable };
}

export function completeTask(task: NativeTask, { connection, provider, region }: Target): Task {
  return {
    id: taskId({ connection, region }, task.nativeId),
    connection,
    provider,
    region,
    ...task,
    done: isTerminal(task.status),
    finishedAtObserved: false,
    labels: {},
  };
}
