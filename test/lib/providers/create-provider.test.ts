import { expect, test } from "vitest";
import type { CloudClient, NativeTask, Provider } from "../../../lib/domain/provider.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { createProvider } from "../../../lib/providers/create-provider.ts";

const signal = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const capabilities = { batchSize: 100, listsWithoutIds: true, reportsProgress: false, cancels: false };

function nativeTask(wanted: Partial<NativeTask>): NativeTask {
  return {
    nativeId: "t-1",
    action: "import-image",
    nativeAction: "ImportImage",
    status: "running",
    nativeStatus: "Processing",
    statusReason: null,
    partial: false,
    progress: unknownProgress,
    resource: null,
    error: null,
    operations: [],
    cancelable: null,
    createdAt: null,
    finishedAt: null,
    nativeTimes: { createdAt: null, finishedAt: null, zoneAssumed: false },
    observedAt: "2026-01-31T12:00:00.000Z",
    requestId: null,
    ...wanted,
  };
}

/** A provider whose every call shows these tasks. */
function providerOf(tasks: readonly NativeTask[], reason = "Status is missing", cancels = false) {
  const rows = {
    sightings: tasks.map((task) => ({ task, needsDetail: false })),
    unreadable: [
      { nativeId: "t-7", reason },
      { nativeId: "x".repeat(201), reason },
    ],
  };
  const client: CloudClient = {
    nativeIdProblem: () => undefined,
    async *list() {
      yield { ...rows, next: null };
    },
    getMany: async () => rows,
    get: async () => tasks[0],
  };
  return createProvider(client, { target, capabilities: { ...capabilities, cancels }, clockSkewMs: () => null });
}

async function tasksOfEveryCall(provider: Provider): Promise<(Task | undefined)[]> {
  const tasks = [await provider.get("t-1", signal)];
  for await (const { sightings } of provider.list({}, signal)) tasks.push(...sightings.map(({ task }) => task));
  tasks.push(...(await provider.getMany(["t-1"], signal)).sightings.map(({ task }) => task));
  return tasks;
}

test.each<[boolean, Partial<NativeTask>, boolean | null]>([
  [true, { cancelable: true }, true],
  [true, { cancelable: null }, null],
  [true, { cancelable: true, status: "succeeded" }, false],
  [false, { cancelable: true }, false],
  [false, { cancelable: null }, false],
])("if the API cancels: %s, shows a task that says %j as cancelable: %s", async (cancels, seen, cancelable) => {
  const tasks = await tasksOfEveryCall(providerOf([nativeTask(seen)], "", cancels));
  expect(tasks.map((task) => task?.cancelable)).toEqual([cancelable, cancelable, cancelable]);
});

const long = "x".repeat(500_000);

test("bounds the tasks of every call", async () => {
  const provider = providerOf([nativeTask({ nativeStatus: long })]);
  const tasks = await tasksOfEveryCall(provider);
  expect(tasks).toHaveLength(3);
  for (const task of tasks) {
    expect(task?.nativeStatus).toHaveLength(100);
    expect(task?.truncated).toEqual(["nativeStatus"]);
  }
});

test.each(["", "x".repeat(201), "t-\u00001", "t-\uD83D"])(
  "reports a row whose id cannot be stored: %j",
  async (nativeId) => {
    const { sightings, unreadable } = await providerOf([nativeTask({ nativeId }), nativeTask({})]).getMany([], signal);
    expect(sightings.map(({ task }) => task.id)).toEqual(["aliyun:cn-hangzhou:t-1"]);
    expect(unreadable.slice(2)).toEqual([
      { nativeId: null, reason: "the id is empty, not plain text, or over 200 characters" },
    ]);
  },
);

test("accepts an id of two hundred characters", async () => {
  const { sightings } = await providerOf([nativeTask({ nativeId: "x".repeat(200) })]).getMany([], signal);
  expect(sightings).toHaveLength(1);
});

test("asks the client which tasks a sweep looks for, if the client has a rule for it", () => {
  const base = providerOf([]);
  const rule = {
    word: "ImportImage",
    discovers(task: Pick<Task, "nativeAction">) {
      return task.nativeAction === this.word;
    },
  };
  expect("discovers" in base).toBe(false);
  const client: CloudClient = {
    nativeIdProblem: () => undefined,
    list: base.list,
    getMany: base.getMany,
    get: base.get,
    ...rule,
  };
  const provider = createProvider(client, { target, capabilities, clockSkewMs: () => null });
  const tasks = ["ImportImage", "ModifyDiskSpec"].map((nativeAction) => nativeTask({ nativeAction }));
  expect(tasks.map((task) => provider.discovers?.(task))).toEqual([true, false]);
});

test("bounds the ids and reasons of unreadable rows", async () => {
  const { unreadable } = await providerOf([], long).getMany([], signal);
  expect(unreadable.map(({ nativeId, reason }) => [nativeId, reason.length])).toEqual([
    ["t-7", 1000],
    [null, 1000],
  ]);
});
