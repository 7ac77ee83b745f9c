import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { TaskCloudEvent } from "../../lib/domain/events.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { isTerminal } from "../../lib/domain/task.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { SweepSettings, TargetReport } from "../../lib/sweep/target-sweep.ts";
import { isQuiet } from "./fault-plan.ts";
import type { Process } from "./process.ts";
import { isTimely } from "./promise.ts";
import { createRateWitness } from "./rate-witness.ts";
import type { Scenario } from "./scenario.ts";
import type { Item, Store } from "./simulated-store.ts";
import { secretMark } from "./simulation.ts";
import { createStallWitness } from "./stall-witness.ts";
import { createStarvationWitness } from "./starvation.ts";
import type { Story } from "./story.ts";
import type { Subjects } from "./subjects.ts";
import type { Timeline } from "./timeline.ts";
import { isImageTask, isListed, isPassedOver, poisonAt, statusOf } from "./truth.ts";
import type { CloudName, TrueTask } from "./truth.ts";

/** Sees every write, event, and call, knows the true state, and reports what must never happen. */

export const violationKinds = ["lost", "false", "duplicate", "illegal", "rate", "starved", "leak", "hung"] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
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
  /** A sweep has ended, whether it finished or was cut off. */
  sweepEnded(): void;
  /** Somebody has edited the item of a task so that it cannot be read. */
  damaged(id: string, revision: number): void;
  /** The store went back to an earlier copy. */
  restored(records: ReadonlyMap<string, TaskRecord>): void;
  sweepStarted(by: Process): void;
  /** An error that somebody may read. */
  said(text: string): void;
}

interface SeenEvent {
  readonly detailType: string;
  readonly text: string;
  readonly event: TaskCloudEvent;
  /** When the first copy was published, in epoch milliseconds. */
  readonly atMs: number;
  copies: number;
}

export interface WitnessOptions {
  readonly timeline: Timeline;
  readonly scenario: Scenario;
  readonly subjects: Subjects;
  readonly settings: SweepSettings;
  readonly story: Story | undefined;
  readonly store: Pick<Store, "get" | "recordOf">;
}

/** RFC 3339, to the minute like ECS. */
function minuteOf(epochMs: number): string {
  return new Date(Math.floor(epochMs / 60_000) * 60_000).toISOString();
}

/** Tencent's times have no zone, so its lists reach this much further back. */
const tencentSlackMs = 20 * 3_600_000;

export function createWitness(options: WitnessOptions): Witness {
  const { timeline, scenario, subjects, settings, story } = options;
  const { faultPlan } = scenario;
  const violations: Violation[] = [];
  const onBus = new Map<string, SeenEvent>();
  /** Event id to the generation of the task for which it was recorded. */
  const recorded = new Map<string, { readonly generation: number; readonly kind: string; readonly task: string }>();
  const lastSequence = new Map<string, number>();
  const completionOf = new Map<string, string>();
  /** The ids under which a task completed. */
  const completedAs = new Map<TrueTask, string>();
  const rates = createRateWitness(scenario.budget, {
    // The local bucket alone decides while the store does not respond.
    accountWide: isQuiet(faultPlan) && faultPlan.outages.every(({ what }) => what !== "store"),
    accuse: (text) => accuse("rate", text),
  });
  const starvation = createStarvationWitness({ ...options, accuse: (text) => accuse("starved", text) });
  const stalls = createStallWitness(options, accuse);
  const everRecorded = new Set<string>();
  /** The highest revision in an item that cannot be read. */
  const damagedRevisions = new Map<string, number>();
  let wasRestored = false;
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
    everRecorded.add(id);
    refuseSecrets(`the item of ${id}`, String(item["record"]));
    if (record.revision !== (before?.revision ?? damagedRevisions.get(id) ?? 0) + 1)
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
    if (type === "image-tasks.task.stalled") stalls.stalled(event, record, by);
    if (type === "image-tasks.task.vanished") stalls.vanished(subject);
  }

  function targetWritten(item: Item, by: Process): void {
    if (item["lastError"] !== null) refuseSecrets("a target's item", JSON.stringify(item));
    const checkpointMs = item["checkpointMs"];
    const key = String(item["id"]).replace(/^#target#/, "");
    if (typeof checkpointMs !== "number") return;
    const nowMs = timeline.now();
    for (const task of subjects.tasksOf(key)) {
      if (!isImageTask(task) || !isListed(task, nowMs) || !isTimely(task, scenario)) continue;
      if (poisonAt(task, nowMs)?.startsWith("row ")) continue;
      if (isPassedOver(task, scenario.slots[0]?.atMs ?? 0)) continue;
      const reachMs = task.cloud === "tencent-ecm" ? tencentSlackMs : 0;
      const nextFromMs = Math.floor((checkpointMs - settings.overlapMs) / 60_000) * 60_000;
      if (task.createdAtMs + reachMs >= nextFromMs) continue;
      // A record may have expired since.
      if (subjects.idsOf(task).some((id) => everRecorded.has(id))) continue;
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
      // What was observed again after a restore has a new time.
      const isSame = wasRestored ? outcomeIn(seen.event) === outcomeIn(event) : seen.text === text;
      if (!isSame || seen.detailType !== entry.DetailType) {
        accuse("duplicate", `${event.subject}: two different events under one id`);
      }
      return;
    }
    refuseSecrets(`the event ${event.type} of ${event.subject}`, text);
    onBus.set(event.id, { detailType: entry.DetailType ?? "", text, event, atMs: timeline.now(), copies: 1 });
    if (event.type === "image-tasks.task.completed") completed(event, by);
  }

  function completed(event: TaskCloudEvent, by: Process): void {
    const { subject, data } = event;
    const task = subjects.taskOf(subject);
    const life = `${subject} ${recorded.get(event.id)?.generation ?? 0}`;
    const other = completionOf.get(life);
    if (other !== undefined) accuse("duplicate", `${subject}: two completions in one generation`);
    completionOf.set(life, event.id);
    if (task === undefined) {
      accuse("false", `${subject}: the task does not exist (${by.name})`);
      return;
    }
    starvation.completed(task);
    const otherId = completedAs.get(task) ?? subject;
    completedAs.set(task, subject);
    if (otherId !== subject && !subjects.mayBoth(otherId, subject))
      accuse("duplicate", `${subject}: the same task has also completed as ${otherId}`);
    const problem = falsehoodIn(data.task, task, timeline.now());
    if (problem !== undefined) accuse("false", `${subject}: reported ${problem} (${by.name})`);
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
    called: (by, cloud, api) => rates.called(by, { cloud, api, nowMs: timeline.now() }),
    sweepEnded: () => starvation.sweepEnded(timeline.now()),
    damaged(id, revision) {
      damagedRevisions.set(id, revision);
      // What was observed again after it has a new time.
      wasRestored = true;
    },
    restored(records) {
      wasRestored = true;
      lastSequence.clear();
      everRecorded.clear();
      for (const [id, { revision }] of records) {
        lastSequence.set(id, revision);
        everRecorded.add(id);
      }
      stalls.restored();
    },
    reported(reports) {
      // Apart from that, a report contains only numbers and the target's name.
      if (reports.some(({ problems, unexplained }) => problems.length > 0 || unexplained > 0))
        refuseSecrets("a report", JSON.stringify(reports));
    },
    said: (text) => refuseSecrets("an error", text),
    sweepStarted: stalls.sweepStarted,
  };
}

function outcomeIn({ data: { task } }: TaskCloudEvent): string {
  return JSON.stringify([task.status, task.partial, task.finishedAtObserved ? null : task.finishedAt, task.error]);
}

/** What is wrong with a completion, or `undefined`. */
function falsehoodIn(told: Task, task: TrueTask, nowMs: number): string | undefined {
  if (nowMs < task.endsAtMs) return "as completed while it continues";
  if (told.status !== statusOf(task.outcome)) return `as ${told.status} but ended as ${task.outcome}`;
  if (told.partial && task.outcome !== "partly-failed") return "as partly successful, but nothing succeeded";
  // Only counts and sub-operations tell that a part succeeded.
  if (!told.partial && task.outcome === "partly-failed" && task.evidence !== null) return "without what succeeded";
  if (!told.finishedAtObserved && ![null, minuteOf(task.endsAtMs)].includes(told.finishedAt))
    return `with the wrong end time ${told.finishedAt}`;
  return undefined;
}
