import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Provider } from "../../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../../lib/providers/create-provider.ts";
import { descriptorOf } from "../../../lib/providers/index.ts";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { explain } from "../../fakes/explain.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";
import type { Evidence } from "../../sandbox/task-state.ts";

/** Finished tasks of both ECS wires, from the sandbox's answers to the ledger and the bus. */

const start = Date.UTC(2026, 10, 21, 12, 0, 30);
const hour = 3_600_000;
const signal = new AbortController().signal;
const wires = ["alibaba-ecs", "apsara-route"] as const;
type WireName = (typeof wires)[number];

let clouds: SandboxClouds;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

function clientOf(wire: WireName) {
  const call = createCaller({
    clock,
    transport: createTransport({ connectTimeoutMs: 1_000, answerTimeoutMs: 1_000, maxBodyBytes: 1_000_000 }),
    random: { next: () => 0.5, nonce: () => randomUUID() },
    rate: { perSecond: 100, burst: 100 },
    deadlineMs: 60_000,
    maxTries: 3,
  });
  if (wire === "alibaba-ecs") {
    const { url, credential } = clouds.alibabaEcs;
    const options = { region: "cn-hangzhou", endpoint: new URL(url) };
    return createAlibabaEcs(options, { call, clock, credential: async () => credential });
  }
  const { url, userEmail, credential } = clouds.apsaraRoute;
  const options = { region: "cn-qingdao-env17-d01", endpoint: new URL(url), userEmail };
  return createApsaraRoute(options, { call, clock, credential: async () => credential });
}

function bench(wire: WireName) {
  const region = wire === "alibaba-ecs" ? "cn-hangzhou" : "cn-qingdao-env17-d01";
  const target = { connection: "stack", provider: wire, region };
  const { capabilities } = descriptorOf(target);
  const provider: Provider = createProvider(clientOf(wire), { target, capabilities, clockSkewMs: () => null });
  const ledger = createMemoryLedger();
  const bus = createRecordingBus();
  const deps = {
    ledger,
    bus,
    explain,
    clock,
    random: { next: () => 0.5, nonce: () => "" },
    settings: defaultSweepSettings,
  };
  return {
    add(nativeId: string, evidence: Evidence, task: { action?: string; imageId?: string } = {}) {
      clouds.tasks.remove(wire, nativeId);
      const plan = { pendingMs: 0, runningMs: 0, ending: { kind: "finished", ...evidence } } as const;
      const about = { cloud: wire, nativeId, action: "ImportImage", createdAtMs: start - 60_000, ...task };
      clouds.tasks.addTask({ ...about, plan });
    },
    sweep: () => sweepTarget(provider, deps, { signal, stopAtMs: clock.now() + 60_000 }),
    async taskOf(nativeId: string) {
      const id = `stack:${region}:${nativeId}`;
      return (await ledger.readTasks([id], signal)).records.get(id)?.task;
    },
    told: () => bus.events.map(({ detail: { type, data } }) => [type.split(".").at(-1), data.task.statusReason]),
  };
}

describe.each(wires)("a sweep of %s", (wire) => {
  test("reports a Finished task without proof as stalled, with the reason, until the proof arrives", async () => {
    const { add, sweep, taskOf, told } = bench(wire);
    const reason = "a sub-operation still runs";
    add("t-1", {
      counts: { TotalCount: 1, SuccessCount: 1, FailedCount: 0 },
      operations: [{ OperationStatus: "Processing" }],
    });
    expect(await sweep()).toMatchObject({ problems: [], unknown: 1, completed: 0 });
    expect(await taskOf("t-1")).toMatchObject({ status: "unknown", statusReason: reason, done: false });
    for (let passed = 0; passed < 3; passed += 1) {
      await clock.advance(hour);
      expect(await sweep()).toMatchObject({ problems: [] });
    }
    expect(told()).toEqual([["stalled", reason]]);
    add("t-1", { counts: { TotalCount: 1, SuccessCount: 1, FailedCount: 0 } });
    await clock.advance(60_000);
    expect(await sweep()).toMatchObject({ problems: [], completed: 1 });
    expect(await taskOf("t-1")).toMatchObject({ status: "succeeded", statusReason: null, done: true });
    expect(told()).toEqual([
      ["stalled", reason],
      ["completed", null],
    ]);
  });

  test("completes what is proved to have failed or succeeded", async () => {
    const { add, sweep, taskOf } = bench(wire);
    add("t-1", { operations: [{ OperationStatus: "Success" }] });
    add("t-2", { operations: [{ OperationStatus: "Success" }, { OperationStatus: "Canceled" }] });
    add("t-3", { counts: { TotalCount: "2", SuccessCount: "0", FailedCount: "" } });
    expect(await sweep()).toMatchObject({ problems: [], completed: 3 });
    expect(await taskOf("t-1")).toMatchObject({ status: "succeeded" });
    expect(await taskOf("t-2")).toMatchObject({ status: "failed", partial: true });
    expect(await taskOf("t-3")).toMatchObject({ status: "failed", error: { message: "SuccessCount 0, TotalCount 2" } });
  });

  test("discovers tasks by their action, and not by their resource", async () => {
    const { add, sweep, taskOf } = bench(wire);
    const evidence = { operations: [{ OperationStatus: "Success" }] };
    for (const imageId of ["", "d-1"]) {
      for (const action of ["ModifyDiskSpec", "REDEPLOY_INSTANCE", "ArchiveSnapshot", "Import-Image"]) {
        add(`${action}.${imageId}`, evidence, { action, imageId });
      }
    }
    expect(await sweep()).toMatchObject({ problems: [], completed: 2 });
    expect(await taskOf("Import-Image.")).toMatchObject({ action: "other", resource: null });
    expect(await taskOf("Import-Image.d-1")).toMatchObject({ action: "other", resource: { type: "other" } });
    expect(await taskOf("ModifyDiskSpec.")).toBeUndefined();
  });
});
