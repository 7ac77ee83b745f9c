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

/** Adds tasks on all clouds that end one after the other over the next seconds. */
export async function addTasks(world: KillWorld, tracker: Child, random: Random): Promise<void> {
  for (const cloud of cloudNames) {
    for (let index = 0; index < (cloud === "tencent-ecm" ? 2 : 3); index += 1) {
      const drawn = random.pick(endings);
      const ending: Ending = cloud === "tencent-ecm" && drawn.kind === "canceled" ? { kind: "succeeded" } : drawn;
      const plan = { pendingMs: random.below(300), runningMs: random.below(2500), ending };
      const task = world.clouds.tasks.addTask({ cloud, action: "ImportImage", plan });
      // This cloud stops listing a successful import, so its completion is guaranteed only if the task is tracked.
      if (cloud === "tencent-ecm") await track(tracker, task.nativeId);
    }
  }
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

/** Records what has ended, and removes tasks from the clouds that ended a while ago and are on the bus. */
export function learnTruth({ clouds }: KillWorld, truth: Truth, onBus: ReadonlySet<string>): void {
  for (const ended of clouds.tasks.endedTasks()) {
    const id = taskIdOf(ended);
    truth.set(id, { outcome: ended.outcome, endedAtMs: ended.endedAtMs });
    const old = clouds.tasks.now() - ended.endedAtMs > keptMs;
    if (old && onBus.has(id)) clouds.tasks.remove(ended.cloud, ended.nativeId);
  }
}
