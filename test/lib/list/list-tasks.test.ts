import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Provider } from "../../../lib/domain/provider.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { write } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider, row } from "../../fakes/scripted-provider.ts";
import type { Script } from "../../fakes/scripted-provider.ts";
import { createTaskBook, recordOf } from "../../fakes/task-book.ts";

const down = new ProviderError("unavailable", "connection refused");

function target(connection: string, script: Script, count = 3) {
  const pages = Array.from({ length: count }, (_, index) => [
    row(
      sampleTask({
        connection,
        nativeId: `t-${index}`,
        createdAt: new Date(Date.UTC(2026, 0, 9 - index)).toISOString(),
      }),
    ),
  ]);
  return createScriptedProvider({
    pages,
    target: { connection, provider: "alibaba-ecs", region: "cn-hangzhou" },
    ...script,
  });
}

const ledger = createTaskBook();

function list(search: string, providers: readonly Provider[]) {
  return listTasks(parseListQuery(search, providers), { providers, ledger, explain, now: () => 0, ...unhurried });
}

describe("listTasks()", () => {
  test("walks through several targets to the end and lists each task once", async () => {
    const providers = [target("a", {}, 5), target("b", {}, 2), target("c", {}, 0)];
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const search: string = cursor === null ? "limit=2" : `limit=2&cursor=${cursor}`;
      const page = await list(search, providers);
      seen.push(...page.tasks.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const expected = ["a", "b"].flatMap((name) => ids(name, name === "a" ? 5 : 2));
    expect(seen.toSorted()).toEqual(expected);
  });

  test("returns the other targets' tasks when one fails, and keeps its position in the cursor", async () => {
    const script: Script = { listError: down };
    const providers = [target("a", {}, 3), target("b", script, 1)];
    const first = await list("limit=1", providers);
    expect(first.tasks.map(({ id }) => id)).toEqual(["a:cn-hangzhou:t-0"]);
    expect(first.errors).toMatchObject([{ connection: "b", kind: "unavailable", message: "connection refused" }]);
    delete script.listError;
    const second = await list(`limit=10&cursor=${first.nextCursor}`, [providers[0]!, target("b", {}, 1)]);
    expect(second.tasks.map(({ id }) => id).toSorted()).toEqual([...ids("a", 3).slice(1), ...ids("b", 1)]);
  });

  test("includes unconfigured targets in lists from the ledger only, and in their age", async () => {
    const old = { connection: "old", provider: "alibaba-ecs", region: "cn-hangzhou" };
    const providers = [target("a", {})];
    const recorded = createMemoryLedger();
    await write(
      recorded,
      recordOf(sampleTask({ connection: "old", nativeId: "t-1" }), { stalledAtMs: 1 }),
      recordOf(sampleTask({ connection: "a", nativeId: "t-2" })),
    );
    const swept = (lastAnsweredAtMs: number) => ({ ...sampleTargetState, lastAnsweredAtMs });
    await recorded.writeTarget(old, swept(1000), null, unhurried.signal);
    await recorded.writeTarget({ ...old, connection: "a" }, swept(60_000), null, unhurried.signal);
    const deps = { providers, unconfigured: [old], ledger: recorded, explain, now: () => 61_000, ...unhurried };
    const named = [...providers, { target: old }];
    const idsOf = async (search: string) =>
      (await listTasks(parseListQuery(search, named), deps)).tasks.map(({ id }) => id).toSorted();
    expect(await idsOf("source=ledger")).toEqual(["a:cn-hangzhou:t-2", "old:cn-hangzhou:t-1"]);
    expect(await idsOf("source=ledger&connection=a")).toEqual(["a:cn-hangzhou:t-2"]);
    expect(await idsOf("stalled=true")).toEqual(["old:cn-hangzhou:t-1"]);
    expect(await idsOf("")).toEqual(ids("a", 3));
    expect((await listTasks(parseListQuery("source=ledger", named), deps)).ageSeconds).toBe(60);
    expect((await listTasks(parseListQuery("source=ledger&connection=a", named), deps)).ageSeconds).toBe(1);
  });

  test("reads only the targets that the query names", async () => {
    const providers = [target("a", {}), target("b", {})];
    const { tasks } = await list("connection=b", providers);
    expect(tasks.map(({ connection }) => connection)).toEqual(["b", "b", "b"]);
    expect(providers[0]?.calls).toEqual([]);
  });

  test("names whole targets first and counts the errors that it leaves out", async () => {
    const unreadable = Array.from({ length: 2000 }, (_, n) => ({ nativeId: `t-${n}`, reason: "語".repeat(900) }));
    const {
      tasks,
      errors,
      omittedErrors = 0,
    } = await list("", [target("a", { unreadable }), target("b", { listError: down })]);
    expect(tasks).toHaveLength(3);
    expect(errors.slice(0, 2)).toMatchObject([
      { connection: "b", kind: "unavailable" },
      { taskId: "a:cn-hangzhou:t-0" },
    ]);
    expect(errors.length + omittedErrors).toBe(2001);
    expect(JSON.stringify(JSON.stringify(errors)).length).toBeLessThan(1024 * 1024);
    expect(omittedErrors).toBeGreaterThan(0);
  });

  test("answers 502 with every failure when all targets fail", async () => {
    const providers = [
      target("a", { listError: down }),
      target("b", { listError: new ProviderError("throttled", "slow") }),
    ];
    const { type, detail } = await problemOf(() => list("", providers));
    expect(type).toBe("provider-failed");
    expect(detail.providers).toMatchObject([
      { connection: "a", kind: "unavailable" },
      { connection: "b", kind: "throttled" },
    ]);
  });

  test("answers 502 when the only target left in a cursor fails", async () => {
    const providers = [target("a", {}, 2), target("b", {}, 0)];
    const { nextCursor } = await list("limit=1", providers);
    const broken = [target("a", { listError: down }, 2), target("b", {}, 0)];
    expect((await problemOf(() => list(`limit=1&cursor=${nextCursor}`, broken))).type).toBe("provider-failed");
  });

  test("rejects a cursor made for other filters or the other source", async () => {
    const providers = [target("a", {})];
    const { nextCursor } = await list("limit=1", providers);
    for (const other of ["status=running", "source=ledger", "connection=a"]) {
      const { detail } = await problemOf(() => list(`limit=1&cursor=${nextCursor}&${other}`, providers));
      expect(detail.errors?.map(({ field }) => field)).toEqual(["cursor"]);
    }
  });

  test("returns the others' tasks when one provider has not responded when providerSignal aborts", async () => {
    const providers = [target("a", {}), target("b", { silent: true })];
    const providerSignal = new AbortController();
    const answer = listTasks(parseListQuery("", providers), {
      providers,
      ledger,
      explain,
      now: () => 0,
      ...unhurried,
      providerSignal: providerSignal.signal,
    });
    setTimeout(() => providerSignal.abort(), 20);
    expect(await answer).toMatchObject({
      tasks: [{ connection: "a" }, { connection: "a" }, { connection: "a" }],
      errors: [{ connection: "b", kind: "unavailable" }],
    });
  });

  test("calls no provider when the ledger is the source", async () => {
    const providers = [target("a", { listError: down })];
    const book = createTaskBook([sampleTask({ connection: "a" }), sampleTask({ connection: "b" })]);
    const query = parseListQuery("source=ledger", providers);
    const { tasks, errors } = await listTasks(query, { providers, ledger: book, explain, now: () => 0, ...unhurried });
    expect([tasks.map(({ id }) => id), errors]).toEqual([["a:cn-hangzhou:t-1"], []]);
    expect(providers[0]?.calls).toEqual([]);
  });

  describe("reports the age of a ledger list", () => {
    const providers = [target("a", {}), target("b", {}), target("c", {})];
    const nowMs = Date.parse("2026-01-31T12:10:00.900Z");

    async function ageOf(search: string, secondsAgo: Record<string, number | null>, now = () => nowMs) {
      const swept = createMemoryLedger();
      for (const { target: one } of providers) {
        const ago = secondsAgo[one.connection];
        if (ago === undefined) continue;
        const lastAnsweredAtMs = ago === null ? null : Date.parse("2026-01-31T12:10:00.000Z") - ago * 1000;
        await swept.writeTarget(one, { ...sampleTargetState, lastAnsweredAtMs }, null, unhurried.signal);
      }
      const deps = { providers, ledger: swept, explain, now, ...unhurried };
      return (await listTasks(parseListQuery(search, providers), deps)).ageSeconds;
    }

    test("as unknown when a target was last swept in the future, by a wrong clock", async () => {
      expect(await ageOf("source=ledger", { a: 5, b: -43_200, c: 20 })).toBeNull();
      expect(await ageOf("source=ledger", { a: -30, b: -30, c: -30 })).toBe(0);
    });

    test("as that of the least recently swept requested target, in whole seconds", async () => {
      const swept = { a: 5, b: 70, c: 20 };
      expect(await ageOf("source=ledger", swept)).toBe(70);
      expect(await ageOf("source=ledger&connection=a&connection=c", swept)).toBe(20);
      expect(await ageOf("stalled=true&connection=a", swept)).toBe(5);
      expect(await ageOf("pendingEvent=true&connection=a", swept)).toBe(5);
    });

    test("as unknown when a requested target was never swept, or never with an answer", async () => {
      expect(await ageOf("source=ledger", { a: 5, b: 70 })).toBeNull();
      expect(await ageOf("source=ledger", { a: 5, b: 70, c: null })).toBeNull();
      expect(await ageOf("source=ledger&connection=b", { a: 5, b: 70 })).toBe(70);
    });

    test("as zero at least, and as unknown for a live list", async () => {
      expect(await ageOf("source=ledger&connection=a", { a: 5 }, () => nowMs - 30_000)).toBe(0);
      expect(await ageOf("", { a: 5, b: 5, c: 5 })).toBeNull();
    });
  });
});

function ids(connection: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${connection}:cn-hangzhou:t-${index}`);
}
