import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod/mini";
import { eventOf } from "../fakes/gateway-event.ts";
import type { Random } from "../fuzz/random.ts";
import { cloudNames } from "../sandbox/exchange.ts";
import type { CloudName } from "../sandbox/exchange.ts";
import type { EndedPhase, Ending } from "../sandbox/task-state.ts";
import { invoke } from "./child.ts";
import type { Child } from "./child.ts";
import type { KillWorld } from "./kill-world.ts";

/** All tasks that really ended, kept after the clouds have dropped them. */
export type Truth = Map<string, { readonly outcome: EndedPhase; readonly endedAtMs: number }>;

function taskIdOf({ cloud, region, nativeId }: { cloud: CloudName; region: string; nativeId: string }): string {
  const connectionOf = { "alibaba-ecs": "aliyun", "apsara-route": "stack", "tencent-ecm": "edge" } as const;
  return `${connectionOf[cloud]}:${region}:${nativeId}`;
}

const endings: readonly [Ending, ...Ending[]] = [
  { kind: "succeeded" },
  { kind: "succeeded" },
  { kind: "failed", code: "OSSReadFailed", message: "no right to read" },
  { kind: "failed", code: "OSSReadFailed", message: "no right to read", reportedAs: "Finished" },
  { kind: "partly-failed", succeeded: 2, failed: 1, code: "OSSWriteFailed", message: "one disk was not written" },
  { kind: "canceled" },
];

/** A client that tracks every import of the cloud that cannot list successful ones. */
export interface Client {
  /** The function that takes its requests. */
  tracker: Child;
  /** False while the connection is not configured. Requests then wait. */
  edgeConfigured: boolean;
  readonly waiting: string[];
  /** Native ids in the order of their requests. */
  readonly tracked: string[];
}

/** Adds tasks on all clouds that end one after the other over the next seconds. */
export async function addTasks(world: KillWorld, client: Client, random: Random): Promise<void> {
  for (const cloud of cloudNames) {
    for (let index = 0; index < (cloud === "tencent-ecm" ? 2 : 3); index += 1) {
      const drawn = random.pick(endings);
      const ending: Ending = cloud === "tencent-ecm" && drawn.kind === "canceled" ? { kind: "succeeded" } : drawn;
      const plan = { pendingMs: random.below(300), runningMs: random.below(2500), ending };
      const task = world.clouds.tasks.addTask({ cloud, action: "ImportImage", plan });
      // This cloud stops listing a successful import, so its completion is guaranteed only if the task is tracked.
      if (cloud === "tencent-ecm") client.waiting.push(task.nativeId);
      await trackWaiting(client);
    }
  }
}

export async function trackWaiting(client: Client): Promise<void> {
  if (!client.edgeConfigured) return;
  for (const nativeId of client.waiting.splice(0)) {
    await track(client.tracker, nativeId);
    client.tracked.push(nativeId);
  }
}

/** A restored ledger does not know what was tracked after its copy was taken, so the client has to ask again. */
export function trackAgain({ clouds }: KillWorld, client: Client, trackedBefore: number): void {
  for (const nativeId of client.tracked.splice(trackedBefore))
    if (clouds.tasks.find("tencent-ecm", nativeId) !== undefined) client.waiting.push(nativeId);
}

const Answer = z.object({ statusCode: z.number() });

/** Retries until it succeeds, since the ledger may have just been killed. */
async function track(tracker: Child, nativeId: string): Promise<void> {
  const body = JSON.stringify({ connection: "edge", nativeId });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const headers = { "content-type": "application/json" };
    const ended = await invoke(tracker, eventOf({ body, headers }), 29_000);
    const answer = Answer.safeParse(ended?.answer);
    if (answer.success && answer.data.statusCode < 300) return;
    await sleep(100);
  }
  throw new Error(`${nativeId} could not be tracked`);
}

const keptMs = 15_000;

interface Learned {
  readonly onBus: ReadonlySet<string>;
  /** When the copy was taken to which the ledger may go back. Clouds keep what has ended since then. */
  readonly copiedAtMs: number | undefined;
}

/** Records what has ended, and removes tasks from the clouds that ended a while ago and are on the bus. */
export function learnTruth({ clouds }: KillWorld, truth: Truth, { onBus, copiedAtMs }: Learned): void {
  for (const ended of clouds.tasks.endedTasks()) {
    const id = taskIdOf(ended);
    truth.set(id, { outcome: ended.outcome, endedAtMs: ended.endedAtMs });
    const old = (copiedAtMs ?? clouds.tasks.now()) - ended.endedAtMs > keptMs;
    if (old && onBus.has(id)) clouds.tasks.remove(ended.cloud, ended.nativeId);
  }
}
