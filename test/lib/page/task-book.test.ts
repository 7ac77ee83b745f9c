import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Task } from "../../../lib/page/api-answers.ts";
import { createApiClient } from "../../../lib/page/api-client.ts";
import { RoundEndedError, emptyBook, refreshBook } from "../../../lib/page/task-book.ts";
import type { TaskBook } from "../../../lib/page/task-book.ts";
import { startFakeApi } from "../../page/fake-api.ts";
import type { FakeApi } from "../../page/fake-api.ts";
import { endedTask, openTask } from "../../page/scene.ts";

const minuteMs = 60_000;
const startMs = Date.parse("2026-11-27T14:00:00Z");

let api: FakeApi;
let nowMs = startMs;
let book: TaskBook;
beforeAll(async () => {
  api = await startFakeApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  nowMs = startMs;
  book = emptyBook();
  Object.assign(api, { tasks: [], stalledIds: new Set(), outage: null, token: null, errors: [] });
});

async function refresh(): Promise<{ pages: number; calls: string[] }> {
  const client = createApiClient({ fetch, baseUrl: api.url, token: () => null });
  const before = api.calls.length;
  const pages = await refreshBook(book, { client, now: () => nowMs, onChange: () => undefined });
  return { pages, calls: api.calls.slice(before).map(({ path }) => path) };
}

const ended = (nativeId: string, minutesAgo: number) =>
  endedTask({ nativeId, name: nativeId, createdMs: startMs - minutesAgo * minuteMs }, minuteMs);
const open = (nativeId: string, minutesAgo: number) =>
  openTask({ nativeId, name: nativeId, createdMs: startMs - minutesAgo * minuteMs });
const known = () => [...book.tasks.values()].map(({ nativeId, status }) => `${nativeId} ${status}`).toSorted();
const many = (count: number): Task[] => Array.from({ length: count }, (_, index) => ended(`t-${index}`, index + 1));

describe("refreshBook()", () => {
  test("first reads all tasks of a week, and open ones of any age", async () => {
    const days = 24 * 60;
    api.tasks = [open("new", 5), ...many(198), ended("old", 8 * days), open("old-open", 9 * days)];
    const { pages } = await refresh();
    expect([pages, book.tasks.size]).toEqual([4, 201]);
    expect(known()).toContain("old-open running");
  });

  test("then reads only as far as a task may have changed", async () => {
    api.tasks = [...many(90), open("moving", 100), ...many(300).slice(100)];
    await refresh();
    nowMs += 5000;
    const next = await refresh();
    expect(next.calls).toEqual(["/tasks?source=ledger&limit=100"]);
    api.tasks = api.tasks.map((task) => (task.nativeId === "moving" ? ended("moving", 100) : task));
    nowMs += 5000;
    await refresh();
    expect(known()).toContain("moving succeeded");
  });

  test("learns which tasks have stalled, and does not read as far as they are old", async () => {
    api.tasks = [...many(150), open("stuck", 200)];
    api.stalledIds = new Set(["aliyun:cn-hangzhou:stuck"]);
    await refresh();
    expect([...book.stalledIds]).toEqual(["aliyun:cn-hangzhou:stuck"]);
    nowMs += 30_000;
    expect((await refresh()).calls).toEqual(["/tasks?source=ledger&limit=100", "/tasks?stalled=true&limit=100"]);
  });

  test("looks for a stalled task by itself once it is no longer listed as stalled", async () => {
    api.tasks = [...many(150), open("stuck", 200), open("forgotten", 201)];
    api.stalledIds = new Set(["aliyun:cn-hangzhou:stuck", "aliyun:cn-hangzhou:forgotten"]);
    await refresh();
    api.tasks = [...many(150), ended("stuck", 200)];
    api.stalledIds = new Set();
    nowMs += 30_000;
    const { calls } = await refresh();
    expect(calls.slice(-2).toSorted()).toEqual([
      "/tasks/aliyun:cn-hangzhou:forgotten",
      "/tasks/aliyun:cn-hangzhou:stuck",
    ]);
    expect(known()).toContain("stuck succeeded");
    expect(known().join()).not.toContain("forgotten");
  });

  test("forgets after ten minutes what no list shows any more", async () => {
    api.tasks = [ended("a", 1), ended("b", 2)];
    await refresh();
    api.tasks = [ended("a", 1)];
    nowMs += 5000;
    await refresh();
    expect(known()).toHaveLength(2);
    nowMs += 10 * minuteMs;
    await refresh();
    expect(known()).toEqual(["a succeeded"]);
  });

  test("stops at a hundred pages and says so", async () => {
    api.tasks = Array.from({ length: 10_050 }, (_, index) => ended(`t-${index}`, index / 10));
    const { pages } = await refresh();
    expect([pages > 100, book.tasks.size, book.isCut]).toEqual([true, 10_000, true]);
  }, 60_000);

  test("keeps what the lists lack", async () => {
    api.errors = [
      { connection: "edge", region: "global", kind: "unavailable", code: null, message: "no answer", requestId: null },
    ];
    await refresh();
    expect(book.problems).toMatchObject([{ connection: "edge", message: "no answer" }]);
    api.errors = [];
    nowMs += 5000;
    await refresh();
    expect(book.problems).toEqual([]);
  });

  test("keeps what it knows when the API does not answer", async () => {
    api.tasks = [open("a", 1)];
    await refresh();
    api.outage = { status: 503, retryAfterSeconds: 42 };
    nowMs += 5000;
    const round = await refresh().catch((error: unknown) => error);
    expect(round).toBeInstanceOf(RoundEndedError);
    expect(round).toMatchObject({ answer: { kind: "failed", retryAfterMs: 42_000 } });
    expect(known()).toEqual(["a running"]);
  });

  test("ends the round when the token is refused", async () => {
    api.token = "another";
    await expect(refresh()).rejects.toMatchObject({ answer: { kind: "refused", status: 401 } });
  });
});
