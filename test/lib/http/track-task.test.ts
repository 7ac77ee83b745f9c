import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { parseTrackTaskBody, trackAddress, trackTask, untrackTask } from "../../../lib/http/track-task.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { createTaskBook, recordOf } from "../../fakes/task-book.ts";
import type { TaskBook } from "../../fakes/task-book.ts";

const id = "aliyun:cn-hangzhou:t-1";
const regions = ["cn-hangzhou", "cn-beijing"].map((region) =>
  createScriptedProvider({ target: { connection: "aliyun", provider: "alibaba-ecs", region } }),
);
const edge = createScriptedProvider({ target: { connection: "edge", provider: "tencent-ecm", region: "global" } });

describe("parseTrackTaskBody()", () => {
  async function errorsOf(body: unknown): Promise<Record<string, string>> {
    const { type, detail } = await problemOf(() => parseTrackTaskBody(body));
    expect(type).toBe("invalid-body");
    return Object.fromEntries((detail.errors ?? []).map(({ field, detail: text }) => [field, text]));
  }

  test("accepts the smallest and the largest body", () => {
    const least = { connection: "edge", nativeId: "21" };
    const most = { ...least, region: "global", labels: { team: "sre", "a/b": "" } };
    expect([parseTrackTaskBody(least), parseTrackTaskBody(most)]).toEqual([least, most]);
  });

  test("names every invalid, unknown, and missing field at once", async () => {
    const known = "is not a field of this body; allowed: connection, region, nativeId, labels";
    const body = { region: 5, nativeId: "", labels: { team: 1, "a/b~c": null }, "x/y~z": 1, Connection: "edge" };
    expect(await errorsOf(body)).toEqual({
      "/connection": "is missing",
      "/region": "must be a JSON string",
      "/nativeId": "must not be empty",
      "/labels/team": "must be a JSON string",
      "/labels/a~1b~0c": "must be a JSON string",
      "/x~1y~0z": known,
      "/Connection": known,
    });
  });

  test.each([
    [null, { "": "must be a JSON object" }],
    ["{}", { "": "must be a JSON object" }],
    [[], { "": "must be a JSON object" }],
    [undefined, { "": "is missing" }],
    [{ connection: "edge", nativeId: null }, { "/nativeId": "must be a JSON string" }],
    [{ connection: "edge", nativeId: 21 }, { "/nativeId": "must be a JSON string" }],
    [{ connection: "edge", nativeId: "2", labels: [] }, { "/labels": "must be a JSON object" }],
    [{ connection: "edge", nativeId: "2", labels: { "": "x" } }, { "/labels/": "has a name that must not be empty" }],
    [
      JSON.parse('{"connection":"edge","nativeId":"2","labels":{"__proto__":"x","team":1}}'),
      { "/labels/team": "must be a JSON string", "/labels/__proto__": "has a name that must not be __proto__" },
    ],
    [
      { connection: "edge", nativeId: "2\ud800", labels: { a: "\udfff", "b\ud800": "x" } },
      {
        "/nativeId": "must be Unicode text, without half of a surrogate pair",
        "/labels/a": "must be Unicode text, without half of a surrogate pair",
        "/labels/b\ud800": "has a name that must be Unicode text, without half of a surrogate pair",
      },
    ],
    [{ connection: "edge", nativeId: "2".repeat(201) }, { "/nativeId": "must have at most 200 characters" }],
  ])("rejects %j", async (body, errors) => {
    expect(await errorsOf(body)).toEqual(errors);
  });

  test("accepts at most twenty labels", async () => {
    const labels = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`l${index}`, ""]));
    expect(await errorsOf({ connection: "edge", nativeId: "2", labels })).toEqual({
      "/labels": "may have at most 20 entries",
    });
  });
});

describe("trackAddress()", () => {
  test("needs no region when the connection has only one", () => {
    expect(trackAddress({ connection: "edge", nativeId: "t-21" }, [...regions, edge]).id).toBe("edge:global:t-21");
  });

  test("lists the regions when the region is missing and there are several", async () => {
    expect(await problemOf(() => trackAddress({ connection: "aliyun", nativeId: "t-1" }, regions))).toMatchObject({
      type: "invalid-body",
      detail: {
        errors: [
          {
            field: "/region",
            detail: "is required because the connection has several regions: cn-hangzhou, cn-beijing",
          },
        ],
      },
    });
  });

  test("lists the connections when the connection is unknown", async () => {
    expect(await problemOf(() => trackAddress({ connection: "nope", nativeId: "t-1" }, regions))).toMatchObject({
      type: "unknown-task",
      detail: { detail: 'No connection is named "nope"; configured: aliyun' },
    });
  });

  test("names the field when the native id has an invalid format", async () => {
    expect(await problemOf(() => trackAddress({ connection: "edge", nativeId: "x" }, [edge]))).toMatchObject({
      type: "invalid-body",
      detail: { errors: [{ field: "/nativeId", detail: "must begin with t-" }] },
    });
  });
});

function trackerOf(ledger: TaskBook, provider = createScriptedProvider({ details: { "t-1": sampleTask() } })) {
  const address = { id, nativeId: "t-1", provider };
  const deps = { ledger, now: () => 1000, ...unhurried };
  return {
    provider,
    track: (labels?: Task["labels"]) => trackTask(address, labels, deps),
    untrack: () => untrackTask(address, deps),
  };
}

describe("trackTask()", () => {
  test("records the task with its labels", async () => {
    const ledger = createTaskBook();
    expect(await trackerOf(ledger).track({ team: "sre" })).toEqual({
      created: true,
      task: { ...sampleTask(), labels: { team: "sre" } },
    });
    expect(ledger.records.get(id)).toMatchObject({ tracking: "requested", task: { labels: { team: "sre" } } });
  });

  test("returns the same task when it is already tracked, without a provider call", async () => {
    const ledger = createTaskBook();
    const first = await trackerOf(ledger).track({ team: "sre" });
    const { provider, track } = trackerOf(ledger);
    expect(await track()).toEqual({ created: false, task: first.task });
    expect(await track({ team: "sre" })).toEqual({ created: false, task: first.task });
    expect(ledger.records.get(id)?.revision).toBe(1);
    expect(provider.calls).toEqual([]);
  });

  test("replaces the labels of a tracked task, without a provider call", async () => {
    const ledger = createTaskBook();
    await trackerOf(ledger).track({ team: "sre", build: "1" });
    const { provider, track } = trackerOf(ledger);
    const task = { ...sampleTask(), labels: { build: "2" } };
    expect(await track({ build: "2" })).toEqual({ created: false, task });
    expect(ledger.records.get(id)).toMatchObject({ revision: 2, task });
    expect(await track({})).toEqual({ created: false, task: sampleTask() });
    expect(provider.calls).toEqual([]);
  });

  test("replaces the labels even if a sweep records the task in between", async () => {
    const ledger = createTaskBook();
    await trackerOf(ledger).track({ build: "1" });
    ledger.beforeWrite = () => {
      const record = ledger.records.get(id)!;
      ledger.records.set(id, { ...record, revision: 2, task: { ...record.task, nativeStatus: "Paused" } });
    };
    await trackerOf(ledger).track({ build: "2" });
    expect(ledger.records.get(id)).toMatchObject({
      revision: 3,
      task: { labels: { build: "2" }, nativeStatus: "Paused" },
    });
  });

  test("checks a vanished task again after the sweep gave it up, and reports it as already tracked", async () => {
    const ledger = createTaskBook();
    const gone = recordOf(sampleTask({ status: "vanished" }), { tracking: "requested", missing: null });
    ledger.records.set(id, gone);
    expect(await trackerOf(ledger).track({ team: "sre" })).toMatchObject({
      created: false,
      task: { status: "vanished" },
    });
    expect(ledger.records.get(id)).toMatchObject({ missing: { count: 0 }, task: { labels: { team: "sre" } } });
  });

  test("records the completion of a task that has already ended, for the next sweep to publish", async () => {
    const ledger = createTaskBook();
    await trackerOf(ledger, createScriptedProvider({ details: { "t-1": sampleTask({ status: "failed" }) } })).track();
    expect(ledger.records.get(id)?.pending.map(({ event }) => event.detailType)).toEqual(["Image Task Completed"]);
  });

  test("returns the other writer's record when two requests track concurrently", async () => {
    const ledger = createTaskBook();
    const theirs = sampleTask({ labels: { team: "theirs" } });
    ledger.beforeWrite = () => ledger.records.set(id, recordOf(theirs, { tracking: "requested" }));
    expect(await trackerOf(ledger).track({ team: "ours" })).toEqual({ created: false, task: theirs });
  });

  test("tracks an untracked task again", async () => {
    const ledger = createTaskBook();
    ledger.records.set(id, recordOf(sampleTask(), { tracking: "untracked" }));
    expect((await trackerOf(ledger).track()).created).toBe(true);
    expect(ledger.records.get(id)?.tracking).toBe("requested");
  });

  test("tracks an untracked task again without the state of another task under its id", async () => {
    const ledger = createTaskBook();
    ledger.records.set(id, recordOf(sampleTask(), { tracking: "untracked" }));
    const createdAt = "2026-02-01T12:00:00.000Z";
    const nativeTimes = { ...sampleTask().nativeTimes, createdAt };
    const other = sampleTask({ status: "succeeded", createdAt, nativeTimes });
    const { task } = await trackerOf(ledger, createScriptedProvider({ details: { "t-1": other } })).track({ a: "b" });
    expect(task).toEqual({ ...sampleTask(), labels: { a: "b" } });
    expect(ledger.records.get(id)).toMatchObject({ tracking: "requested", pending: [], task: { status: "running" } });
  });

  test("records a task that the provider does not show yet as pending, once", async () => {
    const ledger = createTaskBook();
    const { task, created } = await trackerOf(ledger, createScriptedProvider({})).track({ team: "sre" });
    expect([task.status, task.statusReason, task.labels, created]).toEqual([
      "pending",
      "the cloud has not shown this task yet",
      { team: "sre" },
      true,
    ]);
    expect(ledger.records.get(id)).toMatchObject({ tracking: "requested", rowDigest: "", task });
    expect(await trackerOf(ledger, createScriptedProvider({})).track()).toEqual({ created: false, task });
    await trackerOf(ledger).untrack();
    expect(ledger.records.get(id)?.tracking).toBe("untracked");
  });

  test("does not ask the provider for an id that leads to no task yet", async () => {
    const provider = createScriptedProvider({ details: { "t-1": sampleTask() } });
    const deps = { ledger: createTaskBook(), now: () => 1000, ...unhurried };
    const { task } = await trackTask({ id, nativeId: "t-1", provider, unresolved: true }, {}, deps);
    expect([task.status, provider.calls]).toEqual(["pending", []]);
  });

  test("records nothing when the provider fails", async () => {
    const ledger = createTaskBook();
    const provider = createScriptedProvider({ details: { "t-1": new ProviderError("throttled", "slow down") } });
    expect((await problemOf(() => trackerOf(ledger, provider).track())).type).toBe("provider-throttled");
    expect(ledger.records.size).toBe(0);
  });
});

describe("untrackTask()", () => {
  test("stops tracking a tracked or discovered task", async () => {
    const ledger = createTaskBook([sampleTask()]);
    await trackerOf(ledger).untrack();
    expect(ledger.records.get(id)?.tracking).toBe("untracked");
  });

  test("answers 404 for a task that is no longer tracked, and changes nothing", async () => {
    const ledger = createTaskBook([sampleTask()]);
    await trackerOf(ledger).untrack();
    const after = ledger.records.get(id);
    expect((await problemOf(trackerOf(ledger).untrack)).type).toBe("unknown-task");
    expect(ledger.records.get(id)).toEqual(after);
  });

  test("answers 404 for a task that was never tracked", async () => {
    expect((await problemOf(trackerOf(createTaskBook()).untrack)).type).toBe("unknown-task");
  });
});
