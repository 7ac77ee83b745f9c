import { describe, expect, test } from "vitest";
import { checkHealth } from "../../../lib/http/health.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";

const names = ["aliyun", "edge", "stack"];
const providers = names.map((connection) =>
  createScriptedProvider({ target: { connection, provider: "alibaba-ecs", region: "cn-hangzhou" } }),
);
const nowMs = Date.parse("2026-01-31T12:30:00.000Z");

/** The recorded targets, given how long ago each was swept. */
async function ledgerWith(agoMs: readonly (number | null)[]): Promise<Ledger> {
  const ledger = createMemoryLedger();
  for (const [index, ago] of agoMs.entries()) {
    const provider = providers[index];
    if (ago === null || provider === undefined) continue;
    const state = { ...sampleTargetState, lastSweptAtMs: nowMs - ago, lastError: "the cloud is down" };
    await ledger.writeTarget(provider.target, state, null, unhurried.signal);
  }
  return ledger;
}

function check(ledger: Ledger, log: (line: string) => void = () => undefined) {
  return checkHealth({
    providers,
    ledger,
    log: (level, message, facts) => log(JSON.stringify([level, message, facts])),
    now: () => nowMs,
    signal: unhurried.signal,
  });
}

describe("checkHealth()", () => {
  test("is ok while every target is swept, even when the clouds fail", async () => {
    expect(await check(await ledgerWith([0, 60_000, 600_000]))).toEqual({ status: "ok", unreadableItems: 0 });
  });

  test("is unhealthy and names the target when it was not swept for ten minutes, or never", async () => {
    expect(await problemOf(async () => check(await ledgerWith([600_001, 60_000, 700_000])))).toEqual({
      type: "unhealthy",
      detail: { detail: "Not swept for 10 minutes: aliyun:cn-hangzhou, stack:cn-hangzhou" },
    });
    expect(await problemOf(async () => check(await ledgerWith([600_001, null])))).toEqual({
      type: "unhealthy",
      detail: {
        detail: "Not swept for 10 minutes: aliyun:cn-hangzhou. Never swept: edge:cn-hangzhou, stack:cn-hangzhou",
      },
    });
  });

  test("is unhealthy when a wrong clock hides since when a target was not swept", async () => {
    expect(await check(await ledgerWith([-60_000, 0, 0]))).toEqual({ status: "ok", unreadableItems: 0 });
    expect(await problemOf(async () => check(await ledgerWith([-43_200_000, 0, 0])))).toEqual({
      type: "unhealthy",
      detail: { detail: "Last swept in the future, by a wrong clock: aliyun:cn-hangzhou" },
    });
  });

  test("is unhealthy when the ledger is unreadable, and shows the error kind only in the log", async () => {
    const lines: string[] = [];
    const ledger: Ledger = {
      ...createMemoryLedger(),
      readTargets: () => Promise.reject(new TypeError("arn:aws:dynamodb:secret")),
    };
    expect(await problemOf(() => check(ledger, (line) => lines.push(line)))).toEqual({
      type: "unhealthy",
      detail: { detail: "The ledger cannot be reached" },
    });
    expect(lines).toEqual(['["error","the ledger cannot be read",{"error":"TypeError"}]']);
  });

  test("is unhealthy while a target that is not configured holds something, and says what", async () => {
    const ledger = await ledgerWith([0, 0, 0]);
    const old = (connection: string) => ({ connection, provider: "alibaba-ecs", region: "cn-hangzhou" });
    const left = (openTasks: number, pendingEvents: number) => ({ sinceMs: nowMs, openTasks, pendingEvents });
    const targets = [
      { ...old("one"), unconfigured: left(2, 1) },
      { ...old("empty"), unconfigured: left(0, 0) },
      { ...old("new"), unconfigured: null },
      // Configured again, and not swept since.
      { ...old("aliyun"), unconfigured: left(5, 5) },
    ];
    await ledger.writeTargetList({ revision: 1, targets }, null, unhurried.signal);
    expect(await problemOf(async () => check(ledger))).toEqual({
      type: "unhealthy",
      detail: { detail: "Not configured: one:cn-hangzhou, which still has 2 open tasks and 1 undelivered event" },
    });
    await ledger.writeTargetList({ revision: 2, targets: targets.slice(1) }, 1, unhurried.signal);
    expect(await check(ledger)).toEqual({ status: "ok", unreadableItems: 0 });
  });

  test("reads states and the list of targets once each and calls no provider", async () => {
    let reads = 0;
    let listReads = 0;
    const ledger = await ledgerWith([0, 0, 0]);
    const counted: Ledger = {
      ...createMemoryLedger(),
      readTargets(targets, signal) {
        reads += 1;
        return ledger.readTargets(targets, signal);
      },
      readTargetList(signal) {
        listReads += 1;
        return ledger.readTargetList(signal);
      },
    };
    await check(counted);
    expect(listReads).toBe(1);
    expect([reads, providers.flatMap(({ calls }) => calls)]).toEqual([1, []]);
  });
});
