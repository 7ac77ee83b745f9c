import { describe, expect, test } from "vitest";
import {
  readUnconfiguredTargets,
  readUnconfiguredTask,
  unconfiguredTaskDetail,
} from "../../../lib/http/unconfigured.ts";
import { explain } from "../../fakes/explain.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { createTaskBook, recordOf } from "../../fakes/task-book.ts";

const { signal } = unhurried;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const providers = [createScriptedProvider({ target })];
const open = sampleTask({ connection: "old", nativeId: "t-1", status: "running" });
const inOldRegion = sampleTask({ region: "cn-beijing", nativeId: "t-1" });
const followed = sampleTask({ nativeId: "t-2" });

describe("readUnconfiguredTargets()", () => {
  test("returns the listed targets that no provider has", async () => {
    const ledger = createMemoryLedger();
    expect(await readUnconfiguredTargets(providers, { ledger, signal })).toEqual([]);
    const old = { ...target, connection: "old", unconfigured: null };
    const targets = [{ ...target, unconfigured: null }, old];
    await ledger.writeTargetList({ revision: 1, targets }, null, signal);
    expect(await readUnconfiguredTargets(providers, { ledger, signal })).toEqual([old]);
  });
});

describe("readUnconfiguredTask()", () => {
  test("finds the record of a task whose connection or region is not configured", async () => {
    const ledger = createTaskBook([open, inOldRegion]);
    for (const task of [open, inOldRegion]) {
      expect((await readUnconfiguredTask(task.id, providers, { ledger, signal }))?.task).toEqual(task);
    }
    expect(await readUnconfiguredTask("old:cn-hangzhou:t-none", providers, { ledger, signal })).toBeUndefined();
  });

  test.each([
    ["a task of a configured target", followed.id],
    ["an id without three parts", "old:t-1"],
    ["an item of the ledger that is no task", "#target:old:cn-hangzhou"],
    ["an id longer than the ledger's keys", `old:cn-hangzhou:${"x".repeat(2048)}`],
  ])("reads nothing for %s", async (_name, id) => {
    const ledger = createTaskBook([open, followed]);
    expect(await readUnconfiguredTask(id, providers, { ledger, signal })).toBeUndefined();
    expect(ledger.reads).toBe(0);
  });
});

describe("unconfiguredTaskDetail()", () => {
  test("returns an ended task with its timeline", () => {
    const ended = sampleTask({ connection: "old", nativeId: "t-1", status: "failed" });
    const timeline = [{ status: "failed", nativeStatus: "Finished", atMs: 0 }] as const;
    expect(unconfiguredTaskDetail(recordOf(ended, { timeline }), explain)).toEqual({
      ...ended,
      explanation: null,
      timeline: [{ status: "failed", nativeStatus: "Finished", at: "1970-01-01T00:00:00.000Z" }],
    });
  });

  test("refuses an open task and shows its last recorded state", async () => {
    const problem = await problemOf(async () => unconfiguredTaskDetail(recordOf(open), explain));
    expect(problem).toMatchObject({ type: "unknown-task", detail: { task: open } });
    expect(problem?.detail.detail).toMatch(/^old:cn-hangzhou is not configured, so nobody follows the task/);
  });
});
