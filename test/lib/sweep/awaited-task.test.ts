import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Resolution } from "../../../lib/domain/provider.ts";
import { taskId } from "../../../lib/domain/task.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { canonicalAddressToTrack } from "../../../lib/http/canonical-address.ts";
import { trackTask, untrackTask } from "../../../lib/http/track-task.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { createSweepBench, hour, minute } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

interface AwaitedBench extends SweepBench {
  track(nativeId: string, labels?: Task["labels"]): Promise<string>;
  untrack(nativeId: string): Promise<void>;
}

async function benchOf(options: BenchOptions = {}): Promise<AwaitedBench> {
  const bench = createSweepBench(await tables.create(), options);
  const deps = { ledger: bench.ledger, now: bench.clock.now, ...unhurried };
  const addressOf = (nativeId: string) => ({
    id: taskId(bench.cloud.target, nativeId),
    nativeId,
    provider: bench.cloud,
  });
  await bench.sweep();
  return {
    ...bench,
    async track(nativeId, labels = { build: "7" }) {
      const address = await canonicalAddressToTrack(addressOf(nativeId), deps);
      return (await trackTask(address, labels, deps)).task.status;
    },
    untrack: (nativeId) => untrackTask(addressOf(nativeId), deps),
  };
}

const reasonOf = async (bench: SweepBench, nativeId: string) => (await bench.record(nativeId))?.task.statusReason;

describe("a sweep with a task that is tracked before the cloud shows it", () => {
  test("looks for the task, and completes it although no sweep has seen it running", async () => {
    const bench = await benchOf();
    expect(await bench.track("t-1")).toBe("pending");
    await bench.sweepFor(20 * minute);
    expect(await bench.status("t-1")).toBe("pending");
    bench.task("t-1", 20 * minute, { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect((await bench.record("t-1"))?.task).toMatchObject({ labels: { build: "7" }, statusReason: null });
  });

  test("finds a task that no list shows, such as a disk task", async () => {
    const bench = await benchOf();
    await bench.track("t-1");
    bench.cloud.tasks.set("t-1", { createdAtMs: 0, states: [{ status: "running" }], nativeAction: "ModifyDiskSpec" });
    await bench.sweep();
    expect(await bench.status("t-1")).toBe("running");
  });

  test("writes nothing for it after the third miss", async () => {
    const bench = await benchOf();
    await bench.track("t-1");
    await bench.sweepFor(20 * minute);
    expect((await bench.record("t-1"))?.revision).toBe(4);
  });

  test("ends it as vanished after thirty minutes, but only if it is also not found on its own", async () => {
    const bench = await benchOf();
    await bench.track("t-1");
    await bench.sweepFor(30 * minute);
    expect([await bench.status("t-1"), bench.told()]).toEqual(["pending", []]);
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw new ProviderError("unavailable", "not now");
    };
    await bench.sweepFor(5 * minute);
    expect(await bench.status("t-1")).toBe("pending");
    bench.cloud.onCall = () => {};
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual(["vanished t-1 vanished"]);
    expect(bench.bus.events[0]?.detail.data).toMatchObject({
      previousStatus: "pending",
      task: { statusReason: "the cloud never showed this task" },
    });
    bench.task("t-1", hour, { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["vanished t-1 vanished", "completed t-1 succeeded"]);
  });

  test("recognizes the task when only the last request, for it alone, shows it", async () => {
    const bench = await benchOf();
    await bench.track("t-1");
    await bench.sweepFor(30 * minute);
    bench.task("t-1", hour, { status: "running" });
    const { getMany, list } = bench.cloud;
    bench.cloud.getMany = async () => ({ sightings: [], unreadable: [] });
    bench.cloud.list = async function* empty() {
      yield { sightings: [], unreadable: [], next: null };
    };
    await bench.sweep();
    expect(await bench.status("t-1")).toBe("running");
    Object.assign(bench.cloud, { getMany, list });
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(12 * minute);
    expect(await reasonOf(bench, "t-1")).toBeNull();
    expect(bench.told()).toEqual(["vanished t-1 vanished"]);
  });

  test.each([false, true])("reports no stall, however short the threshold (progress is read: %s)", async (detailed) => {
    const bench = await benchOf({ detailed, settings: { stallAfterMs: 2 * minute } });
    await bench.track("t-1");
    await bench.sweepFor(29 * minute);
    expect(bench.told()).toEqual([]);
    bench.task("t-1", 20 * minute, { status: "running", percent: 5 });
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toEqual([]);
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toEqual(["stalled t-1 running"]);
  });

  test("stops looking for it once it is untracked", async () => {
    const bench = await benchOf();
    await bench.track("t-1");
    await bench.untrack("t-1");
    await bench.sweepFor(40 * minute);
    expect(bench.told()).toEqual([]);
  });
});

describe("a sweep with an awaited id that may refer to a task of another id", () => {
  async function benchResolving(
    resolutions: Record<string, Resolution | Error>,
    options: BenchOptions = {},
  ): Promise<AwaitedBench> {
    const bench = await benchOf(options);
    bench.cloud.resolve = async (nativeId) => {
      bench.cloud.calls.push({ api: "get", nativeIds: [`resolve ${nativeId}`] });
      const resolution = resolutions[nativeId];
      if (resolution instanceof Error) throw resolution;
      return resolution;
    };
    await bench.track("t-name");
    // The cloud answers to this id, but does not list it.
    bench.cloud.tasks.set("t-name", { createdAtMs: 0, states: [{ status: "gone" }], nativeAction: "ModifyDiskSpec" });
    return bench;
  }

  test("follows the task under its own id, with the labels, and completes it once", async () => {
    const resolutions: Record<string, Resolution> = {};
    const bench = await benchResolving(resolutions);
    await bench.sweepFor(2 * minute);
    expect(await bench.status("t-name")).toBe("pending");
    resolutions["t-name"] = { nativeId: "t-1" };
    resolutions["t-1"] = { nativeId: "t-1" };
    bench.turn("t-name", { status: "running" });
    bench.task("t-1", hour, { status: "running" });
    await bench.sweepFor(2 * minute);
    expect(await bench.record("t-1")).toMatchObject({
      tracking: "requested",
      task: { status: "running", labels: { build: "7" } },
    });
    expect(await bench.record("t-name")).toMatchObject({ tracking: "untracked", knownAs: "t-1" });
    for (const nativeId of ["t-1", "t-name"]) bench.turn(nativeId, { status: "succeeded" });
    await bench.sweepFor(40 * minute);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  test("keeps what is recorded of a task that the sweep has found by itself", async () => {
    const resolutions: Record<string, Resolution> = {};
    const bench = await benchResolving(resolutions);
    bench.task("t-1", 0, { status: "running" });
    await bench.sweep();
    resolutions["t-name"] = { nativeId: "t-1" };
    await bench.sweep();
    expect(await bench.record("t-1")).toMatchObject({
      tracking: "requested",
      missing: null,
      task: { status: "running", labels: { build: "7" } },
    });
  });

  test("keeps the labels that the task was given under its own id", async () => {
    const resolutions: Record<string, Resolution> = { "t-1": { nativeId: "t-1" } };
    const bench = await benchResolving(resolutions);
    bench.task("t-1", 0, { status: "running" });
    await bench.track("t-1", { build: "8", team: "sre" });
    resolutions["t-name"] = { nativeId: "t-1" };
    await bench.sweep();
    expect((await bench.record("t-name"))?.knownAs).toBe("t-1");
    expect((await bench.record("t-1"))?.task.labels).toEqual({ build: "8", team: "sre" });
  });

  test("asks for the task under the given id when that proves to be its own", async () => {
    const bench = await benchResolving({ "t-name": { nativeId: "t-name" } });
    bench.turn("t-name", { status: "running" });
    await bench.sweep();
    expect(await bench.record("t-name")).toMatchObject({ tracking: "requested", task: { status: "running" } });
  });

  test("ends it as never shown, with the reason that kept it from being told apart", async () => {
    const resolutions: Record<string, Resolution> = {};
    const bench = await benchResolving(resolutions);
    resolutions["t-name"] = { reason: "ambiguous: 2 imports" };
    await bench.sweep();
    expect(await reasonOf(bench, "t-name")).toBe("the cloud has not shown this task yet: ambiguous: 2 imports");
    await bench.sweepFor(32 * minute);
    expect(bench.told()).toEqual(["vanished t-name vanished"]);
    expect(await reasonOf(bench, "t-name")).toBe("the cloud never showed this task: ambiguous: 2 imports");
    // What was looked up is not read on its own as well.
    expect(bench.cloud.calls.flatMap(({ nativeIds }) => nativeIds)).not.toContain("t-name");
  });

  test("reports an answer that it cannot read for this id alone, and asks for the next", async () => {
    const resolutions: Record<string, Resolution | Error> = {};
    const bench = await benchResolving(resolutions);
    await bench.track("t-other");
    resolutions["t-name"] = new ProviderError("malformed", "odd");
    bench.cloud.calls.length = 0;
    const report = await bench.sweep();
    expect(report).toMatchObject({
      finished: true,
      problems: [{ kind: "malformed", taskId: "aliyun:cn-hangzhou:t-name" }],
    });
    const asked = bench.cloud.calls.flatMap(({ nativeIds }) => nativeIds);
    expect(asked).toEqual(["resolve t-name", "resolve t-other"]);
  });

  const noRecords = { records: new Map(), unreadable: [], misindexed: new Set<string>() };

  test.each(["untracked", "deleted"])("tracks nothing for an id that has been %s meanwhile", async (how) => {
    let isDeleted = false;
    const bench = await benchResolving(
      {},
      {
        wrapLedger: (ledger) => ({
          ...ledger,
          readTasks: async (ids, stopped) => (isDeleted ? noRecords : ledger.readTasks(ids, stopped)),
        }),
      },
    );
    bench.cloud.resolve = async () => {
      if (how === "untracked") await bench.untrack("t-name");
      else isDeleted = true;
      return { nativeId: "t-1" };
    };
    expect(await bench.sweep()).toMatchObject({ problems: [], changed: 0 });
    isDeleted = false;
    expect(await bench.record("t-1")).toBeUndefined();
  });

  test("ends with an error that is not the provider's", async () => {
    const resolutions: Record<string, Resolution | Error> = {};
    const bench = await benchResolving(resolutions);
    resolutions["t-name"] = new TypeError("a bug");
    expect(await bench.sweep()).toMatchObject({
      finished: false,
      problems: [{ kind: "internal", message: "TypeError: a bug", taskId: null }],
    });
  });

  test.each([
    [new RecordRefusedError("too large"), { finished: true, problems: [{ taskId: "aliyun:cn-hangzhou:t-name" }] }],
    [new TypeError("a bug"), { finished: false, problems: [{ taskId: null }] }],
  ])("reports %s when it records the task's own id, and tries again", async (failure, reported) => {
    let isRefusing = true;
    const resolutions: Record<string, Resolution> = {};
    const bench = await benchResolving(resolutions, {
      wrapLedger: (ledger) => ({
        ...ledger,
        async writeTask(record, ...rest) {
          if (isRefusing && record.task.nativeId === "t-1") throw failure;
          return ledger.writeTask(record, ...rest);
        },
      }),
    });
    resolutions["t-name"] = { nativeId: "t-1" };
    expect(await bench.sweep()).toMatchObject(reported);
    expect(await bench.record("t-name")).toMatchObject({ tracking: "requested" });
    isRefusing = false;
    await bench.sweep();
    expect(await bench.record("t-name")).toMatchObject({ tracking: "untracked", knownAs: "t-1" });
  });

  test("counts a provider that cannot answer as no miss, reports it once, and asks no further in this sweep", async () => {
    const resolutions: Record<string, Resolution | Error> = {};
    const bench = await benchResolving(resolutions);
    await bench.track("t-other");
    resolutions["t-name"] = new ProviderError("throttled", "slow down");
    bench.cloud.calls.length = 0;
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([{ kind: "throttled", taskId: null }]);
    expect(report.finished).toBe(false);
    const asked = bench.cloud.calls.flatMap(({ nativeIds }) => nativeIds);
    expect(asked).toEqual(["resolve t-name"]);
    await bench.sweepFor(40 * minute);
    expect(await bench.status("t-name")).toBe("pending");
    delete resolutions["t-name"];
    await bench.sweepFor(4 * minute);
    expect(bench.told().toSorted()).toEqual(["vanished t-name vanished", "vanished t-other vanished"]);
  });
});
