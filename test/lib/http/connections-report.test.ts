import { describe, expect, test } from "vitest";
import { reportConnections } from "../../../lib/http/connections-report.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";

const swept = createScriptedProvider({});
const never = createScriptedProvider({
  target: { connection: "edge", provider: "tencent-ecm", region: "global" },
  cancel: async () => undefined,
});
const rates = { aliyun: { perSecond: 5, burst: 5 }, edge: { perSecond: 0.5, burst: 1 } };
const rateOf = (name: string) => (name === "edge" ? rates.edge : rates.aliyun);

async function report(state = sampleTargetState, now = () => Date.parse("2026-01-31T12:00:59.900Z")) {
  const ledger = createMemoryLedger();
  await ledger.writeTarget(swept.target, state, null, unhurried.signal);
  return reportConnections({ providers: [swept, never], ledger, rateOf, now, signal: unhurried.signal });
}

describe("reportConnections()", () => {
  test("lists each target in configuration order and omits unknown values", async () => {
    expect(await report()).toEqual({
      connections: [
        {
          connection: "aliyun",
          name: "aliyun",
          provider: "alibaba-ecs",
          region: "cn-hangzhou",
          capabilities: { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: false },
          rate: { perSecond: 5, burst: 5 },
          lastSweptAt: "2026-01-31T12:00:01.500Z",
          lastSweepSeconds: 1.5,
          behindSeconds: 59,
          lastError: null,
          clockSkewSeconds: null,
          unreadableItems: 0,
        },
        {
          connection: "edge",
          name: "edge",
          provider: "tencent-ecm",
          region: "global",
          capabilities: { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: true },
          rate: { perSecond: 0.5, burst: 1 },
          lastSweptAt: null,
          lastSweepSeconds: null,
          behindSeconds: null,
          lastError: null,
          clockSkewSeconds: null,
          unreadableItems: 0,
        },
      ],
      unconfigured: [],
    });
    expect([...swept.calls, ...never.calls]).toEqual([]);
  });

  test("reports the last sweep's failure for a target that was never fully listed", async () => {
    const failing = { ...sampleTargetState, checkpointMs: null, lastError: "who are you?" };
    const [first] = (await report(failing)).connections;
    expect(first).toMatchObject({
      lastSweptAt: "2026-01-31T12:00:01.500Z",
      behindSeconds: null,
      lastError: "who are you?",
    });
  });

  test("shows a renamed connection's name beside the one in its ids", async () => {
    const renamed = createScriptedProvider({ renamedTo: "prod" });
    const asked: string[] = [];
    const rateByName = (name: string) => (asked.push(name), rates.aliyun);
    const ledger = createMemoryLedger();
    const deps = { providers: [renamed], ledger, rateOf: rateByName, now: () => 0, signal: unhurried.signal };
    expect((await reportConnections(deps)).connections).toMatchObject([{ connection: "aliyun", name: "prod" }]);
    expect(asked).toEqual(["aliyun"]);
  });

  test("lists what is left of targets that are not configured", async () => {
    const ledger = createMemoryLedger();
    const old = { connection: "old", provider: "alibaba-ecs", region: "cn-hangzhou" };
    const targets = [
      { ...swept.target, unconfigured: null },
      { ...old, unconfigured: { sinceMs: Date.parse("2026-01-31T12:00:00.000Z"), openTasks: 3, pendingEvents: 1 } },
      { ...old, region: "cn-beijing", unconfigured: null },
    ];
    await ledger.writeTargetList({ revision: 1, targets }, null, unhurried.signal);
    const deps = { providers: [swept, never], ledger, rateOf, now: () => 0, signal: unhurried.signal };
    expect((await reportConnections(deps)).unconfigured).toEqual([
      { ...old, since: "2026-01-31T12:00:00.000Z", openTasks: 3, pendingEvents: 1 },
      { ...old, region: "cn-beijing", since: null, openTasks: null, pendingEvents: null },
    ]);
  });

  test("reports no negative ages when another machine's clock is fast", async () => {
    const now = () => (sampleTargetState.checkpointMs ?? 0) - 60_000;
    const [first] = (await report({ ...sampleTargetState, lastSweepMs: -3 }, now)).connections;
    expect(first).toMatchObject({ behindSeconds: 0, lastSweepSeconds: 0 });
  });

  test("shows how far the provider's clock is ahead of ours, or behind it", async () => {
    const skewOf = async (clockSkewMs: number) =>
      (await report({ ...sampleTargetState, clockSkewMs })).connections[0]?.clockSkewSeconds;
    expect([await skewOf(1_019_600), await skewOf(-1_019_600), await skewOf(0)]).toEqual([1020, -1020, 0]);
  });

  test("does not call a target up to date whose checkpoint lies hours ahead", async () => {
    const now = () => (sampleTargetState.checkpointMs ?? 0) - 12 * 3_600_000;
    const [first] = (await report(sampleTargetState, now)).connections;
    expect(first).toMatchObject({ behindSeconds: null });
  });
});
