import { reportConnections } from "../../lib/http/connections-report.ts";
import { addressOf, findTaskDetail } from "../../lib/http/find-task.ts";
import { checkHealth } from "../../lib/http/health.ts";
import { Problem } from "../../lib/http/problem.ts";
import { RecordRefusedError } from "../../lib/ledger/ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { remainsOf } from "../../lib/ledger/remains.ts";
import type { Item } from "../../lib/ledger/unreadable-item.ts";
import { listTasks } from "../../lib/list/list-tasks.ts";
import type { TaskList } from "../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../lib/list/query.ts";
import { explain } from "../fakes/explain.ts";
import { createMemoryLedger } from "../fakes/memory-ledger.ts";
import { createSweepBench, hour, minute } from "../fakes/sweep-bench.ts";
import type { SweepBench } from "../fakes/sweep-bench.ts";
import { hostileItems, itemsIn } from "./hostile-items.ts";
import type { BrokenPromise, HostileCase, Observation, Subject } from "./observation.ts";

/** A ledger in memory, its items damaged, under the sweep, the lists, and the other calls that read it. */

const prefix = "aliyun:cn-hangzhou:";
const neighbors = ["t-open", "t-untold"].map((nativeId) => `${prefix}${nativeId}`);
const victims = ["t-bad-open", "t-bad-untold", "t-bad-told"].map((nativeId) => `${prefix}${nativeId}`);

/** @param wrap puts a wrong ledger in the place of the true one */
export function ledgerSubject(wrap: (ledger: Ledger) => Ledger = (ledger) => ledger): Subject {
  let recorded: Promise<readonly Item[]> | undefined;
  const items = () => (recorded ??= recordItems());
  return {
    name: "the ledger with hostile items",
    cloud: "alibaba-ecs",
    shows: "nothing",
    asks: "list",
    seesStatus: true,
    makeCase: async (random) => hostileItems((await items()).filter(isVictim), random),
    observe: async (hostile) => observe(hostile, await items(), wrap),
  };
}

function isVictim({ id }: Item): boolean {
  return !neighbors.includes(String(id));
}

const running = { status: "running" } as const;
const succeeded = { status: "succeeded" } as const;

/** What sweeps have recorded of five tasks: two are open, two have ended and await the bus, and one is done with. */
async function recordItems(): Promise<readonly Item[]> {
  const memory = createMemoryLedger();
  const bench = createSweepBench({ ledger: () => memory });
  bench.task("t-bad-told", minute, succeeded);
  await bench.sweep();
  bench.bus.refusal = () => "down";
  for (const nativeId of ["t-untold", "t-bad-untold"]) bench.task(nativeId, minute, succeeded);
  for (const nativeId of ["t-open", "t-bad-open"]) bench.task(nativeId, minute, running);
  await bench.clock.advance(minute);
  await bench.sweep();
  await bench.deps.ledger.writeTargetList(
    { revision: 1, targets: [{ ...bench.cloud.target, unconfigured: null }] },
    null,
    new AbortController().signal,
  );
  return [...memory.items.values()];
}

interface Scene {
  readonly bench: SweepBench;
  readonly ledger: Ledger;
}

async function observe(
  hostile: HostileCase,
  items: readonly Item[],
  wrap: (ledger: Ledger) => Ledger,
): Promise<Observation> {
  const nothing = { delivered: [], seen: [], unreadable: [] };
  const memory = createMemoryLedger();
  for (const item of [...items, ...itemsIn(hostile).filter(isVictim)]) memory.items.set(String(item["id"]), item);
  const ledger = wrap(memory);
  const bench = createSweepBench({ ledger: () => ledger }, { settings: { stallAfterMs: 1000 * hour } });
  for (const id of [...neighbors, ...victims]) bench.task(id.slice(prefix.length), 3 * minute, succeeded);
  try {
    await bench.clock.advance(3 * minute);
    const owed = await owedCompletions({ bench, ledger });
    const broken = await readAll({ bench, ledger });
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      await bench.sweep();
      await bench.clock.advance(hour);
    }
    return { ...nothing, broken: [...broken, ...judgeEndings(owed, bench)] };
  } catch (thrown) {
    return { ...nothing, thrown };
  }
}

const { signal } = new AbortController();

/** The tasks whose completion the sweep must tell: the neighbors, and those whose broken record it may replace. */
async function owedCompletions({ ledger }: Scene): Promise<string[]> {
  const { unreadable } = await ledger.readTasks(victims, signal);
  const replaced = unreadable.filter((item) => item.fault === "broken" && item.record === undefined);
  return [...neighbors, ...replaced.filter((item) => !remainsOf(item).closed).map(({ id }) => id)];
}

function judgeEndings(owed: readonly string[], { bus }: SweepBench): BrokenPromise[] {
  const told = new Set(bus.events.map(({ detail }) => detail.subject));
  return owed
    .filter((id) => !told.has(id))
    .map((id) => ({ property: "endings-told", what: `${id} was not completed` }));
}

async function readAll(scene: Scene): Promise<BrokenPromise[]> {
  const { bench, ledger } = scene;
  const { cloud, clock } = bench;
  const providers = [cloud];
  const rateOf = () => ({ perSecond: 1, burst: 1 });
  const deps = { providers, ledger, log: () => undefined, explain, now: clock.now, signal, rateOf };
  await checkHealth(deps).catch(onlyProblems);
  await reportConnections(deps);
  for (const id of victims) {
    const looking = { ledger, now: clock.now, signal, providerSignal: signal };
    await findTaskDetail(addressOf(id, providers), looking).catch(onlyProblems);
  }
  await ledger.readTarget(cloud.target, signal).catch(onlyRefusals);
  await ledger.readTargetList(signal).catch(onlyRefusals);
  const lists = await Promise.all(["source=ledger&limit=100", "pendingEvent=true&limit=100"].map(list));
  await list("stalled=true&limit=100");
  return [...lists.flatMap(({ found }, index) => judgeNeighbors(found, index)), ...(await judgeNames(lists, ledger))];

  async function list(search: string) {
    const limits = { signal, providerSignal: signal };
    const { tasks, errors } = await listTasks(parseListQuery(search, providers), { ...deps, ...limits });
    return { found: new Set(tasks.map(({ id }) => id)), named: new Set(errors.flatMap(taskIn)) };
  }
}

function taskIn(failure: TaskList["errors"][number]): string[] {
  return "taskId" in failure ? [failure.taskId] : [];
}

function judgeNeighbors(found: ReadonlySet<string>, index: number): BrokenPromise[] {
  const expected = index === 0 ? neighbors : neighbors.slice(1);
  return expected.filter((id) => !found.has(id)).map((id) => ({ property: "neighbors-kept", what: `${id} is gone` }));
}

async function judgeNames(
  [listed, pending]: readonly { readonly found: ReadonlySet<string>; readonly named: ReadonlySet<string> }[],
  ledger: Ledger,
): Promise<BrokenPromise[]> {
  const { unreadable } = await ledger.readTasks(victims, signal);
  return unreadable.flatMap(({ id, stored }) => {
    const isListed = stored["listTarget"] === prefix.slice(0, -1) && stored["listKey"] !== undefined;
    const isPending = stored["pendingTarget"] === prefix.slice(0, -1) && stored["pendingAtMs"] !== undefined;
    const isKnown = (list: typeof listed) => list?.named.has(id) || list?.found.has(id);
    const silent = (isListed && !isKnown(listed)) || (isPending && !isKnown(pending));
    return silent ? [{ property: "items-named", what: `${id} is neither shown nor named` } as const] : [];
  });
}

function onlyProblems(error: unknown): void {
  if (!(error instanceof Problem)) throw error;
}

function onlyRefusals(error: unknown): void {
  if (!(error instanceof RecordRefusedError)) throw error;
}
