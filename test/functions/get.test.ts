import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
}, 30_000);
afterAll(() => api.stop());
afterEach(() => api.clouds.faults.clear());

const failure = { kind: "failed", code: "InvalidOssObject", message: "The object cannot be read." } as const;

describe("GET /tasks/{id}", () => {
  test("returns a task of every cloud with its details", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-g1", imageId: "m-g1", runningMs: 1, ending: failure });
    api.addTask({ cloud: "apsara-route", nativeId: "t-g2", runningMs: 1 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "41" });
    api.clock.advance(1000);
    const one = await api.get("aliyun:cn-hangzhou:t-g1");
    expect([one.status, one.headers["content-type"]]).toEqual([200, "application/json"]);
    expect(one.body).toMatchObject({
      status: "failed",
      done: true,
      resource: { type: "image", id: "m-g1", name: null },
      error: { code: "InvalidOssObject", message: "The object cannot be read." },
      operations: [{ status: "failed" }],
    });
    expect((await api.get("stack:cn-qingdao-env17-d01:t-g2")).body).toMatchObject({ status: "succeeded" });
    expect((await api.get("edge:global:41")).body).toMatchObject({ status: "running" });
    expect((await api.get("aliyun%3Acn-hangzhou%3At-g1")).status).toBe(200);
  });

  test("answers 304 without a provider call to a client that already has the ended task", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-e1", runningMs: 1 });
    api.clock.advance(1000);
    await api.sweep();
    const first = await api.get("aliyun:cn-hangzhou:t-e1");
    const etag = String(first.headers["etag"]);
    expect([first.status, etag]).toEqual([200, expect.stringMatching(/^W\/"[\w-]{27}"$/)]);
    const before = api.clouds.alibabaEcs.requests.length;
    const second = await api.get("aliyun:cn-hangzhou:t-e1", { "if-none-match": etag });
    expect([second.status, second.text, second.headers["etag"]]).toEqual([304, "", etag]);
    expect((await api.get("aliyun:cn-hangzhou:t-e1", { "if-none-match": '"other"' })).status).toBe(200);
    expect(api.clouds.alibabaEcs.requests.length).toBe(before);
  });

  test("answers 304 for a running task until more than its observation changes", async () => {
    api.addTask({ cloud: "tencent-ecm", nativeId: "43", runningMs: 60_000 });
    const first = await api.get("edge:global:43");
    const headers = { "if-none-match": String(first.headers["etag"]) };
    const again = await api.get("edge:global:43");
    expect(again.text).not.toBe(first.text);
    const { observedAt, requestId } = first.body;
    expect({ ...again.body, observedAt, requestId }).toEqual(first.body);
    expect((await api.get("edge:global:43", headers)).status).toBe(304);
    await api.sweep();
    const tracked = await api.track({ connection: "edge", nativeId: "43", labels: { build: "7" } });
    expect(tracked.status).toBe(200);
    expect(await api.get("edge:global:43", headers)).toMatchObject({ status: 200, body: { labels: { build: "7" } } });
    api.clock.advance(60_000);
    expect(await api.get("edge:global:43", headers)).toMatchObject({ status: 200, body: { status: "succeeded" } });
  });

  test("does not show a task as cancelable on a cloud that cannot cancel", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c1" });
    api.addTask({ cloud: "apsara-route", nativeId: "t-c2" });
    api.addTask({ cloud: "tencent-ecm", nativeId: "44" });
    expect((await api.get("aliyun:cn-hangzhou:t-c1")).body.cancelable).toBe(true);
    expect((await api.get("stack:cn-qingdao-env17-d01:t-c2")).body.cancelable).toBe(false);
    expect((await api.get("edge:global:44")).body.cancelable).toBe(false);
    expect((await api.track({ connection: "edge", nativeId: "45" })).body).toMatchObject({
      status: "pending",
      cancelable: false,
    });
  });

  test.each([
    ["aliyun:cn-hangzhou:t-none", 404, "unknown-task", /does not know the task/],
    ["stack:cn-qingdao-env17-d01:t-none", 404, "unknown-task", /does not know the task/],
    ["edge:global:99", 404, "unknown-task", /does not know the task/],
    ["nope:cn-hangzhou:t-1", 404, "unknown-task", /configured: aliyun, stack, edge$/],
    ["aliyun:us-west-1:t-1", 404, "unknown-task", /it has cn-hangzhou, cn-beijing$/],
    ["t-1", 400, "invalid-parameters", /id/],
    ["", 400, "invalid-parameters", /id/],
    ["aliyun:cn-hangzhou:t-1,t-2", 400, "invalid-parameters", /id/],
    ["edge:global:img_1", 400, "invalid-parameters", /id/],
    ["aliyun:cn-hangzhou:../../etc", 400, "invalid-parameters", /id/],
  ])("answers %j with %i %s", async (id, status, type, detail) => {
    const { body, headers, status: got } = await api.get<ProblemBody>(id);
    expect([got, body.status, headers["content-type"]]).toEqual([status, status, "application/problem+json"]);
    expect(body.type).toBe(`urn:image-tasks:problem:${type}`);
    expect(body.detail).toMatch(detail);
  });

  test.each([
    [{ kind: "deny" }, 502, "provider-unauthorized", "Forbidden.RAM", undefined],
    [{ kind: "throttle" }, 503, "provider-throttled", "Throttling.User", "30"],
    [{ kind: "throttle", ms: 61_000 }, 503, "provider-throttled", "Throttling.User", "61"],
    [{ kind: "status", status: 503 }, 503, "provider-unavailable", "ServiceUnavailable", "30"],
    [{ kind: "html" }, 503, "provider-unavailable", null, "30"],
    [{ kind: "html", status: 200 }, 502, "provider-failed", null, undefined],
    [{ kind: "empty" }, 502, "provider-failed", null, undefined],
  ] as const)(
    "answers the provider failure %j with %i %s",
    async (fault, status, type, code, retryAfter) => {
      api.clouds.faults.add({ cloud: "alibaba-ecs", times: "always", ...fault });
      const { body, headers, status: got, text } = await api.get<ProblemBody>("aliyun:cn-hangzhou:t-1");
      expect([got, body.type]).toEqual([status, `urn:image-tasks:problem:${type}`]);
      expect(headers["retry-after"]).toBe(retryAfter);
      expect(body.provider).toMatchObject({ connection: "aliyun", code, taskId: "aliyun:cn-hangzhou:t-1" });
      if (code !== null) expect(body.provider?.requestId).toEqual(expect.stringMatching(/^[0-9A-F-]{36}$/));
      expect(text).not.toMatch(/<html|<!doctype|http:\/\//i);
      const { accessKeyId, accessKeySecret } = api.clouds.alibabaEcs.credential;
      expect(text).not.toContain(accessKeyId);
      expect(text).not.toContain(accessKeySecret);
    },
    20_000,
  );

  test("answers 503 in time when the provider does not respond at all", async () => {
    api.clouds.faults.add({ cloud: "tencent-ecm", kind: "hang", times: "always" });
    const { body, headers, status } = await api.get<ProblemBody>("edge:global:41", {}, 5600);
    expect([status, body.type, headers["retry-after"]]).toEqual([
      503,
      "urn:image-tasks:problem:provider-unavailable",
      "30",
    ]);
  });

  test("returns the last recorded state of a task that the cloud no longer knows", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-v1" });
    await api.sweep();
    api.clouds.tasks.remove("alibaba-ecs", "t-v1");
    expect((await api.get("aliyun:cn-hangzhou:t-v1")).body).toMatchObject({ status: "running", missingSince: null });
    await api.sweep();
    const missing = await api.get("aliyun:cn-hangzhou:t-v1");
    expect(missing.body).toMatchObject({ status: "running", missingSince: expect.stringMatching(/^2\d{3}-.*Z$/) });
    const { tasks } = (await api.list("source=ledger&connection=aliyun&nativeId=t-v1")).body;
    expect(tasks.map(({ missingSince }) => missingSince)).toEqual([missing.body.missingSince]);
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-v1" });
    expect((await api.get("aliyun:cn-hangzhou:t-v1")).body).toMatchObject({ status: "running", missingSince: null });
  });

  test("keeps looking during a wait for a task that its cloud does not show yet", async () => {
    const createdAtMs = api.clock.now() + 3_600_000;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-late", createdAtMs, runningMs: 1 });
    const waiting = api.get("aliyun:cn-hangzhou:t-late", {}, 29_000, "wait=25");
    await sleep(1000);
    api.clock.advance(3_601_000);
    expect((await waiting).body).toMatchObject({ status: "succeeded", done: true });
  }, 20_000);

  test("answers 404 at the end of a wait, and tells when to ask again", async () => {
    const began = performance.now();
    const { status, headers } = await api.get("aliyun:cn-hangzhou:t-none", {}, 29_000, "wait=1");
    expect([status, headers["retry-after"]]).toEqual([404, "5"]);
    expect(performance.now() - began).toBeGreaterThan(990);
    expect((await api.get("nope:cn-hangzhou:t-none")).headers).not.toHaveProperty("retry-after");
  });

  test("answers with the last state when the provider fails during a wait", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-flaky" });
    const waiting = api.get("aliyun:cn-hangzhou:t-flaky", {}, 29_000, "wait=1");
    await sleep(500);
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "html", times: "always" });
    const { status, body } = await waiting;
    expect([status, body.status]).toEqual([200, "running"]);
  }, 20_000);
});
