import { describe, expect, test } from "vitest";
import { type Plan, stateAt } from "./task-state.ts";
import { createSandboxTasks } from "./tasks.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12, 0, 30);
const failure = { code: "OSSWriteFailed", message: "No." };

function createTasks() {
  const clock = createTestClock(startMs);
  const regions = {
    "alibaba-ecs": ["cn-hangzhou"],
    "apsara-route": ["cn-qingdao-env17-d01"],
    "tencent-ecm": ["global"],
  };
  return { clock, tasks: createSandboxTasks({ now: clock.now, regions }) };
}

describe("stateAt()", () => {
  const plan: Plan = { pendingMs: 10, pausedMs: 5, runningMs: 100, ending: { kind: "succeeded" } };
  const timeline = { createdAtMs: 1_000, plan, cancelRequestedAtMs: null };

  test.each([
    [999, "unborn", 0],
    [1_000, "pending", 0],
    [1_010, "paused", 0],
    [1_015, "running", 0],
    [1_065, "running", 50],
    [1_114, "running", 99],
    [1_115, "succeeded", 100],
    [9_999, "succeeded", 100],
  ])("stateAt() follows the plan at %i: %s, %i %%", (nowMs, phase, percent) => {
    expect(stateAt(timeline, nowMs)).toMatchObject({ phase, percent });
  });

  test.each([
    ["failed", { kind: "failed", atPercent: 40, ...failure }, { percent: 40, failed: 1, total: 1, endedAtMs: 1_115 }],
    [
      "partly-failed",
      { kind: "partly-failed", succeeded: 2, failed: 1, ...failure },
      { succeeded: 2, failed: 1, total: 3, endedAtMs: 1_115 },
    ],
    ["canceled", { kind: "canceled" }, { endedAtMs: 1_115 }],
    ["vanished", { kind: "vanishes" }, { endedAtMs: 1_115 }],
    ["running", { kind: "stalls" }, { percent: 60, endedAtMs: null }],
  ] as const)("stateAt() ends as %s when the plan says so", (phase, ending, rest) => {
    expect(stateAt({ ...timeline, plan: { ...plan, ending } }, 99_999)).toMatchObject({ phase, ...rest });
  });

  test("stateAt() stands still before it ends when the plan says so", () => {
    const stuckPlan = { ...plan, stuckMs: 50, ending: { kind: "failed", atPercent: 60, ...failure } } as const;
    const stuck = { ...timeline, plan: stuckPlan };
    expect(stateAt(stuck, 1_116)).toMatchObject({ phase: "running", percent: 60, endedAtMs: null });
    expect(stateAt(stuck, 1_164)).toMatchObject({ phase: "running", percent: 60, endedAtMs: null });
    expect(stateAt(stuck, 1_165)).toMatchObject({ phase: "failed", percent: 60, endedAtMs: 1_165 });
  });

  test("stateAt() is canceled only once the cancellation completes, and not if the plan ends first", () => {
    const slow = { ...timeline, plan: { ...plan, cancelTakesMs: 20 }, cancelRequestedAtMs: 1_050 };
    expect(stateAt(slow, 1_069).phase).toBe("running");
    expect(stateAt(slow, 1_070)).toMatchObject({ phase: "canceled", endedAtMs: 1_070 });
    expect(stateAt({ ...slow, cancelRequestedAtMs: 1_100 }, 1_200).phase).toBe("succeeded");
  });
});

describe("createSandboxTasks()", () => {
  const short: Plan = { pendingMs: 0, runningMs: 1_000, ending: { kind: "succeeded" } };

  test("endedTasks() lists the ended tasks in the order of ending as the clock advances", () => {
    const { clock, tasks } = createTasks();
    tasks.addTask({
      cloud: "alibaba-ecs",
      nativeId: "t-1",
      action: "ImportImage",
      plan: { ...short, runningMs: 3_000 },
    });
    tasks.addTask({
      cloud: "tencent-ecm",
      nativeId: "21",
      action: "ImportImage",
      plan: { ...short, ending: { kind: "vanishes" } },
    });
    tasks.addTask({
      cloud: "apsara-route",
      nativeId: "t-2",
      action: "ImportImage",
      plan: { ...short, ending: { kind: "stalls" } },
    });
    expect(tasks.endedTasks()).toEqual([]);
    clock.advance(60_000);
    expect(tasks.endedTasks()).toEqual([
      { cloud: "tencent-ecm", region: "global", nativeId: "21", outcome: "vanished", endedAtMs: startMs + 1_000 },
      {
        cloud: "alibaba-ecs",
        region: "cn-hangzhou",
        nativeId: "t-1",
        outcome: "succeeded",
        endedAtMs: startMs + 3_000,
      },
    ]);
  });

  test("visible() lists the newest first, without vanished tasks and tasks not yet created", () => {
    const { clock, tasks } = createTasks();
    const add = (nativeId: string, more: object) =>
      tasks.addTask({ cloud: "alibaba-ecs", nativeId, action: "ImportImage", plan: short, ...more });
    add("t-old", { createdAtMs: startMs - 60_000 });
    add("t-gone", { plan: { ...short, ending: { kind: "vanishes" } } });
    add("t-later", { createdAtMs: startMs + 5_000 });
    add("t-new", {});
    const visible = () => tasks.visible("alibaba-ecs").map(({ task }) => task.nativeId);
    expect(visible()).toEqual(["t-new", "t-gone", "t-old"]);
    clock.advance(5_000);
    expect(visible()).toEqual(["t-later", "t-new", "t-old"]);
    expect(tasks.find("alibaba-ecs", "t-gone")).toBeUndefined();
  });

  test("addTask() generates ids in each cloud's format when none is given", () => {
    const { tasks } = createTasks();
    const added = (["alibaba-ecs", "apsara-route", "tencent-ecm"] as const).map((cloud) =>
      tasks.addTask({ cloud, action: "ImportImage", plan: short }),
    );
    expect(added.map(({ nativeId }) => nativeId)).toEqual([
      expect.stringMatching(/^t-bp1[0-9a-z]+$/),
      expect.stringMatching(/^t-bp1[0-9a-z]+$/),
      expect.stringMatching(/^[1-9]\d*$/),
    ]);
    expect(added[2]?.imageId).toMatch(/^img-[0-9a-z]+$/);
  });

  test("addTask() throws for a duplicate id, an unknown region, or a cancel outcome the cloud lacks", () => {
    const { tasks } = createTasks();
    tasks.addTask({ cloud: "alibaba-ecs", nativeId: "t-1", action: "ImportImage", plan: short });
    const add = (spec: object) => () =>
      tasks.addTask({ cloud: "alibaba-ecs", action: "ImportImage", plan: short, ...spec });
    expect(add({ nativeId: "t-1" })).toThrow("t-1 is there already");
    expect(add({ region: "eu-nowhere-1" })).toThrow("no region eu-nowhere-1");
    expect(add({ cloud: "tencent-ecm", plan: { ...short, ending: { kind: "canceled" } } })).toThrow("cannot cancel");
  });
});
