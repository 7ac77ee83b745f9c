import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskDetail } from "../../lib/domain/timeline.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness({ cloudsBehindMs: 10 * 60_000 });
}, 30_000);
afterAll(() => api.stop());

const failure = { kind: "failed", code: "InvalidOssObject", message: "The object cannot be read." } as const;

function callsMade(): number {
  return api.clouds.alibabaEcs.requests.length;
}

describe("the history of a task", () => {
  test("survives in the ledger after the provider drops the task, with every status and its time", async () => {
    const id = "aliyun:cn-hangzhou:t-h1";
    const plan = { pendingMs: 60_000, runningMs: 60_000, ending: failure };
    const { nativeId } = api.addTask({ cloud: "alibaba-ecs", nativeId: "t-h1", plan });
    const startedMs = Date.now();
    expect((await api.get<TaskDetail>(id)).body).toMatchObject({ status: "pending", timeline: [] });
    for (let sweep = 0; sweep < 4; sweep += 1) {
      await api.sweep();
      api.clock.advance(45_000);
    }
    const remembered = (await api.get<TaskDetail>(id)).body;
    api.clouds.tasks.remove("alibaba-ecs", nativeId);
    await api.sweep();
    const before = callsMade();
    const { body, status } = await api.get<TaskDetail>(id);
    expect([status, callsMade() - before]).toEqual([200, 0]);
    expect(body).toEqual(remembered);
    expect(body).toMatchObject({ status: "failed", done: true, error: { code: "InvalidOssObject" } });
    expect(body.timeline.map((step) => [step.status, step.nativeStatus])).toEqual([
      ["pending", "Waiting"],
      ["running", "Processing"],
      ["failed", body.nativeStatus],
    ]);
    const times = body.timeline.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(startedMs);
    expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
    // Lists, events, and the responses of other calls contain only the task.
    const listed = (await api.list("source=ledger&connection=aliyun&nativeId=t-h1")).body.tasks[0];
    const { timeline: _timeline, ...task } = body;
    expect(listed).toEqual(task);
    expect((await api.events())[0]?.detail.data.task).toEqual(task);
  });

  test("is returned for a running task, byte for byte the same while nothing changes", async () => {
    api.addTask({ cloud: "apsara-route", nativeId: "t-h2" });
    await api.sweep();
    const first = await api.get<TaskDetail>("stack:cn-qingdao-env17-d01:t-h2");
    expect(first.body.timeline.map((step) => step.status)).toEqual(["running"]);
    await api.sweep();
    const etag = String(first.headers["etag"]);
    expect((await api.get("stack:cn-qingdao-env17-d01:t-h2", { "if-none-match": etag })).status).toBe(304);
  });
});

describe("GET /tasks from the ledger", () => {
  test("reports the age of the list, unlike a live list", async () => {
    await api.sweep();
    expect(Number((await api.list("source=ledger")).headers["age"])).toBeLessThan(30);
    expect((await api.list("connection=stack")).headers["age"]).toBeUndefined();
  });
});
