import { createHash } from "node:crypto";
import type { Task, TaskStatus } from "./task.ts";

/** EventBridge `Source` of everything this project emits. */
export const eventSource = "image-tasks";

const detailTypes = {
  completed: "Image Task Completed",
  vanished: "Image Task Vanished",
  stalled: "Image Task Stalled",
  discovered: "Image Task Discovered",
} as const;
export type EventKind = keyof typeof detailTypes;

/** The `dataschema` of every event; the schema itself is `docs/schemas/task-event.v1.json`. */
const dataSchema = "urn:image-tasks:schema:task-event:v1";

/**
 * A CloudEvents 1.0 structured event, the `Detail` of the EventBridge entry.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface TaskCloudEvent {
  readonly specversion: "1.0";
  /** The same for every copy of one transition: subscribers drop a second copy by it. */
  readonly id: string;
  readonly source: typeof eventSource;
  readonly type: `image-tasks.task.${EventKind}`;
  /** The task's id. */
  readonly subject: string;
  /** When the transition was recorded, RFC 3339 UTC. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly dataschema: typeof dataSchema;
  readonly data: {
    readonly task: Task;
    /** `null` when the task had already ended at first sight. */
    readonly previousStatus: TaskStatus | null;
    /** Grows with every recorded change of the task, so that an older event can be told from a newer one. */
    readonly sequence: number;
  };
}

export interface TaskEvent {
  readonly detailType: (typeof detailTypes)[EventKind];
  readonly detail: TaskCloudEvent;
}

/** What became of one event: on the bus, or not known to be. */
export type Delivery = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface Transition {
  readonly kind: EventKind;
  readonly task: Task;
  readonly previousStatus: TaskStatus | null;
  readonly sequence: number;
  /** Which life of the task this is: a task that vanished and came back begins another. */
  readonly generation: number;
  /** Tells one stall of a task from the next; empty for what happens once in a life. */
  readonly occurrence: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Pure: the same transition always makes the same event. */
export function transitionToEvent(transition: Transition): TaskEvent {
  const { kind, task } = transition;
  return {
    detailType: detailTypes[kind],
    detail: {
      specversion: "1.0",
      id: eventId(transition),
      source: eventSource,
      type: `image-tasks.task.${kind}`,
      subject: task.id,
      time: new Date(transition.atMs).toISOString(),
      datacontenttype: "application/json",
      dataschema: dataSchema,
      data: { task, previousStatus: transition.previousStatus, sequence: transition.sequence },
    },
  };
}

/** A task completes once in a life, so time and outcome stay out of the id: two sweeps that race agree on it. */
function eventId({ kind, task, generation, occurrence }: Transition): string {
  return createHash("sha256")
    .update(JSON.stringify([task.id, kind, generation, occurrence]))
    .digest("hex")
    .slice(0, 32);
}
