import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../fuzz/random.ts";
import type { Random } from "../fuzz/random.ts";
import { eventsOnDisk, subjectsOnBus } from "./bus-events.ts";
import { invoke } from "./child.ts";
import type { Child } from "./child.ts";
import { planSteps } from "./kill-plan.ts";
import { putBack, takeStep } from "./kill-steps.ts";
import type { Stage } from "./kill-steps.ts";
import { BusEvents, judgeKills } from "./kill-verdict.ts";
import type { Verdict } from "./kill-verdict.ts";
import { addTasks, learnTruth, trackWaiting } from "./kill-workload.ts";
import type { Truth } from "./kill-workload.ts";
import { leaseMs, startKillWorld } from "./kill-world.ts";
import type { KillWorld } from "./kill-world.ts";
import { openPendingEvents } from "./pending-events.ts";
import type { PendingEvents } from "./pending-events.ts";

export interface KillsOptions {
  /** Kills of the sweep; kills of the ledger and the bus come on top. */
  readonly kills: number;
  readonly seed: number;
  /** Folder of the built functions. */
  readonly bundles: string;
  /** Probability of also killing the ledger, and of also killing the bus, with each kill of the sweep. */
  readonly othersToo: number;
  readonly onKill?: (done: number) => void;
}

export interface KillsReport extends Verdict {
  readonly kills: number;
  readonly ledgerKills: number;
  readonly busKills: number;
  /** Times that the ledger went back to an older copy. */
  readonly restores: number;
  /** Connections that were removed for a while, and connections that were renamed. */
  readonly configurationChanges: number;
  /** Events that were pending when their connection was removed, and told before it was put back. */
  readonly toldWhileAway: number;
  /** Events that were due while their connection was away, and stayed untold. */
  readonly notToldWhileAway: readonly string[];
  /** Kills that left recorded events that were not yet on the bus. */
  readonly betweenWriteAndPublish: number;
  /** Kills that left events on the bus that were not yet marked as delivered. */
  readonly betweenPublishAndMark: number;
  /** False if something was still pending or missing after the longest wait. */
  readonly settled: boolean;
}

const longestEndMs = 150_000;
/** With no pending event, whatever is missing from the bus after this time stays missing. */
const longestQuietMs = 15_000;

export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const world = await startKillWorld(options.bundles);
  const pending = openPendingEvents(world);
  try {
    const random = createRandom(options.seed, 0);
    const stage = createStage(world, pending, random);
    const run: Run = { options, world, pending, truth: new Map(), random, tally: { ...nothing }, stage };
    await killAgainAndAgain(run);
    const settled = await settle(run);
    const answer = await fetch(`${world.busUrl}/events`);
    const newestFirst = BusEvents.parse(await answer.json()).events;
    const { restores, removals, renames, toldWhileAway, notToldWhileAway } = stage;
    const verdict = judgeKills(run.truth, newestFirst.toReversed(), restores);
    const steps = { restores: restores.length, configurationChanges: removals + renames };
    return { kills: options.kills, ...run.tally, ...steps, toldWhileAway, notToldWhileAway, settled, ...verdict };
  } finally {
    pending.stop();
    await world.stop();
  }
}

function createStage(world: KillWorld, pending: PendingEvents, random: Random): Stage {
  const tracker = world.startFunction("track");
  return {
    world,
    pending,
    random,
    client: { tracker, edgeConfigured: true, waiting: [], tracked: [] },
    next: world.startFunction("sweep"),
    copy: undefined,
    restores: [],
    configuration: { away: null, renamed: {} },
    removal: undefined,
    removals: 0,
    renames: 0,
    toldWhileAway: 0,
    notToldWhileAway: [],
  };
}

const nothing = { ledgerKills: 0, busKills: 0, betweenWriteAndPublish: 0, betweenPublishAndMark: 0 };

interface Run {
  readonly options: KillsOptions;
  readonly world: KillWorld;
  readonly pending: PendingEvents;
  readonly truth: Truth;
  readonly random: Random;
  readonly stage: Stage;
  readonly tally: { -readonly [Name in keyof typeof nothing]: number };
}

/** Always keeps one process loaded, so that a new sweep starts as soon as the old one is dead. */
async function killAgainAndAgain(run: Run): Promise<void> {
  const { options, world, random, truth, stage } = run;
  const { client } = stage;
  const steps = planSteps(options.kills, createRandom(options.seed, 1));
  await client.tracker.up;
  let before: Left = new Map();
  for (let done = 0; done < options.kills; done += 1) {
    const sweeper = stage.next;
    stage.next = world.startFunction("sweep");
    const [adding] = [addTasks(world, client, random)];
    await sweeper.up;
    // Until the dead sweep's leases expire, the next one would skip its targets instead of working.
    if (done > 0) await sleep(leaseMs);
    await killInWork(run, sweeper);
    await adding;
    before = await countWhatIsLeft(run, before);
    learnTruth(world, truth, { onBus: await subjectsOnBus(world), copiedAtMs: stage.copy?.atMs });
    const planned = steps.get(done) ?? [];
    for (const step of planned) await takeStep(step, stage);
    if (planned.length > 0) before = await pendingNow(run);
    options.onKill?.(done + 1);
  }
  await putBack(stage);
  await trackWaiting(client);
}

type Left = Awaited<ReturnType<PendingEvents["read"]>>;

async function pendingNow({ world, pending }: Run): Promise<Left> {
  await world.ledger.current().up;
  return pending.read();
}

/** Sweeps until the moment arrives. If a sweep ends before it, another one follows. */
async function killInWork(run: Run, sweeper: Child): Promise<void> {
  const dead = new AbortController();
  const moment = momentOf(run, dead.signal);
  const sweeping = (async () => {
    while (!dead.signal.aborted && (await invoke(sweeper, {})) !== undefined) await sleep(5);
  })();
  await moment;
  const [first, second] = run.random.chance(0.5)
    ? [sweeper.kill, killOthersOf(run)]
    : [killOthersOf(run), sweeper.kill];
  const othersBefore = run.tally.ledgerKills + run.tally.busKills;
  await first();
  // Long enough for a running sweep to hit the dead process and then the restarted one.
  if (first !== sweeper.kill && run.tally.ledgerKills + run.tally.busKills > othersBefore)
    await sleep(run.random.below(600));
  await second();
  dead.abort();
  await sweeping;
}

/** At a random time, right after a response of the clouds, or right after one of the bus. */
async function momentOf({ random, world }: Run, signal: AbortSignal): Promise<void> {
  const kind = random.below(4);
  if (kind === 0) return sleep(30 + random.below(500));
  if (kind === 1) await untilAccepted(world, signal);
  else await untilRequests(world, 1 + random.below(25), signal);
  if (random.chance(0.7)) await sleep(random.below(15));
}

async function untilRequests({ clouds }: KillWorld, count: number, signal: AbortSignal): Promise<void> {
  const seen = (): number => {
    const all = [clouds.alibabaEcs, clouds.apsaraRoute, clouds.tencentEcm];
    return all.reduce((sum, { requests }) => sum + requests.length, 0);
  };
  const enough = seen() + count;
  const deadlineMs = performance.now() + 5000;
  while (seen() < enough && performance.now() < deadlineMs && !signal.aborted) await sleep(1);
}

async function untilAccepted({ bus }: KillWorld, signal: AbortSignal): Promise<void> {
  const { process: busProcess } = bus.current();
  const { promise, resolve } = Promise.withResolvers<void>();
  const onMessage = (): void => resolve();
  busProcess.once("message", onMessage);
  // Sometimes there is nothing to publish.
  await Promise.race([promise, sleep(3000, undefined, { signal }).catch(() => undefined)]);
  busProcess.off("message", onMessage);
}

function killOthersOf({ options, random, world, tally }: Run): () => Promise<void> {
  const ledgerToo = random.chance(options.othersToo);
  const busToo = random.chance(options.othersToo);
  return async () => {
    if (ledgerToo) await world.ledger.killAndRestart();
    if (busToo) await world.bus.killAndRestart();
    tally.ledgerKills += Number(ledgerToo);
    tally.busKills += Number(busToo);
  };
}

/** What the killed sweep left behind that was not there before. */
async function countWhatIsLeft(run: Run, before: Left): Promise<Left> {
  const { world, tally } = run;
  const left = await pendingNow(run);
  const fresh = [...left.keys()].filter((id) => !before.has(id));
  const onBus = new Set((await eventsOnDisk(world)).map(({ detail }) => detail.id));
  if (fresh.some((id) => !onBus.has(id))) tally.betweenWriteAndPublish += 1;
  if (fresh.some((id) => onBus.has(id))) tally.betweenPublishAndMark += 1;
  return left;
}

/** Runs undisturbed sweeps until every ended task is on the bus and nothing is pending. */
async function settle({ world, pending, truth, stage }: Run): Promise<boolean> {
  await Promise.all([world.ledger.current().up, world.bus.current().up]);
  const sweeper = world.startFunction("sweep");
  await sweeper.up;
  const isOver = (): boolean => world.clouds.tasks.all().every(({ state }) => state.endedAtMs !== null);
  const deadlineMs = performance.now() + longestEndMs;
  let quietSinceMs = performance.now();
  let before = -1;
  while (performance.now() < deadlineMs && performance.now() - quietSinceMs < longestQuietMs) {
    await invoke(sweeper, {});
    const onBus = await subjectsOnBus(world);
    learnTruth(world, truth, { onBus, copiedAtMs: stage.copy?.atMs });
    const told = [...truth.keys()].every((id) => onBus.has(id));
    const waiting = (await pending.read()).size;
    if (isOver() && told && waiting === 0) return true;
    if (!isOver() || waiting > 0 || onBus.size !== before) quietSinceMs = performance.now();
    before = onBus.size;
    await sleep(100);
  }
  return false;
}
