import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { CountedRows } from "./clouds/cloud.ts";
import { quietPlan } from "./fault-plan.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Budget } from "./rate-witness.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { secretMark } from "./simulation.ts";
import type { CloudName, Outcome, TrueTask } from "./truth.ts";

/** Everything about a seed that is decided before it starts. */
export interface Scenario {
  /** The accounts, as they are configured at the start. */
  readonly connections: readonly ConnectionPlan[];
  /** Later configurations, in order. Each is deployed as a whole. */
  readonly deployments: readonly Deployment[];
  readonly tasks: readonly TrueTask[];
  readonly faultPlan: FaultPlan;
  readonly settings: SweepSettings;
  readonly budget: Budget;
  /** How far our machines' clocks are ahead of the clouds' clocks, from when on. */
  readonly clocks: readonly ClockPlan[];
  readonly slots: readonly Slot[];
  readonly restores: readonly Restore[];
  readonly damages: readonly Damage[];
  /** Whether the store removes expired items. */
  readonly expiry: boolean;
  readonly faultFreeFromMs: number;
  /** The pauses before the sweeps of the fault-free period. `null`: as many sweeps as there are events to send. */
  readonly calmPausesMs: readonly number[] | null;
  readonly requests: readonly TrackRequest[];
}

export interface ConnectionPlan {
  /** The name in the configuration. */
  readonly name: string;
  readonly formerName: string | null;
  /** The cloud's account behind it. Tasks are named after the first name of their account. */
  readonly account: string;
  readonly cloud: CloudName;
  readonly regions: readonly string[];
  readonly largestPage: number;
  readonly envelope: "flat" | "object" | "text";
  /** Whether responses have a `Date`. */
  readonly dated: boolean;
  /** Whether `TotalCount` counts all rows or, wrongly, those of the page or all tasks of the account. */
  readonly counts: CountedRows;
  /** Whether the rows of an Apsara Stack include counts and sub-operations. */
  readonly rowsWithDetail: boolean;
  /** A region that takes many seconds to respond. */
  readonly slowRegion: string | null;
}

export interface Deployment {
  readonly fromMs: number;
  readonly connections: readonly ConnectionPlan[];
}

export interface ClockPlan {
  readonly fromMs: number;
  readonly skewMs: number;
}

/** The store goes back to what it was earlier. */
interface Restore {
  readonly atMs: number;
  readonly backToMs: number;
}

export type DamageKind =
  | "no JSON"
  | "unknown status"
  | "no record"
  | "another revision"
  | "wrong index attribute"
  | "newer version"
  | "target"
  | "list of targets";

/** Somebody edits an item of the store, or a newer version writes it. */
export interface Damage {
  readonly atMs: number;
  readonly kind: DamageKind;
  /** The task that is or may be affected. */
  readonly task: TrueTask;
  /** When the earlier item is back. `Infinity` if never. */
  readonly toMs: number;
}

/** When the schedule fires, and how the sweeps run. */
export interface Slot {
  readonly atMs: number;
  /** Sweeps that start, each this much later than the first. */
  readonly startsAfterMs: readonly number[];
  /** The function's timeout. */
  readonly limitMs: number;
}

export interface TrackRequest {
  readonly atMs: number;
  readonly task: TrueTask;
  readonly untrack: boolean;
  /** Another form of the task's native id. */
  readonly nativeId?: string;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const startMs = Date.UTC(2026, 10, 21, 6, 0, 17, 250);

/** Between the last slot and the fault-free period, so that nothing is left running. */
export const settlingMs = 6 * minuteMs;

/** A connection without peculiarities. */
export function plainConnection(cloud: CloudName, members: Partial<ConnectionPlan> = {}): ConnectionPlan {
  const [name, regions] = {
    "alibaba-ecs": ["aliyun", ["cn-hangzhou"]],
    "apsara-route": ["stack", ["cn-qingdao-env17-d01"]],
    "tencent-ecm": ["edge", ["global"]],
  }[cloud] as [string, string[]];
  return {
    name,
    formerName: null,
    account: name,
    cloud,
    regions,
    largestPage: 100,
    envelope: "object",
    dated: true,
    counts: "all rows",
    rowsWithDetail: true,
    slowRegion: null,
    ...members,
  };
}

/** Slots at these times after the start, each with one sweep and enough time. */
export function plainSlots(afterMs: readonly number[]): Slot[] {
  return afterMs.map((ms) => ({ atMs: startMs + ms, startsAfterMs: [0], limitMs: 300_000 }));
}

export function every(periodMs: number, untilMs: number): number[] {
  return Array.from({ length: Math.floor(untilMs / periodMs) + 1 }, (_, index) => index * periodMs);
}

/** A world in which nothing fails but what `members` says. */
export function quietScenario(
  random: SeededRandom,
  members: Pick<Scenario, "connections" | "tasks" | "slots"> & Partial<Scenario>,
): Scenario {
  const last = members.slots.at(-1)?.atMs ?? startMs;
  const faultFreeFromMs = members.faultFreeFromMs ?? last + settlingMs;
  return {
    deployments: [],
    faultPlan: quietPlan(faultFreeFromMs),
    settings: { ...defaultSweepSettings, windowMs: 48 * hourMs, stallAfterMs: 2 * hourMs },
    budget: { perSecond: 10, burst: 10 },
    clocks: [{ fromMs: -Infinity, skewMs: random.happens(0.5) ? 0 : random.int(-60_000, 60_000) }],
    restores: [],
    damages: [],
    expiry: false,
    calmPausesMs: null,
    requests: [],
    ...members,
    faultFreeFromMs,
  };
}

export interface Birth {
  readonly connection: ConnectionPlan;
  readonly region?: string;
  readonly serial: number;
  readonly createdAtMs: number;
  readonly endsAtMs: number;
}

/** A task without peculiarities but what `members` says. */
export function plainTask(
  random: SeededRandom,
  { connection, region = connection.regions[0] ?? "", serial, createdAtMs, endsAtMs }: Birth,
  members: Partial<TrueTask> = {},
): TrueTask {
  const { cloud, account } = connection;
  const targetKey = `${account}:${region}`;
  const nativeId = cloud === "tencent-ecm" ? String(7000 + serial) : `t-${serial}`;
  return {
    id: `${targetKey}:${nativeId}`,
    cloud,
    targetKey,
    region,
    nativeId,
    imageId: `img-${serial}a`,
    imageName: `golden-${serial}`,
    action: random.pick(["ImportImage", "ExportImage"]),
    createdAtMs,
    listedFromMs: createdAtMs,
    startsAtMs: createdAtMs,
    endsAtMs,
    stuckFromMs: endsAtMs === Infinity ? createdAtMs + 1 : Infinity,
    progressSteps: random.pick([1, 4, 20]),
    outcome: drawOutcome(random, cloud),
    failsAsFinished: random.happens(0.5),
    hidden: [],
    evidence: null,
    poison: null,
    errorMessage: `cannot read https://b.oss.aliyuncs.com/disk.raw?Expires=1&OSSAccessKeyId=LTAI${secretMark}00&Signature=${secretMark}%2B`,
    ...members,
  };
}

function drawOutcome(random: SeededRandom, cloud: CloudName): Outcome {
  const outcomes: Outcome[] = ["succeeded", "succeeded", "failed", "partly-failed"];
  if (cloud !== "tencent-ecm") outcomes.push("canceled");
  return random.pick(outcomes);
}

export function skewAt(clocks: readonly ClockPlan[], atMs: number): number {
  return clocks.findLast(({ fromMs }) => fromMs <= atMs)?.skewMs ?? 0;
}

/** The configuration in force. */
export function configurationAt({ connections, deployments }: Scenario, atMs: number): readonly ConnectionPlan[] {
  return deployments.findLast(({ fromMs }) => fromMs <= atMs)?.connections ?? connections;
}
