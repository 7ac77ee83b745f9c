import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limitsOfShare } from "../../../lib/config/rate-share.ts";
import type { RateShare } from "../../../lib/config/rate-share.ts";
import { systemClock } from "../../../lib/config/system-clock.ts";
import type { Provider } from "../../../lib/domain/provider.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { tencentEcm } from "../../../lib/providers/tencent-ecm/descriptor.ts";
import { explain } from "../../fakes/explain.ts";
import { write } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createMemoryRateStore } from "../../fakes/memory-rate-store.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sandboxProvider } from "../../fakes/sandbox-provider.ts";
import { recordOf } from "../../fakes/task-book.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";
import type { CloudName } from "../../sandbox/exchange.ts";
import { createTestClock } from "../../sandbox/test-clock.ts";

/** What live lists cost at the sandbox clouds. */

const startMs = Date.UTC(2026, 10, 21, 12);
const clock = createTestClock(startMs);
let clouds: SandboxClouds;
beforeEach(async () => {
  const rates = { alibabaEcsPerMinute: 1e6, apsaraRoutePerMinute: 1e6, tencentEcmPerSecond: 1e6 };
  clouds = await startSandboxClouds({ clock, rates, wireClock: { now: () => Date.now() } });
});
afterEach(() => clouds.stop());

const never = { pendingMs: 0, runningMs: 1_000, ending: { kind: "stalls" } } as const;
const failed = {
  pendingMs: 0,
  runningMs: 0,
  ending: { kind: "failed", code: "C", message: "no such object" },
} as const;

function addTasks(cloud: CloudName, count: number, plan: typeof never | typeof failed = never): void {
  for (let index = 0; index < count; index += 1) {
    clouds.tasks.addTask({ cloud, action: "ImportImage", createdAtMs: startMs - index * 61_000, plan });
  }
}

function setUp(cloud: CloudName) {
  const provider = sandboxProvider(cloud, clouds);
  const deps = { providers: [provider], ledger: createMemoryLedger(), explain, now: () => startMs, ...unhurried };
  const list = (search: string) => listTasks(parseListQuery(search, [provider]), deps);
  return { ledger: deps.ledger, list };
}

function callsTo(cloud: "alibabaEcs" | "apsaraRoute" | "tencentEcm"): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const { api } of clouds[cloud].requests.splice(0)) calls[api] = (calls[api] ?? 0) + 1;
  return calls;
}

describe("limit=5 at tencent-ecm", () => {
  test.each([
    [1, 1, 1],
    [100, 1, 5],
    [1_000, 11, 5],
  ])("makes, with %i unfinished images, %i calls for images and %i for tasks", async (count, images, tasks) => {
    addTasks("tencent-ecm", count);
    const { list } = setUp("tencent-ecm");
    const page = await list("limit=5");
    expect(page.tasks.map(({ status }) => status)).toEqual(Array.from({ length: tasks }, () => "running"));
    expect(callsTo("tencentEcm")).toEqual({ DescribeImage: images, DescribeCustomImageTask: tasks });
  });

  test("reads no task whose end the sweep has recorded", async () => {
    addTasks("tencent-ecm", 100, failed);
    const { ledger, list } = setUp("tencent-ecm");
    const { tasks } = await list("limit=5");
    expect(callsTo("tencentEcm")).toEqual({ DescribeImage: 1, DescribeCustomImageTask: 5 });
    await write(ledger, ...tasks.map((task) => recordOf(task)));
    expect((await list("limit=5")).tasks).toEqual(tasks);
    expect(callsTo("tencentEcm")).toEqual({ DescribeImage: 1 });
  });

  test("reads at most 20 tasks for a filter that none of 1,000 matches", async () => {
    addTasks("tencent-ecm", 1_000);
    const { tasks, nextCursor } = await setUp("tencent-ecm").list("limit=5&status=failed");
    expect(tasks).toEqual([]);
    expect(nextCursor).not.toBeNull();
    expect(callsTo("tencentEcm")).toEqual({ DescribeImage: 11, DescribeCustomImageTask: 20 });
  });
});

// A machine that stops for seconds looks like a sweep that waits.
test("live lists of tencent-ecm neither delay the sweep's calls nor get any call throttled", { retry: 2 }, async () => {
  await clouds.stop();
  // The cloud's own limit of 20 calls per second for each API.
  clouds = await startSandboxClouds({ clock, wireClock: systemClock });
  addTasks("tencent-ecm", 300);
  const ids = clouds.tasks.visible("tencent-ecm").map(({ task }) => task.nativeId);
  const store = createMemoryRateStore();
  const providerWith = (share: RateShare) => {
    const rate = { perSecond: tencentEcm.callsPerSecond, burst: tencentEcm.callsPerSecond };
    const limits = {
      clock: systemClock,
      ...limitsOfShare(share, { connection: "c", rate, store, clock: systemClock }),
    };
    return sandboxProvider("tencent-ecm", clouds, { limits });
  };
  const [sweep, ...http] = [providerWith("sweep"), providerWith("http"), providerWith("http")];
  const deps = { ledger: createMemoryLedger(), explain, now: Date.now, ...unhurried };
  const startedAtMs = performance.now();
  const swept = new AbortController();
  const listAgain = async (provider: Provider) => {
    while (!swept.signal.aborted)
      await listTasks(parseListQuery("limit=5", [provider]), { ...deps, providers: [provider] });
  };
  const lists = http.map(listAgain);
  const { sightings } = await sweep!.getMany(ids.slice(0, 28), unhurried.signal);
  const sweptMs = performance.now() - startedAtMs;
  swept.abort();
  await Promise.all(lists);
  expect(sightings).toHaveLength(28);
  // A burst of 7, then 7 a second. With the other 30 %, it would wait for the lists.
  expect(sweptMs).toBeLessThan(5_000);
  expect(clouds.tencentEcm.requests.filter(({ code }) => code !== null)).toEqual([]);
});

describe.each([
  ["alibaba-ecs", "alibabaEcs"],
  ["apsara-route", "apsaraRoute"],
] as const)("a live list of %s", (cloud, name) => {
  test("makes one call for each page of up to 100 running tasks, at its start and later", async () => {
    addTasks(cloud, 1_000);
    const { list } = setUp(cloud);
    let cursor: string | null = null;
    const costs: (number | undefined)[] = [];
    for (let page = 0; page < 12; page += 1) {
      const answer: Awaited<ReturnType<typeof list>> = await list(`limit=40${cursor ? `&cursor=${cursor}` : ""}`);
      expect(answer.tasks).toHaveLength(40);
      cursor = answer.nextCursor;
      costs.push(callsTo(name)["DescribeTasks"]);
    }
    expect(costs).toEqual(costs.map(() => 1));
  });
});
