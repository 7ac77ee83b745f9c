import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
}, 30_000);
afterAll(() => api.stop());
afterEach(() => api.clouds.faults.clear());

describe("POST /tasks/{id}/cancel", () => {
  test("answers 202 with the task as the cloud shows it afterwards", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c1" });
    const { body, status } = await api.cancel("aliyun:cn-hangzhou:t-c1");
    expect([status, body.status]).toEqual([202, "canceled"]);
    expect(api.clouds.tasks.find("alibaba-ecs", "t-c1")?.state.phase).toBe("canceled");
  });

  test("answers 409 with the current task when the cloud refuses, the task has ended, or there is no cancel call", async () => {
    const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" }, cancelable: false } as const;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c2", plan });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c3", runningMs: 1 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "61" });
    api.clock.advance(1000);
    const states = {
      "aliyun:cn-hangzhou:t-c2": "running",
      "aliyun:cn-hangzhou:t-c3": "succeeded",
      "edge:global:61": "running",
    };
    for (const [id, state] of Object.entries(states)) {
      const { body, status } = await api.cancel<ProblemBody>(id);
      expect([status, body.type, body.task]).toEqual([
        409,
        "urn:image-tasks:problem:not-cancelable",
        expect.objectContaining({ id, status: state }),
      ]);
    }
  });

  test("sends one cancel call and reports the task as canceled when the response was lost", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c4" });
    api.clouds.faults.add({ cloud: "alibaba-ecs", api: "CancelTask", kind: "truncate" });
    api.clouds.alibabaEcs.requests.length = 0;
    const { body, status } = await api.cancel("aliyun:cn-hangzhou:t-c4");
    expect([status, body.status]).toEqual([202, "canceled"]);
    expect(api.clouds.alibabaEcs.requests.filter(({ api: name }) => name === "CancelTask")).toHaveLength(1);
  });

  test("answers 503 when the cloud is unreachable, and the task continues", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-c5" });
    api.clouds.faults.add({ cloud: "alibaba-ecs", api: "CancelTask", kind: "status", status: 503, times: "always" });
    const { body, headers, status } = await api.cancel<ProblemBody>("aliyun:cn-hangzhou:t-c5");
    expect([status, body.type, headers["retry-after"]]).toEqual([
      503,
      "urn:image-tasks:problem:provider-unavailable",
      "30",
    ]);
    expect(api.clouds.tasks.find("alibaba-ecs", "t-c5")?.state.phase).toBe("running");
  });

  test("answers 404 for a task that does not exist", async () => {
    expect((await api.cancel("aliyun:cn-hangzhou:t-none")).status).toBe(404);
    expect((await api.cancel("edge:global:62")).status).toBe(404);
  });
});
