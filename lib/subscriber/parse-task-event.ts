/**
 * The entry `image-tasks/events` of the package: what another team imports to read our events. It needs no package and
 * nothing of Node.
 */
import { dataSchema, eventSource } from "../domain/events.ts";
import type { EventKind } from "../domain/events.ts";
import type { ExplainedOperation, ExplainedTask, Explanation } from "../domain/explanation.ts";
import type { Progress, Resource, TaskAction, TaskFailure, TaskStatus } from "../domain/task.ts";
import { count, isRecord, member, orNull, refuse, text, time, word } from "./members.ts";
import type { Place } from "./members.ts";
import { readStatus, readTask } from "./read-task.ts";
import { TaskEventError } from "./task-event-error.ts";
import type { TaskEventProblem } from "./task-event-error.ts";

export { TaskEventError };
export type {
  ExplainedOperation,
  ExplainedTask,
  Explanation,
  Progress,
  Resource,
  TaskAction,
  TaskEventProblem,
  TaskFailure,
  TaskStatus,
};

interface AnyEvent {
  /** The same in every copy of one event, also in a replay. Drop second copies by it. */
  readonly id: string;
  /** Such as `image-tasks.task.completed`. */
  readonly type: string;
  /** When the change was recorded, RFC 3339 UTC. */
  readonly time: string;
  /** Of two events for one task, the one with the higher number is newer. */
  readonly sequence: number;
  /** `null` if the task had already ended when it was first observed. */
  readonly previousStatus: TaskStatus | null;
  /** The name of the replay that sent this copy again out of an archive. `null` for an event that was sent live. */
  readonly replay: string | null;
  /**
   * Words of a later version that this one does not know, by path, such as `detail.data.task.status`. Such a status is
   * read as `unknown`. Usually empty.
   */
  readonly unrecognized: Readonly<Record<string, string>>;
}

/** The task has ended. Its status is `unknown` only if it ended in a way that this version does not know. */
export interface TaskCompleted extends AnyEvent {
  readonly kind: "completed";
  readonly task: ExplainedTask & { readonly status: (typeof outcomes)[number]; readonly done: true };
}

/** The cloud no longer returns the task, or never returned it. Nobody knows how it ended. */
export interface TaskVanished extends AnyEvent {
  readonly kind: "vanished";
  readonly task: ExplainedTask & { readonly status: "vanished"; readonly done: true };
}

/** The task is open and has not moved for long. Or it was seen for the first time, and is open. */
export interface TaskStalledOrDiscovered extends AnyEvent {
  readonly kind: "stalled" | "discovered";
  readonly task: ExplainedTask & { readonly done: false };
}

/** An event of a detail type that is newer than this version: `type` names it. Ignore it, or look at `task`. */
export interface OtherTaskEvent extends AnyEvent {
  readonly kind: "other";
  readonly task: ExplainedTask;
}

export type ParsedTaskEvent = TaskCompleted | TaskVanished | TaskStalledOrDiscovered | OtherTaskEvent;

const outcomes = ["succeeded", "failed", "canceled", "unknown"] as const;
const kinds = ["completed", "vanished", "stalled", "discovered"] as const satisfies readonly EventKind[];

/**
 * @param input the event as EventBridge delivers it, as an object or as JSON: what a function gets, the body of an SQS
 * message, or the body of a request from an API destination. Its `detail` alone is accepted as well.
 * @throws TaskEventError for anything else
 */
export function parseTaskEvent(input: unknown): ParsedTaskEvent {
  const envelope: Place = { value: typeof input === "string" ? parseJson(input) : input, path: "", unrecognized: {} };
  const detail = detailOf(envelope);
  const at = (name: string) => member(detail, name);
  requireSource(at("source"));
  requireVersion(at("dataschema"));
  if (at("specversion").value !== "1.0") refuse(at("specversion"), 'the text "1.0"');
  const data = at("data");
  const task = member(data, "task");
  const type = text(at("type"));
  const event: AnyEvent = {
    id: readId(at("id")),
    type,
    time: time(at("time")),
    sequence: count(member(data, "sequence"), 1),
    previousStatus: orNull(member(data, "previousStatus"), readStatus),
    replay: replayOf(envelope.value),
    unrecognized: envelope.unrecognized,
  };
  return withTask(event, readKind(at("type")), task);
}

function parseJson(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new TaskEventError(
      "not-json",
      "",
      "is not valid JSON",
      "Pass one whole event. A line or a part of it is not enough.",
    );
  }
}

function detailOf(envelope: Place): Place {
  const { value } = envelope;
  if (isRecord(value) && "detail" in value) {
    requireSource(member(envelope, "source"));
    return member(envelope, "detail");
  }
  if (isRecord(value) && "specversion" in value) return envelope;
  const isBatch = isRecord(value) && "Records" in value;
  throw new TaskEventError(
    "not-an-event",
    "",
    isBatch ? "is a batch of records" : "is not an event",
    isBatch
      ? "Call parseTaskEvent once for each record, with its body."
      : "Pass the event as EventBridge delivers it, with its detail, and without an input transformer.",
  );
}

function requireSource(source: Place): void {
  if (text(source) === eventSource) return;
  throw new TaskEventError(
    "other-source",
    source.path,
    `is not "${eventSource}"`,
    `The event comes from somebody else. Add "source": ["${eventSource}"] to the pattern of the rule.`,
  );
}

function requireVersion(schema: Place): void {
  if (text(schema) === dataSchema) return;
  throw new TaskEventError(
    "other-version",
    schema.path,
    `is not "${dataSchema}"`,
    "The event has another version of the format. Install the version of image-tasks that sent it.",
  );
}

function readId(place: Place): string {
  const id = text(place);
  return /^[0-9a-f]{32}$/.test(id) ? id : refuse(place, "32 hexadecimal digits");
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html */
function replayOf(envelope: unknown): string | null {
  const name = isRecord(envelope) ? envelope["replay-name"] : undefined;
  return typeof name === "string" && name !== "" ? name : null;
}

function readKind(place: Place): (typeof kinds)[number] | undefined {
  const types = kinds.map((kind) => `${eventSource}.task.${kind}` as const);
  const type = word<(typeof types)[number] | "other">(place, types, "other");
  return kinds.find((kind) => type === `${eventSource}.task.${kind}`);
}

function withTask(event: AnyEvent, kind: (typeof kinds)[number] | undefined, place: Place): ParsedTaskEvent {
  const task = readTask(place);
  const done = member(place, "done");
  switch (kind) {
    case "completed":
      if (!task.done) refuse(done, "true, although the event says that the task has ended");
      return { ...event, kind, task: { ...task, status: outcomeOf(task.status, member(place, "status")), done: true } };
    case "vanished":
      if (!task.done) refuse(done, "true, although the event says that the task has ended");
      if (task.status !== "vanished") refuse(member(place, "status"), 'the text "vanished"');
      return { ...event, kind, task: { ...task, status: "vanished", done: true } };
    case "stalled":
    case "discovered":
      if (task.done) refuse(done, "false, although the event says that the task is open");
      return { ...event, kind, task: { ...task, done: false } };
    case undefined:
      return { ...event, kind: "other", task };
  }
}

function outcomeOf(status: TaskStatus, place: Place): (typeof outcomes)[number] {
  const outcome = outcomes.find((one) => one === status);
  if (outcome === undefined || place.value === "unknown") return refuse(place, "the status of a task that has ended");
  return outcome;
}
