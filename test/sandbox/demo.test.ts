import { describe, expect, test } from "vitest";
import { startSandboxClouds } from "./clouds.ts";
import { keepBusy, tasksOfRound, tidyUp } from "./demo.ts";
import { createSandboxTasks } from "./tasks.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12);
const regions = { "alibaba-ecs": ["cn-hangzhou"], "apsara-route": ["cn-qingdao-env17-d01"], "tencent-ecm": ["global"] };

function play(rounds: number) {
  const clock = createTestClock(startMs);
  const tasks = createSandboxTasks({ now: clock.now, regions });
  const most: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    tidyUp(tasks, {});
    for (const task of tasksOfRound(round)) tasks.addTask(task);
    most.push(tasks.all().length);
    clock.advance(5_000);
  }
  return { tasks, most };
}

describe("the demo", () => {
  test("tasksOfRound() produces a completion on every cloud within twenty seconds", () => {
    const { tasks } = play(4);
    expect(tasks.endedTasks().map(({ cloud, outcome, endedAtMs }) => [cloud, outcome, endedAtMs - startMs])).toEqual(
      expect.arrayContaining([
        ["alibaba-ecs", "succeeded", 10_000],
        ["apsara-route", "succeeded", 10_000],
        ["tencent-ecm", "succeeded", 10_000],
      ]),
    );
  });

  test("tasksOfRound() eventually produces every kind of ending", () => {
    const { tasks } = play(60);
    const outcomes = (cloud: string) =>
      new Set(tasks.endedTasks().flatMap((task) => (task.cloud === cloud ? [task.outcome] : [])));
    const ecs = new Set(["succeeded", "failed", "partly-failed", "canceled", "vanished"]);
    expect(outcomes("alibaba-ecs")).toEqual(ecs);
    expect(outcomes("apsara-route")).toEqual(ecs);
    expect(outcomes("tencent-ecm")).toEqual(new Set(["succeeded", "failed", "vanished"]));
    expect(tasks.all().some(({ task, state }) => task.plan.ending.kind === "stalls" && state.percent === 60)).toBe(
      true,
    );
  });

  test("tidyUp() keeps the number of tasks bounded over four hours", () => {
    const { tasks, most } = play(2_880);
    expect(Math.max(...most)).toBeLessThanOrEqual(3 * 501);
    expect(Math.max(...most.slice(-500))).toBe(Math.max(...most.slice(1_000, 1_500)));
    const oldest = Math.min(...tasks.endedTasks().map(({ endedAtMs }) => endedAtMs));
    expect(oldest).toBeGreaterThan(tasks.now() - 31 * 60_000);
  });

  test("tidyUp() removes the oldest tasks of each cloud when there are too many", () => {
    const { tasks } = play(10);
    tidyUp(tasks, { maxTasks: 4 });
    const kept = tasks.all().flatMap(({ task }) => (task.cloud === "tencent-ecm" ? [task.createdAtMs - startMs] : []));
    expect(kept).toEqual([45_000, 40_000, 35_000, 30_000]);
    expect(tasks.all()).toHaveLength(12);
  });

  test("keepBusy() adds tasks on every cloud until it is stopped", async () => {
    const clouds = await startSandboxClouds({ clock: { now: () => Date.now() } });
    const demo = keepBusy(clouds, { intervalMs: 20 });
    expect(clouds.tasks.all()).toHaveLength(3);
    await expect.poll(() => clouds.tasks.all().length).toBeGreaterThanOrEqual(9);
    demo.stop();
    const count = clouds.tasks.all().length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(clouds.tasks.all()).toHaveLength(count);
    await clouds.stop();
  });
});
