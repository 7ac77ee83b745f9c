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

function setUp(script: Script, recorded: readonly Task[] = []) {
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

  test("finds the provider and keeps colons in the native id", () => {
    expect(addressOf("edge:global:t-a:b", providers)).toMatchObject({ nativeId: "t-a:b", id: "edge:global:t-a:b" });
  });

  test("finds a renamed connection by both names, and keeps the former one in ids", async () => {
    const renamed = [createScriptedProvider({ renamedTo: "prod" })];
    for (const name of ["aliyun", "prod"]) expect(addressOf(`${name}:cn-hangzhou:t-1`, renamed).id).toBe(id);
    expect(await problemOf(() => addressOf("nope:cn-hangzhou:t-1", renamed))).toMatchObject({
      detail: { detail: 'No connection is named "nope"; configured: prod' },
    });
  });

  test.each(["", "t-1", "aliyun:t-1", "aliyun::t-1", "aliyun:cn-hangzhou:", ":cn-hangzhou:t-1"])(
    "rejects the id %j and describes the id format",
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
  ])("answers for %s with the available choices", async (wrong, type, detail) => {
    expect(await problemOf(() => addressOf(wrong, providers))).toMatchObject({ type, detail: { detail } });
  });
});

describe("findTask()", () => {
  test("returns an ended task from the ledger without a provider call, since it never changes", async () => {
    const recorded = sampleTask({ status: "failed", labels: { team: "sre" } });
    const { find, provider } = setUp({}, [recorded]);
    expect(await find()).toEqual(recorded);
    expect(provider.calls).toEqual([]);
  });

  test("tells since when a task is missing, until the provider returns it again", async () => {
    const recorded = sampleTask({ missingSince: "2026-01-31T12:06:00.000Z" });
    expect(await setUp({}, [recorded]).find()).toEqual(recorded);
    expect(await setUp({ details: { "t-1": sampleTask() } }, [recorded]).find()).toEqual(sampleTask());
    const paused = sampleTask({ status: "paused" });
    expect(await setUp({ details: { "t-1": paused } }, [recorded]).find()).toEqual(paused);
  });

  test("asks the provider for a task that has not ended or is not recorded", async () => {
    const live = sampleTask({ status: "succeeded" });
    expect(await setUp({ details: { "t-1": live } }, [sampleTask()]).find()).toEqual(live);
    expect(await setUp({ details: { "t-1": live } }).find()).toEqual(live);
  });

  test("adds the recorded labels to the provider's task", async () => {
    const recorded = sampleTask({ labels: { team: "sre" } });
    const live = sampleTask({ status: "succeeded" });
    expect(await setUp({ details: { "t-1": live } }, [recorded]).find()).toEqual({ ...live, labels: { team: "sre" } });
  });

  test("returns identical bytes while nothing changes, whatever the observation time and request", async () => {
    const recorded = sampleTask({ observedAt: "2026-01-31T12:05:00.000Z", requestId: "R-1" });
    const live = sampleTask({ observedAt: "2026-01-31T12:06:00.000Z", requestId: "R-2" });
    expect(stateDigestOf(live)).toBe(stateDigestOf(recorded));
    expect(await setUp({ details: { "t-1": live } }, [recorded]).find()).toEqual(recorded);
  });

  test("returns the record of a task that the provider no longer knows", async () => {
    const recorded = sampleTask({ status: "vanished" });
    const { find, provider } = setUp({}, [recorded]);
    expect(await find()).toEqual(recorded);
    expect(provider.calls).toEqual(["get t-1"]);
  });

  test("asks the provider again about a vanished task, since it may have reappeared", async () => {
    const live = sampleTask();
    expect(await setUp({ details: { "t-1": live } }, [sampleTask({ status: "vanished" })]).find()).toMatchObject({
      status: "running",
    });
  });

  test("returns the record when the provider shows another task under its id", async () => {
    const recorded = sampleTask({ labels: { team: "sre" } });
    const createdAt = "2026-02-01T12:00:00.000Z";
    const nativeTimes = { ...recorded.nativeTimes, createdAt };
    const other = sampleTask({ status: "succeeded", createdAt, nativeTimes });
    expect(await setUp({ details: { "t-1": other } }, [recorded]).find()).toEqual(recorded);
  });

  test("answers 404 when neither the provider nor the ledger knows the task", async () => {
    expect(await problemOf(setUp({}).find)).toMatchObject({ type: "unknown-task" });
  });

  test("reports the provider's code and request id when it fails", async () => {
    const error = new ProviderError("throttled", "slow down", {
      code: "Throttling",
      requestId: "R-1",
      retryAfterMs: 2000,
    });
    expect(await problemOf(setUp({ details: { "t-1": error } }).find)).toEqual({
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

  test("answers 503 when the provider has not responded when providerSignal aborts", async () => {
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

  test("includes the recorded timeline of a task that ended, is running, or is unknown to its provider", async () => {
    for (const recorded of [sampleTask({ status: "failed" }), sampleTask({ status: "vanished" })]) {
      expect(await detailOf({}, recorded)).toEqual({ ...recorded, timeline: steps });
    }
    const live = sampleTask({ status: "succeeded" });
    expect(await detailOf({ details: { "t-1": live } }, sampleTask())).toEqual({ ...live, timeline: steps });
  });

  test("includes an empty timeline for a task that is not recorded", async () => {
    expect(await detailOf({ details: { "t-1": sampleTask() } })).toEqual({ ...sampleTask(), timeline: [] });
  });
});
