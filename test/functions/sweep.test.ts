import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
}, 30_000);
afterAll(() => api.stop());
afterEach(() => api.clouds.faults.clear());

async function completions(): Promise<string[]> {
  const events = await api.events();
  return events.map(
    (event) => `${event["detail-type"]}: ${event.detail.data.task.id} ${event.detail.data.task.status}`,
  );
}

describe("the scheduled sweep", () => {
  test("publishes one event for each ended task of every cloud", async () => {
    const failure = { kind: "failed", code: "E", message: "m" } as const;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w1", runningMs: 1000 });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w2", runningMs: 1000, ending: failure, region: "cn-beijing" });
    api.addTask({ cloud: "apsara-route", nativeId: "t-w3", runningMs: 1000 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "71", runningMs: 1000 });
    await api.sweep();
    expect(await completions()).toEqual([]);
    api.clock.advance(2000);
    await api.sweep();
    await api.sweep();
    expect((await completions()).toSorted()).toEqual([
      "Image Task Completed: aliyun:cn-beijing:t-w2 failed",
      "Image Task Completed: aliyun:cn-hangzhou:t-w1 succeeded",
      "Image Task Completed: edge:global:71 succeeded",
      "Image Task Completed: stack:cn-qingdao-env17-d01:t-w3 succeeded",
    ]);
  });

  test("sweeps the other targets and then fails naming the broken one", async () => {
    api.addTask({ cloud: "apsara-route", nativeId: "t-w4", runningMs: 1 });
    api.clock.advance(1000);
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "deny", times: "always" });
    await expect(api.sweep()).rejects.toThrow(/^2 of 4 targets failed: aliyun:cn-hangzhou \(.*aliyun:cn-beijing \(/);
    expect(await completions()).toContain("Image Task Completed: stack:cn-qingdao-env17-d01:t-w4 succeeded");
  });
});
