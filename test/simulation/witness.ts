import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { TaskCloudEvent } from "../../lib/domain/events.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { isTerminal } from "../../lib/domain/task.ts";
import type { TargetReport } from "../../lib/sweep/target-sweep.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { Process } from "./process.ts";
import type { Item } from "./simulated-store.ts";
import { secretMark } from "./simulation.ts";
import type { Story } from "./story.ts";
import type { Timeline } from "./timeline.ts";
import { isImageTask, isListed, movedBetween, statusOf } from "./truth.ts";
import type { CloudName, TrueTask } from "./truth.ts";

/** Sees every write, event, and call, knows the true state, and reports what must never happen. */

export const violationKinds = ["lost", "false", "duplicate", "illegal", "rate", "leak", "hung"] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
}

export interface Budget {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Witness {
  readonly violations: readonly Violation[];
  /** Published events by id, each with its first copy. */
  readonly onBus: ReadonlyMap<string, SeenEvent>;
  readonly copies: number;
  accuse(kind: ViolationKind, text: string): void;
  taskWritten(item: Item, record: TaskRecord, before: TaskRecord | undefined, by: Process): void;
  targetWritten(item: Item, by: Process): void;
  published(entry: PutEventsRequestEntry, by: Process): void;
  called(by: Process, cloud: CloudName, api: string): void;
  reported(reports: readonly TargetReport[]): void;
  sweepStarted(by: Process): void;
  /** An error that somebody may read. */
  said(text: string): void;
}

interface SeenEvent {
  readonly detailType: string;
  readonly text: string;
  readonly event: TaskCloudEvent;
  copies: number;
}

export interface WitnessOptions {
  readonly timeline: Timeline;
  readonly tasks: ReadonlyMap<string, TrueTask>;
  readonly settings: SweepSettings;
  readonly budget: Budget;
  readonly story: Story | undefined;
  recordOf(id: string): TaskRecord | undefined;
  /** True if a response may have shown this task in a state that it was not in. */
  wasMisshown(task: TrueTask, fromMs: number, toMs: number): boolean;
}

/** RFC 3339, to the minute like ECS. */
function minuteOf(epochMs: number): string {
  return new Date(Math.floor(epochMs / 60_000) * 60_000).toISOString();
}

/** Tencent's times have no zone, so its lists reach this much further back. */
const tencentSlackMs = 20 * 3_600_000;

export function createWitness(options: WitnessOptions): Witness {
  const { timeline, tasks, settings, budget, story } = options;
  const violations: Violation[] = [];
  const onBus = new Map<string, SeenEvent>();
  /** Event id to the generation of the task for which it was recorded. */
  const recorded = new Map<string, { readonly generation: number; readonly kind: string; readonly task: string }>();
  const lastSequence = new Map<string, number>();
  const completionOf = new Map<string, string>();
  const lastStall = new Map<string, number>();
  const calls = new WeakMap<Process, Map<string, number[]>>();
  const startedAtMs = new WeakMap<Process, number>();
  let copies = 0;

  function accuse(kind: ViolationKind, text: string): void {
    violations.push({ kind, text });
    story?.tell(timeline.now(), { actor: "WITNESS", action: `${kind}: ${text}` });
  }

  function refuseSecrets(where: string, text: string): void {
    if (text.includes(secretMark)) accuse("leak", `${where} contains a secret`);
  }

  function taskWritten(item: Item, record: TaskRecord, before: TaskRecord | undefined, by: Process): void {
    const { id } = record.task;
    refuseSecrets(`the item of ${id}`, String(item["record"]));
    if (record.revision !== (before?.revision ?? 0) + 1)
      accuse("illegal", `${id}: revision ${record.revision} does not follow the previous one`);
    if (before !== undefined) {
      checkLife(record, before);
      for (const { event } of before.pending) {
        if (record.pending.some((entry) => entry.event.detail.id === event.detail.id)) continue;
        if (!onBus.has(event.detail.id))
          accuse("lost", `${id}: ${event.detail.type} is marked as delivered but was never published`);
      }
    }
    for (const { event } of record.pending) {
      if (recorded.has(event.detail.id)) continue;
      newEvent(event.detail, record, by);
    }
  }

  function checkLife(record: TaskRecord, before: TaskRecord): void {
    const { id, status } = record.task;
    const born = record.generation - before.generation;
    if (born === 0) {
      if (isTerminal(before.task.status) && status !== before.task.status) {
        accuse("illegal", `${id} went from ${before.task.status} to ${status}`);
      }
    } else if (born !== 1 || before.task.status !== "vanished") {
      accuse(
        "illegal",
        `${id} starts generation ${record.generation} after ${before.task.status} in generation ${before.generation}`,
      );
    }
  }

  function newEvent(event: TaskCloudEvent, record: TaskRecord, by: Process): void {
    const { id, subject, type } = event;
    recorded.set(id, { generation: record.generation, kind: type, task: subject });
    const { sequence } = event.data;
    if (sequence !== record.revision || sequence <= (lastSequence.get(subject) ?? 0)) {
      accuse("illegal", `${subject}: sequence ${sequence} of ${type} does not increase`);
    }
    lastSequence.set(subject, sequence);
    if (type === "image-tasks.task.stalled") checkStall(event, record, by);
    if (type === "image-tasks.task.vanished") checkVanish(subject);
  }

  function checkVanish(subject: string): void {
    const task = tasks.get(subject);
    const nowMs = timeline.now();
    if (task === undefined || options.wasMisshown(task, nowMs - 24 * 3_600_000, nowMs)) return;
    const goneSinceMs =
      task.hidden.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs - 60_000 < toMs)?.fromMs ?? nowMs;
    if (nowMs - goneSinceMs < settings.vanish.minMs - 10_000)
      accuse("false", `${subject}: reported as vanished but still exists`);
  }

  function checkStall({ subject }: TaskCloudEvent, record: TaskRecord, by: Process): void {
    const task = tasks.get(subject);
    if (task === undefined) return;
    const nowMs = timeline.now();
    const sweepBeganMs = startedAtMs.get(by) ?? nowMs;
    // The clocks of two machines differ slightly.
    const fromMs = nowMs - settings.stallAfterMs + 10_000;
    const untilMs = Math.max(fromMs, sweepBeganMs);
    const moved = fromMs > task.createdAtMs ? movedBetween(task, fromMs, untilMs) : true;
    if (moved && !options.wasMisshown(task, fromMs, nowMs))
      accuse("illegal", `${subject}: reported as stalled while it progressed`);
    const key = `${subject} ${record.generation}`;
    const earlier = lastStall.get(key);
    if (earlier !== undefined && !movedBetween(task, earlier, nowMs) && !options.wasMisshown(task, earlier, nowMs)) {
      accuse("illegal", `${subject}: two events for one stall`);
    }
    lastStall.set(key, nowMs);
  }

  function targetWritten(item: Item, by: Process): void {
    if (item["lastError"] !== null) refuseSecrets("a target's item", JSON.stringify(item));
    const checkpointMs = item["checkpointMs"];
    const key = String(item["id"]).replace(/^#target#/, "");
    if (typeof checkpointMs !== "number") return;
    const nowMs = timeline.now();
    for (const task of tasks.values()) {
      if (task.targetKey !== key || !isImageTask(task) || !isListed(task, nowMs)) continue;
      const reachMs = task.cloud === "tencent-ecm" ? tencentSlackMs : 0;
      const nextFromMs = Math.floor((checkpointMs - settings.overlapMs) / 60_000) * 60_000;
      if (task.createdAtMs + reachMs >= nextFromMs || options.recordOf(task.id) !== undefined) continue;
      if (task.hidden.some(({ fromMs }) => fromMs <= nowMs)) continue;
      accuse("lost", `the checkpoint of ${key} moved past ${task.id}, which is not recorded (${by.name})`);
    }
  }

  function published(entry: PutEventsRequestEntry, by: Process): void {
    copies += 1;
    const text = entry.Detail ?? "";
    const event = JSON.parse(text) as TaskCloudEvent;
    const seen = onBus.get(event.id);
    if (seen !== undefined) {
      seen.copies += 1;
      if (seen.text !== text || seen.detailType !== entry.DetailType) {
        accuse("duplicate", `${event.subject}: two different events under one id`);
      }
      return;
    }
    refuseSecrets(`the event ${event.type} of ${event.subject}`, text);
    onBus.set(event.id, { detailType: entry.DetailType ?? "", text, event, copies: 1 });
    if (event.type === "image-tasks.task.completed") completed(event, by);
  }

  function completed(event: TaskCloudEvent, by: Process): void {
    const { subject, data } = event;
    const task = tasks.get(subject);
    const life = `${subject} ${recorded.get(event.id)?.generation ?? 0}`;
    const other = completionOf.get(life);
    if (other !== undefined) accuse("duplicate", `${subject}: two completions in one generation`);
    completionOf.set(life, event.id);
    if (task === undefined) accuse("false", `${subject}: the task does not exist (${by.name})`);
    else if (timeline.now() < task.endsAtMs)
      accuse("false", `${subject}: reported as completed while it continues (${by.name})`);
    else if (data.task.status !== statusOf(task.outcome)) {
      accuse("false", `${subject}: reported as ${data.task.status} but ended as ${task.outcome}`);
    } else if (data.task.partial && task.outcome !== "partly-failed")
      accuse("false", `${subject}: reported as partly successful, but nothing succeeded`);
    else if (!data.task.finishedAtObserved && ![null, minuteOf(task.endsAtMs)].includes(data.task.finishedAt)) {
      accuse("false", `${subject}: reported with the wrong end time ${data.task.finishedAt}`);
    }
  }

  function called(by: Process, cloud: CloudName, api: string): void {
    let ofProcess = calls.get(by);
    if (ofProcess === undefined) calls.set(by, (ofProcess = new Map()));
    // Each cloud has one connection, and DescribeTasks is the only API name they share.
    const key = api === "DescribeTasks" ? cloud : api;
    let times = ofProcess.get(key);
    if (times === undefined) ofProcess.set(key, (times = []));
    const nowMs = timeline.now();
    times.push(nowMs);
    const allowed = Math.ceil(budget.perSecond) + budget.burst;
    const earliest = times[times.length - 1 - allowed];
    if (earliest !== undefined && nowMs - earliest < 1_000) {
      accuse("rate", `${by.name}: ${allowed + 1} calls of ${key} within ${nowMs - earliest} ms`);
    }
  }

  return {
    violations,
    onBus,
    get copies() {
      return copies;
    },
    accuse,
    taskWritten,
    targetWritten,
    published,
    called,
    reported(reports) {
      // Apart from that, a report contains only numbers and the target's name.
      if (reports.some(({ problems }) => problems.length > 0)) refuseSecrets("a report", JSON.stringify(reports));
    },
    said: (text) => refuseSecrets("an error", text),
    sweepStarted: (by) => startedAtMs.set(by, timeline.now()),
  };
}
