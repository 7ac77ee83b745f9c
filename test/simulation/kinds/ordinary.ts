import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import type { SweepSettings } from "../../../lib/sweep/target-sweep.ts";
import type { Outage } from "../fault-plan.ts";
import { drawFaultPlan } from "../fault-plan.ts";
import { hourMs, minuteMs, plainConnection, plainTask, settlingMs, startMs } from "../scenario.ts";
import type { ConnectionPlan, Scenario, Slot, TrackRequest } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { CloudName, TrueTask } from "../truth.ts";

/** A few tasks in one or two targets, with faults of every kind at once. */

/** An HTTP call takes less than this, including all retries. */
const answeredWithinMs = 3 * minuteMs;

export function drawOrdinary(random: SeededRandom): Scenario {
  const connections = drawConnections(random);
  // A task counts as vanished only after several sweeps, so some seeds allow time for it.
  const vanishing = random.happens(0.05);
  const slots = drawSlots(random, vanishing);
  const faultFreeFromMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const targets = connections.flatMap((one) => one.regions.map((region) => ({ connection: one, region })));
  const tasks: TrueTask[] = [];
  for (let count = random.pick([1, 1, 1, 1, 2, 3]); count > 0; count -= 1) {
    const { connection, region } = random.pick(targets);
    tasks.push(drawTask(random, { connection, region, serial: tasks.length + 1, faultFreeFromMs, vanishing }));
  }
  const faultPlan = drawFaultPlan(random);
  faultPlan.faultFreeFromMs = faultFreeFromMs;
  faultPlan.outages.push(...drawOutages(random, connections, faultFreeFromMs));
  const perSecond = random.pick([2, 5, 10]);
  return {
    connections,
    deployments: [],
    tasks,
    faultPlan,
    settings: drawSettings(random),
    budget: { perSecond, burst: random.pick([1, 2, perSecond]) },
    clocks: [{ fromMs: -Infinity, skewMs: drawSkew(random, connections) }],
    slots,
    restores: [],
    damages: [],
    expiry: false,
    faultFreeFromMs,
    calmPausesMs: null,
    requests: drawRequests(random, tasks, { slots, faultFreeFromMs }),
  };
}

/** Within what every cloud tolerates where none says the time. */
function drawSkew(random: SeededRandom, connections: readonly ConnectionPlan[]): number {
  const mostMs = connections.every(({ dated }) => dated) ? 310_000 : 280_000;
  return random.happens(0.5) ? 0 : random.int(-mostMs, mostMs);
}

function drawConnections(random: SeededRandom): ConnectionPlan[] {
  const dated = random.happens(0.8);
  const plan = (cloud: CloudName, regions: readonly string[]): ConnectionPlan =>
    plainConnection(cloud, {
      regions,
      largestPage: random.pick([1, 2, 100, 100]),
      envelope: random.pick(["flat", "object", "text"]),
      dated,
    });
  const aliyun = ["cn-hangzhou", "us-west-1"];
  const alibaba = (regions: number) => plan("alibaba-ecs", aliyun.slice(0, regions));
  const apsara = () => plan("apsara-route", ["cn-qingdao-env17-d01"]);
  const tencent = () => plan("tencent-ecm", ["global"]);
  // Targets hardly affect each other, so most worlds have only one, for speed.
  if (random.happens(0.03)) return [alibaba(2)];
  if (random.happens(0.03)) return [alibaba(1), tencent()];
  switch (random.int(1, 7)) {
    case 1:
    case 2:
      return [tencent()];
    case 3:
    case 4:
      return [apsara()];
    default:
      return [alibaba(1)];
  }
}

function drawSettings(random: SeededRandom): SweepSettings {
  return {
    ...defaultSweepSettings,
    // Usually one window, for speed.
    windowMs: random.happens(0.9) ? 48 * hourMs : random.pick([3, 6, 12]) * hourMs,
    stallAfterMs: random.pick([20, 45, 120]) * minuteMs,
    announceDiscovered: random.happens(0.15),
  };
}

function drawSlots(random: SeededRandom, vanishing: boolean): Slot[] {
  if (vanishing) return slotsAt(random, random.pick(pausesOfVanishing));
  const periodMs = random.pick([1, 2, 5, 10, 20]) * minuteMs;
  const count = random.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4]);
  const pauses = Array.from({ length: count - 1 }, () =>
    random.happens(0.15) ? random.int(20 * minuteMs, 4 * hourMs) : periodMs,
  );
  return slotsAt(random, pauses);
}

/** Long absences, after which a reappearing task is in no list anymore, and short ones, after which it still is. */
const pausesOfVanishing: readonly (readonly number[])[] = [
  [8, 8, 12, 12].map((minutes) => minutes * minuteMs),
  [5, 5, 5].map((minutes) => minutes * minuteMs),
  [1, 5, 5.5].map((minutes) => minutes * minuteMs),
];

function slotsAt(random: SeededRandom, pausesMs: readonly number[]): Slot[] {
  const slots: Slot[] = [];
  let atMs = startMs;
  for (const pauseMs of [...pausesMs, 0]) {
    const overlapping = random.happens(0.08) ? random.int(1, 2) : 0;
    const startsAfterMs = [0, ...Array.from({ length: overlapping }, () => random.int(0, 2_000))];
    const limitMs = random.happens(0.1) ? random.int(1_000, 20_000) : 300_000;
    slots.push({ atMs, startsAfterMs, limitMs });
    atMs += pauseMs;
  }
  return slots;
}

interface Birth {
  readonly connection: ConnectionPlan;
  readonly region: string;
  readonly serial: number;
  readonly faultFreeFromMs: number;
  readonly vanishing: boolean;
}

function drawTask(random: SeededRandom, { connection, region, serial, faultFreeFromMs, vanishing }: Birth): TrueTask {
  const recent = vanishing && random.happens(0.5);
  const createdAtMs = random.int(
    startMs - (recent ? minuteMs : 2 * hourMs),
    recent ? startMs : faultFreeFromMs - 5 * minuteMs,
  );
  const never = random.happens(0.15);
  const endsAtMs = never ? Infinity : random.int(createdAtMs + 1, faultFreeFromMs - minuteMs);
  const startsAtMs = random.int(createdAtMs, never ? createdAtMs + 10 * minuteMs : endsAtMs);
  const disk = connection.cloud === "alibaba-ecs" && random.happens(0.05);
  return plainTask(
    random,
    { connection, region, serial, createdAtMs, endsAtMs },
    {
      ...(disk ? { action: "ModifyDiskSpec" } : {}),
      listedFromMs: createdAtMs + (!recent && random.happens(0.2) ? random.int(0, 4 * minuteMs) : 0),
      startsAtMs,
      stuckFromMs: never ? startsAtMs + random.int(1, hourMs) : Infinity,
      hidden: drawHidden(random, vanishing, { createdAtMs, faultFreeFromMs }),
    },
  );
}

/** Most tasks always exist, some disappear for a while, and a few permanently. */
function drawHidden(
  random: SeededRandom,
  vanishing: boolean,
  { createdAtMs, faultFreeFromMs }: { createdAtMs: number; faultFreeFromMs: number },
): TrueTask["hidden"] {
  if (!random.happens(vanishing ? 0.8 : 0.15)) return [];
  const earliestMs = Math.max(startMs, createdAtMs + minuteMs);
  const fromMs = random.int(earliestMs, Math.max(earliestMs, faultFreeFromMs - (vanishing ? 30 * minuteMs : 0)));
  if (random.happens(0.4)) return [{ fromMs, toMs: Infinity }];
  return [{ fromMs, toMs: Math.min(faultFreeFromMs, fromMs + random.pick([2, 10, 25, 40, 120]) * minuteMs) }];
}

function drawOutages(random: SeededRandom, connections: readonly ConnectionPlan[], faultFreeFromMs: number): Outage[] {
  const outages: Outage[] = [];
  const add = (what: Outage["what"], longestMs: number): void => {
    const fromMs = random.int(startMs, faultFreeFromMs);
    outages.push({ what, fromMs, toMs: fromMs + random.int(0, longestMs) });
  };
  if (random.happens(0.1)) add(random.pick(connections).cloud, 4 * hourMs);
  if (random.happens(0.05)) add("bus", 2 * hourMs);
  if (random.happens(0.03)) add("store", 20 * minuteMs);
  return outages;
}

/** Track and untrack requests. Disk tasks, and tasks that Tencent does not list, need to be tracked. */
function drawRequests(
  random: SeededRandom,
  tasks: readonly TrueTask[],
  { slots, faultFreeFromMs }: { slots: readonly Slot[]; faultFreeFromMs: number },
): TrackRequest[] {
  const requests: TrackRequest[] = [];
  const drawTime = (earliestMs: number): number => {
    // Often in the middle of a sweep, which then finds that somebody else wrote.
    const slotMs = random.pick(slots).atMs + random.int(0, 1_500);
    // All requests finish before the fault-free period, so that a sweep follows.
    return slotMs > earliestMs && random.happens(0.6)
      ? slotMs
      : random.int(earliestMs, faultFreeFromMs - answeredWithinMs);
  };
  for (const task of tasks) {
    if (!random.happens(0.2)) continue;
    const firstMs = drawTime(Math.max(startMs, task.createdAtMs));
    requests.push({ atMs: firstMs, task, untrack: random.happens(0.4) });
    if (random.happens(0.5)) requests.push({ atMs: drawTime(firstMs), task, untrack: random.happens(0.5) });
  }
  return requests;
}
