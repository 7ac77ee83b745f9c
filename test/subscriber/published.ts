/** Events of every kind that real sweeps have published about the sandbox clouds, as the rules of a real bus get them. */
import { readEventBusName } from "../../lib/config/environment.ts";
import { createRuntime } from "../../lib/config/runtime.ts";
import { systemClock, systemRandom } from "../../lib/config/system-clock.ts";
import { createEventBridgeBus } from "../../lib/sweep/event-bus.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import { explain } from "../fakes/explain.ts";
import { startHarness } from "../functions/harness.ts";
import type { Harness } from "../functions/harness.ts";
import type { DeliveredEvent } from "../local/event-entries.ts";
import type { EventRule } from "../local/event-rules.ts";

export interface Publishing {
  readonly busUrl: string;
  readonly busName: string;
  /** What the bus has accepted, oldest first. */
  events(): Promise<readonly DeliveredEvent[]>;
  stop(): Promise<void>;
}

const failure = { code: "InvalidOSSObject.NotFound", message: "The specified OSS object does not exist." };

/** Resolves once every event has been published. Deliveries to the rules may still be under way. */
export async function publishEverything(rules: readonly EventRule[]): Promise<Publishing> {
  const harness = await startHarness({ rules });
  try {
    await runScenario(harness);
  } catch (error) {
    await harness.stop();
    throw error;
  }
  const { busUrl, env } = harness;
  return {
    busUrl,
    busName: env["EVENT_BUS_NAME"] ?? "",
    async events() {
      const answer = await (await fetch(`${busUrl}/events`)).json();
      return (answer as { events: DeliveredEvent[] }).events.toReversed();
    },
    stop: harness.stop,
  };
}

/** Native ids say what becomes of a task. */
async function runScenario(harness: Harness): Promise<void> {
  const { addTask, clouds, clock, track } = harness;
  const ecs = { cloud: "alibaba-ecs", runningMs: 60_000 } as const;
  addTask({ ...ecs, nativeId: "t-ok" });
  addTask({ ...ecs, nativeId: "t-failed", ending: { kind: "failed", ...failure } });
  addTask({
    ...ecs,
    nativeId: "t-partial",
    action: "ExportImage",
    ending: { kind: "partly-failed", succeeded: 1, failed: 1, ...failure },
  });
  addTask({ ...ecs, nativeId: "t-canceled", ending: { kind: "canceled" } });
  addTask({ ...ecs, nativeId: "t-vanished", runningMs: 3_600_000 });
  addTask({ ...ecs, nativeId: "t-stalled", ending: { kind: "stalls" } });
  addTask({ cloud: "apsara-route", nativeId: "t-stack", runningMs: 60_000 });
  addTask({ cloud: "tencent-ecm", nativeId: "21", runningMs: 60_000 });
  addTask({ cloud: "tencent-ecm", nativeId: "22", runningMs: 60_000, ending: { kind: "failed", ...failure } });

  await sweep({});
  const region = "cn-hangzhou";
  const labeled = [
    await track({ connection: "aliyun", region, nativeId: "t-ok", labels: { team: "images", release: "2026.1" } }),
    await track({ connection: "aliyun", region, nativeId: "t-partial", labels: { team: "media", build: "1742" } }),
    await track({ connection: "edge", nativeId: "22", labels: { team: "images" } }),
  ];
  if (labeled.some(({ status }) => status > 201)) throw new Error(JSON.stringify(labeled));
  clock.advance(60_000);
  await sweep({});
  clouds.tasks.remove("alibaba-ecs", "t-vanished");
  for (let time = 0; time < 3; time += 1) await sweep({});
  // The first of these reads the progress, and the second finds that it is still the same.
  for (let time = 0; time < 2; time += 1) await sweep({ stallAfterMs: 1 });
}

async function sweep(changes: Partial<SweepSettings>): Promise<void> {
  const { ledger, providers, aws } = createRuntime(process.env, { alsoNeeded: ["EVENT_BUS_NAME"] });
  const bus = createEventBridgeBus({ ...aws, busName: readEventBusName(process.env), explain });
  const vanish = { minSweeps: 3, minMs: 0, neverShownMs: 0, watchMs: 0 };
  const settings = { ...defaultSweepSettings, announceDiscovered: true, vanish, ...changes };
  const deps = { ledger, bus, clock: systemClock, random: systemRandom, settings, explain };
  const reports = await sweepTargets(providers, deps, { signal: new AbortController().signal, stopAtMs: Infinity });
  const problems = reports.flatMap(({ problems }) => problems);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}
