import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Task } from "../../../lib/domain/task.ts";
import type { ProviderFailure } from "../../../lib/http/problem.ts";
import type { LedgerUnavailableError } from "../../../lib/ledger/ledger.ts";
import { liveSource } from "../../../lib/list/live-source.ts";
import type { ListTasksQuery } from "../../../lib/list/query.ts";
import { createUnreadableItems } from "../../../lib/list/unreadable-items.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider, row } from "../../fakes/scripted-provider.ts";
import type { Script } from "../../fakes/scripted-provider.ts";
import { createTaskBook } from "../../fakes/task-book.ts";

const everything: ListTasksQuery = { limit: 50, source: "live" };
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `t-${from + index}`);
/** Task 1 is the newest; each was created a minute before the last. */
const createdAt = (nativeId: string) =>
  new Date(Date.UTC(2026, 0, 31) - Number(nativeId.slice(2)) * 60_000).toISOString();
const runningRow = (nativeId: string) => row(sampleTask({ nativeId, createdAt: createdAt(nativeId) }));
const runningRows = (from: number, to: number) => ids(from, to).map(runningRow);
const endedRow = (nativeId: string) =>
  row(sampleTask({ nativeId, createdAt: createdAt(nativeId), status: "unknown", nativeStatus: "Finished" }), true);
const ended = (nativeId: string, status: "succeeded" | "failed" = "succeeded") =>
  sampleTask({ nativeId, createdAt: createdAt(nativeId), status });

function setUp(script: Script, query: Partial<ListTasksQuery> = {}, recorded: readonly Task[] = []) {
  const provider = createScriptedProvider(script);
  const errors: ProviderFailure[] = [];
  const outages: LedgerUnavailableError[] = [];
  const ledger = createTaskBook(recorded);
  const providerSignal = new AbortController();
  const deadlines = { ...unhurried, providerSignal: providerSignal.signal };
  const unreadable = createUnreadableItems();
  const deps = { ledger, errors, outages, unreadable, detailsRead: { count: 0 }, ...deadlines };
  const source = liveSource(provider, { ...everything, ...query }, deps);
  return { provider, errors, providerSignal, source };
}

async function pulled(source: ReturnType<typeof liveSource>, position: string | null, limit: number) {
  const answer = await source.pull(position, limit);
  if ("failure" in answer) throw new Error(`failed: ${answer.failure.message}`);
  return { ids: answer.rows.map(({ task }) => task.nativeId), end: answer.end, rows: answer.rows };
}

function positionOf({ end }: Awaited<ReturnType<typeof pulled>>): string | null {
  if (end === "ended") throw new Error("the source has ended");
  return end.position;
}

describe("liveSource()", () => {
  test("resumes within a provider's page after any row", async () => {
    const { source } = setUp({ pages: [runningRows(1, 3), runningRows(4, 6)] });
    const first = await pulled(source, null, 2);
    expect(first.ids).toEqual(["t-1", "t-2"]);
    expect((await pulled(source, first.rows[0]?.after ?? "", 9)).ids).toEqual(ids(2, 6));
    const end = first.end === "ended" ? null : first.end.position;
    expect(await pulled(source, end, 9)).toMatchObject({ ids: ids(3, 6), end: "ended" });
  });

  test("continues with the next page after the last row of a page", async () => {
    const { source } = setUp({ pages: [runningRows(1, 2), runningRows(3, 4)] });
    const first = await pulled(source, null, 2);
    expect(first.ids).toEqual(["t-1", "t-2"]);
    expect((await pulled(source, positionOf(first), 9)).ids).toEqual(["t-3", "t-4"]);
    expect((await pulled(source, first.rows[1]?.after ?? "", 9)).ids).toEqual(["t-3", "t-4"]);
  });

  test("reads at most five pages without a match", async () => {
    const pages = ids(1, 7).map((nativeId) => [runningRow(nativeId)]);
    const { source } = setUp({ pages }, { status: ["failed"] });
    const first = await pulled(source, null, 5);
    expect(first.ids).toEqual([]);
    expect(await pulled(source, positionOf(first), 5)).toMatchObject({ ids: [], end: "ended" });
    expect((await pulled(setUp({ pages }).source, positionOf(first), 5)).ids).toEqual(["t-6", "t-7"]);
  });

  test("passes on the filters that the provider supports, and a status or action only when there is one", async () => {
    const both = { action: ["import-image", "export-image"] as const, status: ["failed", "running"] as const };
    const many = setUp({}, { action: [...both.action], status: [...both.status], resourceId: ["m-1", "m-2"] });
    await many.source.pull(null, 5);
    expect(many.provider.calls).toEqual(['list {"resourceIds":["m-1","m-2"]}']);
    const createdAfter = new Date("2026-01-01T00:00:00Z");
    const words = { nativeStatus: "Finished", nativeAction: "ImportImage", imageName: "golden" };
    const one = setUp({}, { action: ["import-image"], status: ["failed"], createdAfter, ...words });
    await one.source.pull(null, 5);
    expect(JSON.parse(one.provider.calls[0]?.slice("list ".length) ?? "")).toEqual({
      createdAfter: "2026-01-01T00:00:00.000Z",
      action: "import-image",
      status: "failed",
      ...words,
    });
  });

  test("sends no status filter when it reads several pages of one minute, and filters the rows itself", async () => {
    const at = (nativeId: string, status: Task["status"]) => row(sampleTask({ nativeId, status }));
    const pages = [
      [at("t-1", "running"), at("t-2", "running")],
      [at("t-3", "pending"), at("t-4", "running")],
    ];
    const { provider, source } = setUp({ pages }, { status: ["running"], nativeStatus: "Processing" });
    expect((await pulled(source, null, 5)).ids).toEqual(["t-1", "t-2", "t-4"]);
    expect(provider.calls.slice(0, 2)).toEqual([
      'list {"nativeStatus":"Processing","status":"running"}',
      'list {"createdAfter":"2026-01-31T12:00:00.000Z"}',
    ]);
  });

  test("asks for the window that the filter keeps, from the start of the minute", async () => {
    const createdAfter = new Date("2026-01-31T12:00:45Z");
    const createdBefore = new Date("2026-01-31T12:30:15Z");
    const { provider, source } = setUp({ pages: [[row(sampleTask())]] }, { createdAfter, createdBefore });
    expect((await pulled(source, null, 5)).ids).toEqual(["t-1"]);
    expect(provider.calls).toEqual([
      'list {"createdAfter":"2026-01-31T12:00:00.000Z","createdBefore":"2026-01-31T12:30:15.000Z"}',
    ]);
  });

  test("reads the requested ids in one call and leaves out impossible ones", async () => {
    const { provider, source } = setUp({ pages: [runningRows(1, 3)] }, { nativeId: ["t-3", "t-1", "x"] });
    const first = await pulled(source, null, 1);
    expect(first.ids).toEqual(["t-1"]);
    expect(await pulled(source, positionOf(first), 1)).toMatchObject({ ids: ["t-3"], end: "ended" });
    expect(provider.calls).toEqual(["getMany t-3,t-1", "getMany t-3,t-1"]);
  });

  test("completes an ended row from the ledger, or else from the provider's details", async () => {
    const script = { pages: [[endedRow("t-1"), endedRow("t-2")]], details: { "t-2": ended("t-2", "failed") } };
    const { provider, source } = setUp(script, {}, [{ ...ended("t-1"), labels: { team: "sre" } }]);
    const { rows } = await pulled(source, null, 5);
    expect(rows.map(({ task }) => [task.nativeId, task.status, task.labels])).toEqual([
      ["t-1", "succeeded", { team: "sre" }],
      ["t-2", "failed", {}],
    ]);
    expect(provider.calls).toEqual(["list {}", "get t-2"]);
  });

  test("adds the labels of open and ended tasks, except those of another task under the same id", async () => {
    const recorded = ["t-1", "t-2", "t-3"].map((nativeId) => ({ ...ended(nativeId), labels: { by: nativeId } }));
    const createdLong = "2020-01-31T12:00:00.000Z";
    const [first, second, third] = recorded.map((task) => ({ ...task, status: "running" as const, done: false }));
    const other = { ...third!, createdAt: createdLong, nativeTimes: { ...third!.nativeTimes, createdAt: createdLong } };
    const script = { pages: [[...ids(1, 3).map(runningRow), endedRow("t-4")]], details: { "t-4": ended("t-4") } };
    const four = { ...ended("t-4"), status: "unknown" as const, done: false, labels: { by: "t-4" } };
    const { rows } = await pulled(setUp(script, {}, [first!, second!, other, four]).source, null, 5);
    expect(rows.map(({ task }) => [task.nativeId, task.status, task.labels])).toEqual([
      ["t-1", "running", { by: "t-1" }],
      ["t-2", "running", { by: "t-2" }],
      ["t-3", "running", {}],
      ["t-4", "succeeded", { by: "t-4" }],
    ]);
  });

  test("shows a task as it ended, although its row still says that it runs", async () => {
    const recorded = [{ ...ended("t-1", "failed"), labels: { team: "sre" } }];
    const script = { pages: [runningRows(1, 2)], details: {} };
    const { provider, source } = setUp(script, {}, recorded);
    const { rows } = await pulled(source, null, 5);
    expect(rows.map(({ task }) => [task.nativeId, task.status, task.labels])).toEqual([
      ["t-1", "failed", { team: "sre" }],
      ["t-2", "running", {}],
    ]);
    expect(provider.calls).toEqual(["list {}"]);
    expect((await pulled(setUp(script, { status: ["running"] }, recorded).source, null, 5)).ids).toEqual(["t-2"]);
    const stillRuns = { nativeStatus: runningRow("t-2").task.nativeStatus };
    const asEnded = [{ ...recorded[0]!, nativeStatus: "Failed" }];
    expect((await pulled(setUp(script, stillRuns, asEnded).source, null, 5)).ids).toEqual(["t-2"]);
  });

  test("shows a vanished task as running when its row says so", async () => {
    const vanished = { ...runningRow("t-1").task, status: "vanished" as const, done: true };
    const { rows } = await pulled(setUp({ pages: [runningRows(1, 1)] }, {}, [vanished]).source, null, 5);
    expect(rows.map(({ task }) => task.status)).toEqual(["running"]);
  });

  test("applies the status filter to the details, not to the row", async () => {
    const script = {
      pages: [[endedRow("t-1"), endedRow("t-2"), runningRow("t-3")]],
      details: { "t-1": ended("t-1", "failed"), "t-2": ended("t-2") },
    };
    expect((await pulled(setUp(script, { status: ["succeeded"] }).source, null, 5)).ids).toEqual(["t-2"]);
    expect((await pulled(setUp(script, { status: ["failed", "running"] }).source, null, 5)).ids).toEqual([
      "t-1",
      "t-3",
    ]);
  });

  test("reads no details of ended tasks when only open ones are requested", async () => {
    const { provider, source } = setUp(
      { pages: [[endedRow("t-1"), ...runningRows(2, 2)]] },
      { status: ["running", "pending"] },
    );
    expect((await pulled(source, null, 5)).ids).toEqual(["t-2"]);
    expect(provider.calls).toEqual(["list {}"]);
  });

  test("reads only the details that a short answer needs", async () => {
    const all = ids(1, 50);
    const details = Object.fromEntries(all.map((nativeId) => [nativeId, ended(nativeId)]));
    const { provider, source } = setUp({ pages: [all.map(endedRow)], details });
    await source.pull(null, 3);
    expect(provider.calls.filter((call) => call.startsWith("get "))).toHaveLength(3);
    await source.pull(null, 25);
    expect(provider.calls.filter((call) => call.startsWith("get "))).toHaveLength(3 + 26);
  });

  test("returns a row whose details are unreadable as it is, with an error that names it", async () => {
    const denied = new ProviderError("unauthorized", "no right", { code: "Forbidden.RAM", requestId: "R-1" });
    const { errors, source } = setUp({ pages: [[endedRow("t-1"), ...runningRows(2, 2)]], details: { "t-1": denied } });
    expect((await pulled(source, null, 5)).rows.map(({ task }) => task.status)).toEqual(["unknown", "running"]);
    expect(errors).toEqual([
      {
        connection: "aliyun",
        region: "cn-hangzhou",
        kind: "unauthorized",
        code: "Forbidden.RAM",
        message: "no right",
        requestId: "R-1",
        taskId: "aliyun:cn-hangzhou:t-1",
      },
    ]);
  });

  test("reads the status of a bare row from the ledger, or else from the provider, and keeps what only the row has", async () => {
    const image = { type: "image", id: "img-1", name: "golden" } as const;
    const bare = (nativeId: string) => ({
      ...row(sampleTask({ nativeId, createdAt: createdAt(nativeId), status: "unknown", resource: image })),
      bare: true,
    });
    const details = { "t-1": sampleTask({ nativeId: "t-1", status: "running" }) };
    const { provider, source } = setUp({ pages: [ids(1, 3).map(bare)], details }, {}, [ended("t-2", "failed")]);
    const { rows } = await pulled(source, null, 5);
    expect(rows.map(({ task }) => [task.nativeId, task.status, task.resource?.name])).toEqual([
      ["t-1", "running", "golden"],
      ["t-2", "failed", undefined],
      ["t-3", "unknown", "golden"],
    ]);
    expect(provider.calls).toEqual(["list {}", "get t-1", "get t-3"]);
  });

  test("filters bare rows by what was read about their tasks", async () => {
    const bare = (nativeId: string) => ({
      ...row(sampleTask({ nativeId, createdAt: createdAt(nativeId), status: "unknown", nativeStatus: "CREATING" })),
      bare: true,
    });
    const running = (nativeId: string) => sampleTask({ nativeId, nativeStatus: "PROCESSING" });
    const failed = sampleTask({ nativeId: "t-2", status: "failed", nativeStatus: "FAILED" });
    const details = { "t-1": running("t-1"), "t-2": failed, "t-3": running("t-3") };
    const script = { pages: [ids(1, 3).map(bare)], details };
    expect((await pulled(setUp(script, { status: ["running"] }).source, null, 5)).ids).toEqual(["t-1", "t-3"]);
    expect((await pulled(setUp(script, { nativeStatus: "PROCESSING" }).source, null, 5)).ids).toEqual(["t-1", "t-3"]);
  });

  test.each([
    [1, 20],
    [5, 20],
    [60, 60],
  ])("reads, for %i tasks that few match, at most %i details", async (limit, most) => {
    const all = ids(1, 90);
    const details = Object.fromEntries(all.map((nativeId) => [nativeId, ended(nativeId)]));
    const { provider, source } = setUp({ pages: [all.map(endedRow)], details }, { status: ["failed"] });
    const first = await pulled(source, null, limit);
    expect(first.ids).toEqual([]);
    expect(provider.calls.filter((call) => call.startsWith("get "))).toHaveLength(most);
    await source.pull(positionOf(first), limit);
    expect(provider.calls).toContain(`get t-${most + 1}`);
  });

  test.each(["0:2", "3", "20:100", ""])("refuses the position %j of another version's cursor", async (position) => {
    const { source } = setUp({ pages: [runningRows(1, 3)] });
    const { type, detail } = await problemOf(() => source.pull(position, 5));
    expect(type).toBe("invalid-parameters");
    expect(detail.errors).toEqual([
      { field: "cursor", detail: expect.stringContaining("is not a cursor for these filters") },
    ]);
  });

  test("reports an unreadable row once in a walk and returns the others", async () => {
    const unreadable = [{ nativeId: "t-9", reason: "missing or of a wrong type: TaskStatus" }];
    const { errors, source } = setUp({ pages: [runningRows(1, 3)], unreadable });
    const first = await pulled(source, null, 2);
    await pulled(source, first.rows[1]?.after ?? "", 2);
    expect(errors.map(({ kind, taskId }) => [kind, taskId])).toEqual([["malformed", "aliyun:cn-hangzhou:t-9"]]);
  });

  test("fails with the provider's message when the list fails", async () => {
    const listError = new ProviderError("throttled", "slow down", { code: "Throttling", requestId: "R-1" });
    expect(await setUp({ listError }).source.pull(null, 5)).toEqual({
      failure: {
        connection: "aliyun",
        region: "cn-hangzhou",
        kind: "throttled",
        code: "Throttling",
        message: "slow down",
        requestId: "R-1",
      },
    });
  });

  test("rethrows errors that are not the provider's", async () => {
    await expect(setUp({ listError: new TypeError("a bug") }).source.pull(null, 5)).rejects.toThrow("a bug");
  });

  test("fails as unavailable when the provider has not responded when providerSignal aborts", async () => {
    const { providerSignal, source } = setUp({ silent: true });
    const answer = source.pull(null, 5);
    providerSignal.abort();
    expect(await answer).toMatchObject({ failure: { kind: "unavailable" } });
  });

  test("returns the rows read so far when providerSignal aborts while reading details", async () => {
    const all = ids(1, 45);
    const script: Script = { pages: [all.map(endedRow)], details: {} };
    const { providerSignal, source } = setUp(script);
    for (const nativeId of all) {
      script.details![nativeId] = async () => {
        if (nativeId !== "t-30") return ended(nativeId);
        providerSignal.abort();
        throw providerSignal.signal.reason;
      };
    }
    const first = await pulled(source, null, 60);
    expect(first.ids).toEqual(ids(1, 20));
    expect(positionOf(first)).toBe(first.rows.at(-1)?.after);
  });
});
