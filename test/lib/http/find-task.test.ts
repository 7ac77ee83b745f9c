import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { stateDigestOf } from "../../../lib/domain/transition.ts";
import { addressOf, findTask, findTaskDetail } from "../../../lib/http/find-task.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import type { Script } from "../../fakes/scripted-provider.ts";
import { createTaskBook, recordOf } from "../../fakes/task-book.ts";

const id = "aliyun:cn-hangzhou:t-1";

function world(script: Script, recorded: readonly Task[] = []) {
  const provider = createScriptedProvider(script);
  const ledger = createTaskBook(recorded);
  const address = addressOf(id, [provider]);
  return { provider, find: () => findTask(address, { ledger, now: () => 0, ...unhurried }) };
}

describe("addressOf()", () => {
  const providers = [
    createScriptedProvider({}),
    createScriptedProvider({ target: { connection: "edge", provider: "tencent-ecm", region: "global" } }),
  ];

  test("finds the provider, and keeps colons in the provider's own id", () => {
    expect(addressOf("edge:global:t-a:b", providers)).toMatchObject({ nativeId: "t-a:b", id: "edge:global:t-a:b" });
  });

  test.each(["", "t-1", "aliyun:t-1", "aliyun::t-1", "aliyun:cn-hangzhou:", ":cn-hangzhou:t-1"])(
    "refuses the id %j and says what form an id has",
    async (malformed) => {
      expect(await problemOf(() => addressOf(malformed, providers))).toMatchObject({
        type: "invalid-parameters",
        detail: { errors: [{ field: "id", detail: "must be <connection>:<region>:<the provider's own id>" }] },
      });
    },
  );

  test.each([
    ["nope:cn-hangzhou:t-1", "unknown-task", 'No connection is named "nope"; configured: aliyun, edge'],
    ["n\u0000\u{1f600}:x:t-1", "unknown-task", 'No connection is named "n???"; configured: aliyun, edge'],
    ["aliyun:us-west-1:t-1", "unknown-task", 'The connection "aliyun" has no region "us-west-1"; it has cn-hangzhou'],
    ["aliyun:cn-hangzhou:x-1", "invalid-parameters", "Wrong: id"],
  ])("answers for %s with what exists", async (wrong, type, detail) => {
    expect(await problemOf(() => addressOf(wrong, providers))).toMatchObject({ type, detail: { detail } });
  });
});

describe("findTask()", () => {
  test("answers an ended task from the ledger and asks no provider, since an ending never changes", async () => {
    const recorded = sampleTask({ status: "failed", labels: { team: "sre" } });
    const { find, provider } = world({}, [recorded]);
    expect(await find()).toEqual(recorded);
    expect(provider.calls).toEqual([]);
  });

  test("asks the provider for a task that has not ended or is not recorded", async () => {
    const live = sampleTask({ status: "succeeded" });
    expect(await world({ details: { "t-1": live } }, [sampleTask()]).find()).toEqual(live);
    expect(await world({ details: { "t-1": live } }).find()).toEqual(live);
  });

  test("puts the recorded labels on what the provider tells", async () => {
    const recorded = sampleTask({ labels: { team: "sre" } });
    const live = sampleTask({ status: "succeeded" });
    expect(await world({ details: { "t-1": live } }, [recorded]).find()).toEqual({ ...live, labels: { team: "sre" } });
  });

  test("answers with the same bytes while nothing changes, whenever and in whatever request it was seen", async () => {
    const recorded = sampleTask({ observedAt: "2026-01-31T12:05:00.000Z", requestId: "R-1" });
    const live = sampleTask({ observedAt: "2026-01-31T12:06:00.000Z", requestId: "R-2" });
    expect(stateDigestOf(live)).toBe(stateDigestOf(recorded));
    expect(await world({ details: { "t-1": live } }, [recorded]).find()).toEqual(recorded);
  });

  test("answers with the record of a task that the provider has forgotten", async () => {
    const recorded = sampleTask({ status: "vanished" });
    const { find, provider } = world({}, [recorded]);
    expect(await find()).toEqual(recorded);
    expect(provider.calls).toEqual(["get t-1"]);
  });

  test("asks again for a vanished task, since it may have come back", async () => {
    const live = sampleTask();
    expect(await world({ details: { "t-1": live } }, [sampleTask({ status: "vanished" })]).find()).toMatchObject({
      status: "running",
    });
  });

  test("is a 404 when neither the provider nor the ledger knows the task", async () => {
    expect(await problemOf(world({}).find)).toMatchObject({ type: "unknown-task" });
  });

  test("passes on the provider's code and request id when it fails", async () => {
    const error = new ProviderError("throttled", "slow down", {
      code: "Throttling",
      requestId: "R-1",
      retryAfterMs: 2000,
    });
    expect(await problemOf(world({ details: { "t-1": error } }).find)).toEqual({
      type: "provider-throttled",
      detail: {
        detail: "slow down",
        retryAfterSeconds: 2,
        provider: {
          connection: "aliyun",
          region: "cn-hangzhou",
          kind: "throttled",
          code: "Throttling",
          message: "slow down",
          requestId: "R-1",
          taskId: id,
        },
      },
    });
  });

  test("is a 503 when the provider is still silent as providerSignal ends", async () => {
    const provider = createScriptedProvider({ silent: true });
    const providerSignal = AbortSignal.timeout(20);
    const address = addressOf(id, [provider]);
    const deadlines = { ...unhurried, providerSignal };
    const find = () => findTask(address, { ledger: createTaskBook(), now: () => 0, ...deadlines });
    expect(await problemOf(find)).toMatchObject({ type: "provider-unavailable", detail: { retryAfterSeconds: 30 } });
  });
});

describe("findTaskDetail()", () => {
  const timeline = [
    { status: "running", nativeStatus: "Processing", atMs: Date.parse("2026-01-31T12:05:00Z") },
  ] as const;
  const steps = [{ status: "running", nativeStatus: "Processing", at: "2026-01-31T12:05:00.000Z" }];

  function detailOf(script: Script, recorded?: Task) {
    const provider = createScriptedProvider(script);
    const ledger = createTaskBook();
    if (recorded) ledger.records.set(id, recordOf(recorded, { timeline }));
    return findTaskDetail(addressOf(id, [provider]), { ledger, now: () => 0, ...unhurried });
  }

  test("shows the recorded timeline of a task that ended, runs on, or is forgotten by its provider", async () => {
    for (const recorded of [sampleTask({ status: "failed" }), sampleTask({ status: "vanished" })]) {
      expect(await detailOf({}, recorded)).toEqual({ ...recorded, timeline: steps });
    }
    const live = sampleTask({ status: "succeeded" });
    expect(await detailOf({ details: { "t-1": live } }, sampleTask())).toEqual({ ...live, timeline: steps });
  });

  test("shows an empty timeline of a task that is not recorded", async () => {
    expect(await detailOf({ details: { "t-1": sampleTask() } })).toEqual({ ...sampleTask(), timeline: [] });
  });
});
