import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Provider } from "../../../lib/domain/provider.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { Problem } from "../../../lib/http/problem.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sandboxProvider } from "../../fakes/sandbox-provider.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";
import type { CloudName } from "../../sandbox/exchange.ts";
import { createTestClock } from "../../sandbox/test-clock.ts";

/**
 * Walks live lists of the sandbox clouds while tasks begin, end, and are deleted: between the pages of the answer, and
 * between the calls that one page needs. The oracle knows only which tasks the cloud had at each moment.
 */

/** Of each walk. More for a search: `RUNS=200 npm test -- test/lib/list/live-pages`. */
const runs = Number(process.env["RUNS"] ?? 8);
const startMs = Date.UTC(2026, 10, 21, 12, 0, 30);
const minuteMs = 60_000;

const clock = createTestClock(startMs);
const ledger = createMemoryLedger();
let clouds: SandboxClouds;
/** Runs before each call to a cloud. */
let beforeCall: () => void = () => {};

beforeAll(async () => {
  const rates = { alibabaEcsPerMinute: 1e6, apsaraRoutePerMinute: 1e6, tencentEcmPerSecond: 1e6 };
  clouds = await startSandboxClouds({ clock, rates, wireClock: { now: () => Date.now() } });
});
afterAll(() => clouds.stop());

const ending = fc.constantFrom(
  { kind: "succeeded" } as const,
  { kind: "failed", code: "OSS.NotFound", message: "no such object" } as const,
  { kind: "stalls" } as const,
  { kind: "vanishes" } as const,
);
const plan = fc.record({ pendingMs: fc.constant(0), runningMs: fc.nat(90 * minuteMs), ending });
/** Tasks that began together, so many minutes before the walk. */
const group = fc.record({
  minutesAgo: fc.integer({ min: 1, max: 60 }),
  secondsIntoMinute: fc.constantFrom(0, 0, 17, 59),
  count: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.constant(130) },
  ),
  plan,
});
const event = fc.oneof(
  fc.record({ kind: fc.constant("begins" as const), plan }),
  fc.record({ kind: fc.constant("is deleted" as const), which: fc.nat() }),
  fc.record({ kind: fc.constant("time passes" as const), ms: fc.nat(3 * minuteMs) }),
);
const casesOf = (mostGroups: number) =>
  fc.record({
    groups: fc.array(group, { minLength: 1, maxLength: mostGroups, size: "max" }),
    /** Between two pages of the answer. */
    betweenPages: fc.array(fc.array(event, { maxLength: 4 }), { maxLength: 60, size: "max" }),
    /** Before a call to the cloud. */
    betweenCalls: fc.array(fc.array(event, { maxLength: 2 }), { maxLength: 40, size: "max" }),
    filter: fc.constantFrom("", "status=running", "status=failed", "createdAfter=2026-11-21T11:20:00Z"),
  });
type Case = ReturnType<typeof casesOf> extends fc.Arbitrary<infer Value> ? Value : never;
type Happening = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

function begin(cloud: CloudName, { groups }: Case): void {
  for (const { task } of clouds.tasks.all()) clouds.tasks.remove(task.cloud, task.nativeId);
  clock.advance(startMs - clock.now());
  const minute = Math.floor(startMs / minuteMs) * minuteMs;
  for (const { minutesAgo, secondsIntoMinute, count, plan: itsPlan } of groups) {
    const createdAtMs = minute - minutesAgo * minuteMs + secondsIntoMinute * 1000;
    for (let index = 0; index < count; index += 1) {
      clouds.tasks.addTask({ cloud, action: "ImportImage", createdAtMs, plan: itsPlan });
    }
  }
}

function happen(cloud: CloudName, what: Happening): void {
  if (what.kind === "time passes") return clock.advance(what.ms);
  if (what.kind === "begins") {
    clock.advance(1_000);
    clouds.tasks.addTask({ cloud, action: "ImportImage", plan: what.plan });
    return;
  }
  const there = clouds.tasks.visible(cloud);
  const { nativeId } = there[what.which % Math.max(1, there.length)]?.task ?? {};
  if (nativeId !== undefined) clouds.tasks.remove(cloud, nativeId);
}

/** The ids of the tasks that a list with this filter must show now. */
function matching(cloud: CloudName, { filter }: Case): Set<string> {
  const views = clouds.tasks.visible(cloud).filter(({ task, state }) => {
    // ECM names only the tasks of images that are not finished.
    if (cloud === "tencent-ecm" && state.phase === "succeeded") return false;
    if (filter.startsWith("status=")) return state.phase === filter.slice("status=".length);
    return filter === "" || task.createdAtMs >= Date.UTC(2026, 10, 21, 11, 20);
  });
  return new Set(views.map(({ task }) => task.nativeId));
}

interface Walked {
  readonly tasks: readonly Task[];
  /** The ids of the tasks that matched from the first call to the last. */
  readonly standing: ReadonlySet<string>;
}

async function walk(cloud: CloudName, one: Case, limit: number): Promise<Walked> {
  begin(cloud, one);
  const provider = sandboxProvider(cloud, clouds, { beforeCall: () => beforeCall() });
  let standing = matching(cloud, one);
  const play = (events: readonly Happening[] = []) => {
    for (const what of events) {
      happen(cloud, what);
      const now = matching(cloud, one);
      standing = new Set([...standing].filter((id) => now.has(id)));
    }
  };
  const betweenCalls = [...one.betweenCalls];
  const betweenPages = [...one.betweenPages];
  const tasks: Task[] = [];
  let cursor: string | null = null;
  beforeCall = () => play(betweenCalls.shift());
  let isFirst = true;
  for (let turn = 0; isFirst || cursor !== null; turn += 1) {
    if (turn > 3_000) throw new Error("the walk does not end");
    const page = await listPage(`limit=${limit}&${one.filter}${cursor === null ? "" : `&cursor=${cursor}`}`, provider);
    if (page === undefined) continue;
    isFirst = false;
    tasks.push(...page.tasks);
    cursor = page.nextCursor;
    play(betweenPages.shift());
  }
  beforeCall = () => {};
  return { tasks, standing };
}

/** `undefined` if rows moved whenever the list was read again; the caller asks once more. */
async function listPage(search: string, provider: Provider) {
  const deps = { providers: [provider], ledger, explain, now: () => clock.now(), ...unhurried };
  try {
    const page = await listTasks(parseListQuery(search, [provider]), deps);
    expect(page.errors).toEqual([]);
    return page;
  } catch (error) {
    if (!(error instanceof Problem) || error.type !== "provider-failed") throw error;
    expect(error.detail.providers).toMatchObject([{ message: expect.stringContaining("rows moved") }]);
    return undefined;
  }
}

describe.each<CloudName>(["alibaba-ecs", "apsara-route", "tencent-ecm"])("a live list of %s", (cloud) => {
  test.each([
    [1, 8],
    [7, 25],
    [100, 50],
  ])(
    "walked by %i shows each task that stands throughout exactly once, newest first, while others come and go",
    async (limit, mostGroups) => {
      await fc.assert(
        fc.asyncProperty(casesOf(mostGroups), async (one) => {
          const { tasks, standing } = await walk(cloud, one, limit);
          const shown = tasks.map(({ nativeId }) => nativeId);
          expect(new Set(shown).size).toBe(shown.length);
          expect([...standing].filter((id) => !shown.includes(id))).toEqual([]);
          const times = tasks.map(({ createdAt }) => createdAt ?? "");
          expect(times).toEqual(times.toSorted().toReversed());
        }),
        { numRuns: runs, endOnFailure: true },
      );
    },
    600_000,
  );
});
