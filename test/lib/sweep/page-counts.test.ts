import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConnections } from "../../../lib/config/connections.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { createProviders } from "../../../lib/providers/index.ts";
import { sweepTargets } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { explain } from "../../fakes/explain.ts";
import { bodyOf, listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { noon } from "../../fakes/sweep-bench.ts";

const total = 150;
const rows = Array.from({ length: total }, (_, index) => ({
  TaskId: `t-${index}`,
  TaskAction: "ImportImage",
  TaskStatus: "Processing",
  CreationTime: "2026-01-31T11:59Z",
}));

let server: LoopbackServer;
beforeAll(async () => {
  server = await listenHttp(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const form = new URLSearchParams(await bodyOf(request));
    const parameter = (name: string) => form.get(name) ?? searchParams.get(name);
    response.end(JSON.stringify(pageOf(parameter)));
  });
});
afterAll(() => server.close());

/** What `TotalCount` counts: the rows of the page, or every task of the account, whatever the filters are. */
let counted: "page" | "account" = "page";
const ofTheAccount = 500;

/** Both wires have this answer. */
function pageOf(parameter: (name: string) => string | null): object {
  const [number, size] = [Number(parameter("PageNumber") ?? 1), Number(parameter("PageSize") ?? 10)];
  // All tasks are from the minute before noon.
  const matching = (parameter("EndTime") ?? "9999") >= "2026-01-31T11:59:00Z" ? rows : [];
  const Task = matching.slice((number - 1) * size, number * size);
  const TotalCount = counted === "page" ? Task.length : ofTheAccount;
  return { RequestId: "R", PageNumber: number, PageSize: size, TotalCount, TaskSet: { Task } };
}

function providersOf(connection: object) {
  const text = JSON.stringify({ connections: [{ name: "cloud", endpoint: server.url.href, ...connection }] });
  const clock = createManualClock(noon, { autoAdvance: true, autoAdvanceUpToMs: 10_000 });
  const call = createCaller({
    transport: createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxBodyBytes: 1_000_000 }),
    clock,
    random: { next: () => 0.5, nonce: () => "nonce" },
    rate: { perSecond: 1000, burst: 1000 },
    deadlineMs: 60_000,
    maxTries: 1,
  });
  const secrets = { resolve: async (reference: string) => `value of ${reference}` };
  const connections = parseConnections(text, { allowedHosts: [], allowLoopback: true });
  return { clock, providers: createProviders(connections, { clock, secrets, callerFor: () => call }) };
}

const clouds = [
  {
    provider: "alibaba-ecs",
    regions: ["cn-hangzhou"],
    credential: { accessKeyId: "env:ID", accessKeySecret: "env:SECRET" },
  },
  {
    provider: "apsara-route",
    regions: ["cn-qingdao-env17-d01"],
    userEmail: "ops@example.com",
    credential: { appKey: "env:KEY", appSecret: "env:SECRET" },
  },
];

async function sweepOnce(connection: (typeof clouds)[number]) {
  return sweepAt(connection, [0]);
}

/** Sweeps once at each of these times after noon. Returns the last report. */
async function sweepAt(connection: (typeof clouds)[number], timesMs: readonly number[]) {
  const { clock, providers } = providersOf(connection);
  const ledger = createMemoryLedger();
  const random = { next: () => 0.5, nonce: () => "" };
  // This cloud has no details to read progress from.
  const settings = { ...defaultSweepSettings, progressReadsPerSweep: 0 };
  const deps = { ledger, bus: createRecordingBus(), explain, clock, random, settings };
  let report: Awaited<ReturnType<typeof sweepTargets>>[number] | undefined;
  for (const timeMs of timesMs) {
    await clock.advance(noon + timeMs - clock.now());
    [report] = await sweepTargets(providers, deps, { ...unhurried, stopAtMs: clock.now() + 3_600_000 });
  }
  const ids = rows.map(({ TaskId }) => `cloud:${connection.regions[0]}:${TaskId}`);
  return { report, recorded: (await ledger.readTasks(ids, unhurried.signal)).records.size };
}

async function listAll(connection: (typeof clouds)[number]) {
  const { providers } = providersOf(connection);
  const deps = { providers, ledger: createMemoryLedger(), explain, now: () => noon, ...unhurried };
  const seen = new Set<string>();
  const errors = [];
  let cursor: string | null = null;
  do {
    const search: string = cursor === null ? "source=live&limit=100" : `source=live&limit=100&cursor=${cursor}`;
    const page = await listTasks(parseListQuery(search, providers), deps);
    errors.push(...page.errors);
    for (const { id } of page.tasks) seen.add(id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { seen: seen.size, errors };
}

describe.each(clouds)("a $provider that counts only the rows of the page", (connection) => {
  beforeAll(() => {
    counted = "page";
  });

  test("has all of its tasks recorded by one sweep", async () => {
    const { report, recorded } = await sweepOnce(connection);
    expect(report).toMatchObject({ listed: total, changed: total, reconciled: 0, finished: true });
    expect(recorded).toBe(total);
  });

  test("has all of its tasks in a live list", async () => {
    expect(await listAll(connection)).toEqual({ seen: total, errors: [] });
  });
});

describe.each(clouds)("a $provider that counts all tasks of the account, whatever the filters are", (connection) => {
  beforeAll(() => {
    counted = "account";
  });

  test("has all of its tasks recorded by one sweep, which says that the count is wrong", async () => {
    const { report, recorded } = await sweepOnce(connection);
    expect(report).toMatchObject({ listed: total, changed: total, finished: true });
    expect(recorded).toBe(total);
    const wrong = { kind: "unreadable", message: expect.stringContaining(`of ${ofTheAccount} tasks were listed`) };
    expect(report?.problems).toContainEqual(expect.objectContaining(wrong));
  });

  test("holds the checkpoint and fails sweeps for an hour, and then is only counted as unreadable", async () => {
    const { report: before } = await sweepAt(connection, [0, 59 * 60_000]);
    expect(before?.problems).not.toEqual([]);
    const { report: after } = await sweepAt(connection, [0, 30 * 60_000, 61 * 60_000]);
    expect(after).toMatchObject({ problems: [], finished: true });
    expect(after?.unreadable).toBeGreaterThan(0);
  });

  test("has all of its tasks in a live list, which says that the count is wrong", async () => {
    const { seen, errors } = await listAll(connection);
    expect(seen).toBe(total);
    const message = expect.stringContaining(`only ${total} of ${ofTheAccount} tasks were listed`);
    expect(errors).toContainEqual(expect.objectContaining({ connection: "cloud", message }));
  });
});
