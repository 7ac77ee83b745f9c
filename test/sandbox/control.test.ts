import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callEcs } from "./signed-calls.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12);
const newTask = {
  cloud: "alibaba-ecs",
  nativeId: "t-1",
  action: "ImportImage",
  plan: { pendingMs: 0, runningMs: 60_000, ending: { kind: "failed", code: "Bad", message: "No." } },
};

let clouds: SandboxClouds;
beforeEach(async () => {
  clouds = await startSandboxClouds({ clock: createTestClock(startMs) });
});
afterEach(() => clouds.stop());

async function ask(method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(clouds.controlUrl + path, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

describe("the control endpoint", () => {
  test("POST /tasks and POST /clock make a task end, and GET /tasks shows its true state", async () => {
    expect((await ask("POST", "/tasks", newTask)).status).toBe(201);
    expect((await ask("GET", "/tasks")).body).toMatchObject({
      now: startMs,
      tasks: [{ cloud: "alibaba-ecs", nativeId: "t-1", region: "cn-hangzhou", phase: "running" }],
      ended: [],
    });
    expect(await ask("POST", "/clock", { advanceMs: 60_000 })).toEqual({
      status: 200,
      body: { now: startMs + 60_000 },
    });
    expect((await ask("GET", "/tasks")).body).toMatchObject({
      ended: [{ cloud: "alibaba-ecs", nativeId: "t-1", outcome: "failed", endedAtMs: startMs + 60_000 }],
    });
  });

  test("POST /tasks plans what a Finished task shows as its counts and sub-operations", async () => {
    const counts = { TotalCount: "2", SuccessCount: null, FailedCount: "many" };
    const operations = [{ OperationStatus: "Error", ErrorCode: "Bad" }, {}, "x"];
    const finished = (evidence: object) => ({ pendingMs: 0, runningMs: 0, ending: { kind: "finished", ...evidence } });
    const shown = async (nativeId: string, evidence: object) => {
      expect(await ask("POST", "/tasks", { ...newTask, nativeId, plan: finished(evidence) })).toMatchObject({
        status: 201,
      });
      const params = { RegionId: "cn-hangzhou", TaskId: nativeId };
      return (await callEcs(clouds, { action: "DescribeTaskAttribute", params })).json;
    };
    expect(await shown("t-1", { counts, operations })).toMatchObject({
      TaskStatus: "Finished",
      ...counts,
      OperationProgressSet: { OperationProgress: operations },
    });
    const bare = await shown("t-2", {});
    expect(bare).toMatchObject({ TaskStatus: "Finished" });
    for (const name of ["TotalCount", "SuccessCount", "FailedCount", "OperationProgressSet"]) {
      expect(bare).not.toHaveProperty(name);
    }
    const elsewhere = { ...newTask, cloud: "tencent-ecm", nativeId: "3", plan: finished({}) };
    expect(await ask("POST", "/tasks", elsewhere)).toMatchObject({
      status: 400,
      body: { error: "tencent-ecm has no status Finished." },
    });
  });

  test("POST /faults adds a fault, GET /faults lists it, and DELETE /faults removes it", async () => {
    const fault = { cloud: "alibaba-ecs", kind: "html", times: "always" };
    expect(await ask("POST", "/faults", fault)).toEqual({ status: 201, body: { faults: [fault] } });
    const call = () => callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } });
    expect((await call()).status).toBe(502);
    expect((await ask("DELETE", "/faults")).status).toBe(204);
    expect((await ask("GET", "/faults")).body).toEqual({ faults: [] });
    expect((await call()).status).toBe(200);
  });

  test("GET /requests lists the requests until DELETE /requests", async () => {
    await callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } });
    expect((await ask("GET", "/requests")).body).toMatchObject({ requests: [{ api: "DescribeTasks", status: 200 }] });
    await ask("DELETE", "/requests");
    expect((await ask("GET", "/requests")).body).toEqual({ requests: [] });
  });

  test.each([
    ["a fault has no such kind", "POST", "/faults", { cloud: "alibaba-ecs", kind: "flood" }, 400],
    ["a task has a misspelt plan", "POST", "/tasks", { ...newTask, plan: { ...newTask.plan, runingMs: 1 } }, 400],
    ["a task's region is unknown", "POST", "/tasks", { ...newTask, region: "x" }, 400],
    ["the clock shall go back", "POST", "/clock", { advanceMs: -1 }, 400],
    ["there is no such call", "GET", "/secrets", undefined, 404],
  ])("rejects the call when %s", async (_case, method, path, body, status) => {
    expect(await ask(method, path, body)).toMatchObject({ status, body: { error: expect.any(String) } });
  });

  const planned = (change: object) => ({ ...newTask, plan: { ...newTask.plan, ...change } });
  const kinds = "succeeded, failed, partly-failed, finished, canceled, stalls, vanishes";
  const cloudsOf = "alibaba-ecs, apsara-route, tencent-ecm";
  test.each([
    ["/tasks", "no JSON", /^The body is not JSON: .+\.$/],
    ["/tasks", "5", "The body must be of type object."],
    [
      "/tasks",
      { cloud: "ecs", plan: {} },
      `cloud must be one of ${cloudsOf}. action is missing and must be of type string. plan.pendingMs is missing and must be of type number. plan.runningMs is missing and must be of type number. plan.ending is missing and must be of type object.`,
    ],
    ["/tasks", planned({ ending: { kind: "explodes" } }), `plan.ending.kind must be one of ${kinds}.`],
    [
      "/tasks",
      planned({ ending: { kind: "stalls", code: "Bad" } }),
      "plan.ending has no member code, but may have kind, atPercent.",
    ],
    ["/tasks", planned({ ending: { kind: "stalls", atPercent: 101 } }), "plan.ending.atPercent must be at most 100."],
    ["/tasks", planned({ pendingMs: -1 }), "plan.pendingMs must be at least 0."],
    ["/faults", { cloud: "alibaba-ecs", kind: "html", times: 0 }, "times must be above 0."],
    ["/faults", { cloud: "alibaba-ecs", kind: "html", status: 404.5 }, "status must be a whole number."],
    [
      "/faults",
      { cloud: "alibaba-ecs", kind: "html", headers: { "a b": "c" } },
      "headers.a b has a character that is not allowed.",
    ],
    ["/credentials", { cloud: "ecs" }, `cloud must be one of ${cloudsOf}.`],
    [
      "/clock",
      { ms: 1 },
      "advanceMs is missing and must be of type number. The body has no member ms, but may have advanceMs.",
    ],
  ])("POST %s with %j names each wrong member and what is allowed", async (path, body, error) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(clouds.controlUrl + path, { method: "POST", body: text });
    const expected = typeof error === "string" ? error : (expect.stringMatching(error) as string);
    expect([response.status, await response.json()]).toEqual([400, { error: expected }]);
  });

  test("POST /clock is rejected when the clock cannot be set", async () => {
    const fixed = await startSandboxClouds({ clock: { now: () => startMs } });
    const response = await fetch(`${fixed.controlUrl}/clock`, { method: "POST", body: '{"advanceMs":1}' });
    expect(response.status).toBe(409);
    await fixed.stop();
  });
});
