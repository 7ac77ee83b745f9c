import { describe, expect, test } from "vitest";
import {
  applyConfiguration,
  applyHoldings,
  describeHoldings,
  maxCountedTasks,
  withoutConfigured,
} from "../../../lib/domain/known-targets.ts";
import type { KnownTarget, TargetList } from "../../../lib/domain/known-targets.ts";

const hangzhou = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const beijing = { ...hangzhou, region: "cn-beijing" };
const edge = { connection: "edge", provider: "tencent-ecm", region: "global" };
const nowMs = Date.parse("2026-01-31T12:00:00.000Z");
const hour = 3_600_000;

const configured = (target: typeof hangzhou): KnownTarget => ({ ...target, unconfigured: null });
const left = (target: typeof hangzhou, sinceMs: number, openTasks = 0, pendingEvents = 0): KnownTarget => ({
  ...target,
  unconfigured: { sinceMs, openTasks, pendingEvents },
});
const listOf = (...targets: KnownTarget[]): TargetList => ({ revision: 7, targets });
const holding = (target: typeof hangzhou, openTasks: number, pendingEvents: number) =>
  new Map([[`${target.connection}:${target.region}`, { openTasks, pendingEvents }]]);

describe("applyConfiguration()", () => {
  test("starts a list, and adds each new target once", () => {
    expect(applyConfiguration(undefined, [hangzhou])).toEqual({ revision: 1, targets: [configured(hangzhou)] });
    expect(applyConfiguration(listOf(configured(hangzhou)), [edge, hangzhou])).toEqual({
      revision: 8,
      targets: [configured(hangzhou), configured(edge)],
    });
  });

  test("changes nothing when every configured target is listed, whatever else is", () => {
    const list = listOf(left(beijing, nowMs, 1), configured(hangzhou), configured(edge));
    expect(applyConfiguration(list, [edge, hangzhou])).toBeUndefined();
  });

  test("marks a target that is configured again, even with another provider", () => {
    expect(applyConfiguration(listOf(left(hangzhou, 5, 2, 1)), [hangzhou])?.targets).toEqual([configured(hangzhou)]);
    const moved = { ...hangzhou, provider: "apsara-route" };
    expect(applyConfiguration(listOf(configured(hangzhou)), [moved])?.targets).toEqual([configured(moved)]);
  });

  test("stores nothing of a target but its names", () => {
    const extended = { ...hangzhou, credential: "secret" };
    expect(JSON.stringify(applyConfiguration(undefined, [extended]))).not.toContain("secret");
  });
});

describe("applyHoldings()", () => {
  test("marks a target with what it holds, and keeps the time of the first mark", () => {
    const once = applyHoldings(listOf(configured(hangzhou), configured(edge)), holding(hangzhou, 2, 1), nowMs);
    expect(once).toEqual({ revision: 8, targets: [left(hangzhou, nowMs, 2, 1), configured(edge)] });
    const later = applyHoldings(once, holding(hangzhou, 1, 0), nowMs + hour);
    expect(later?.targets).toEqual([left(hangzhou, nowMs, 1, 0), configured(edge)]);
  });

  test("changes nothing when the target holds what it held", () => {
    expect(applyHoldings(listOf(left(hangzhou, 5, 2, 1)), holding(hangzhou, 2, 1), nowMs)).toBeUndefined();
    expect(applyHoldings(undefined, holding(hangzhou, 2, 1), nowMs)).toBeUndefined();
    expect(applyHoldings(listOf(configured(hangzhou)), new Map(), nowMs)).toBeUndefined();
  });

  test("drops an empty target an hour after it was marked, but never one that holds something", () => {
    const list = (openTasks: number, pendingEvents: number) => listOf(left(hangzhou, nowMs, openTasks, pendingEvents));
    const empty = holding(hangzhou, 0, 0);
    expect(applyHoldings(listOf(configured(hangzhou)), empty, nowMs)?.targets).toEqual([left(hangzhou, nowMs)]);
    expect(applyHoldings(list(0, 0), empty, nowMs + hour - 1)).toBeUndefined();
    expect(applyHoldings(list(0, 0), empty, nowMs + hour)?.targets).toEqual([]);
    expect(applyHoldings(list(1, 0), holding(hangzhou, 1, 0), nowMs + 1000 * hour)).toBeUndefined();
    expect(applyHoldings(list(0, 1), holding(hangzhou, 0, 1), nowMs + 1000 * hour)).toBeUndefined();
  });

  test("starts the hour again when the target was configured in between", () => {
    const back = applyConfiguration(listOf(left(hangzhou, nowMs)), [hangzhou]);
    const again = applyHoldings(back, holding(hangzhou, 0, 0), nowMs + 5 * hour);
    expect(again?.targets).toEqual([left(hangzhou, nowMs + 5 * hour)]);
  });
});

describe("withoutConfigured()", () => {
  test("returns the listed targets that are not configured", () => {
    const list = listOf(configured(hangzhou), configured(beijing), left(edge, 1));
    expect(withoutConfigured(list, [hangzhou])).toEqual([configured(beijing), left(edge, 1)]);
    expect(withoutConfigured(undefined, [hangzhou])).toEqual([]);
  });
});

describe("describeHoldings()", () => {
  test("names what there is, and says when there may be more", () => {
    const told = (openTasks: number, pendingEvents: number) => describeHoldings({ openTasks, pendingEvents });
    expect(told(1, 0)).toBe("1 open task");
    expect(told(2, 1)).toBe("2 open tasks and 1 undelivered event");
    expect(told(0, 2)).toBe("2 undelivered events");
    expect(told(maxCountedTasks, 0)).toBe("at least 1000 open tasks");
  });
});
