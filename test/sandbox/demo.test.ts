import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startSandboxClouds } from "./clouds.ts";
import { keepBusy, tasksOfRound, tidyUp } from "./demo.ts";
import { createSandboxTasks, type TaskView } from "./tasks.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12);
const regions = { "alibaba-ecs": ["cn-hangzhou"], "apsara-route": ["cn-qingdao-env17-d01"], "tencent-ecm": ["global"] };

function play(rounds: number, intervalMs = 5_000) {
  const clock = createTestClock(startMs);
  const tasks = createSandboxTasks({ now: clock.now, regions });
  const counts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    tidyUp(tasks, {});
    for (const task of tasksOfRound(round)) tasks.addTask(task);
    counts.push(tasks.all().length);
    clock.advance(intervalMs);
  }
  return { clock, tasks, counts };
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
    const standsStill = ({ task, state }: TaskView) => task.plan.stuckMs !== undefined && state.phase === "running";
    expect(tasks.all().some((view) => standsStill(view) && view.state.percent === 60)).toBe(true);
  });

  test("tidyUp() keeps the number of tasks steady over a night", () => {
    const { tasks, counts } = play(1_920, 15_000);
    const [firstHour, lastHour] = [counts.slice(60, 240), counts.slice(-240)];
    expect(Math.max(...counts)).toBeLessThan(3 * 20);
    expect(Math.max(...lastHour)).toBe(Math.max(...firstHour));
    const oldest = Math.min(...tasks.endedTasks().map(({ endedAtMs }) => endedAtMs));
    expect(oldest).toBeGreaterThan(tasks.now() - 150_000);
  });

  test("tidyUp() keeps a task that ended before the start, so that a sweep can still see how", () => {
    const { clock, tasks } = play(1);
    clock.advance(8 * 3_600_000);
    const startedAtMs = clock.now();
    tidyUp(tasks, { startedAtMs });
    expect(tasks.endedTasks()).toHaveLength(3);
    clock.advance(120_001);
    tidyUp(tasks, { startedAtMs });
    expect(tasks.all()).toEqual([]);
  });

  test("tidyUp() removes the oldest tasks of each cloud when there are too many", () => {
    const { tasks } = play(13);
    tidyUp(tasks, { maxTasks: 4 });
    const kept = tasks.all().flatMap(({ task }) => (task.cloud === "apsara-route" ? [task.createdAtMs - startMs] : []));
    expect(kept).toEqual([60_000, 55_000, 50_000, 45_000]);
    expect(tasks.all()).toHaveLength(12);
  });

  test("keepBusy() adds tasks on every cloud until it is stopped", async () => {
    const clouds = await startSandboxClouds({ clock: { now: () => Date.now() } });
    const demo = keepBusy(clouds, { intervalMs: 20 });
    expect(clouds.tasks.all()).toHaveLength(5);
    await expect.poll(() => clouds.tasks.all().length).toBeGreaterThanOrEqual(11);
    demo.stop();
    const count = clouds.tasks.all().length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(clouds.tasks.all()).toHaveLength(count);
    await clouds.stop();
  });

  test("keepBusy() adds the README's tasks once, and keeps them", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const clock = createTestClock(startMs);
    const tasks = createSandboxTasks({ now: clock.now, regions });
    const examples = () => tasks.all().filter(({ task }) => readme.includes(`:${task.region}:${task.nativeId}`));
    keepBusy({ tasks }, { intervalMs: 3_600_000 }).stop();
    expect(examples().map(({ task, state }) => [task.cloud, task.nativeId, state.phase])).toEqual([
      ["alibaba-ecs", "t-bp1hvgwromzv32iq", "pending"],
      ["tencent-ecm", "21", "pending"],
    ]);
    clock.advance(8 * 3_600_000);
    const restarted = keepBusy({ tasks }, { intervalMs: 3_600_000 });
    restarted.stop();
    clock.advance(8 * 3_600_000);
    tidyUp(tasks, {});
    expect(examples().map(({ state }) => state.phase)).toEqual(["partly-failed", "succeeded"]);
  });
});
