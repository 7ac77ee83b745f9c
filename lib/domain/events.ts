import { createHash } from "node:crypto";
import type { Task, TaskStatus } from "./task.ts";

/** The EventBridge `Source` of every event that this project publishes. */
export const eventSource = "image-tasks";

const detailTypes = {
  completed: "Image Task Completed",
  vanished: "Image Task Vanished",
  stalled: "Image Task Stalled",
  discovered: "Image Task Discovered",
} as const;
export type EventKind = keyof typeof detailTypes;

/** The `dataschema` of every event. The schema is in `docs/schemas/task-event.v1.json`. */
export const dataSchema = "urn:image-tasks:schema:task-event:v1";

/**
 * A structured CloudEvents 1.0 event: the `Detail` of the EventBridge entry.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface TaskCloudEvent {
  readonly specversion: "1.0";
  /** The same for every copy of one transition, so that subscribers can drop duplicates. */
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
    /** `null` when the task had already ended when it was first observed. */
    readonly previousStatus: TaskStatus | null;
    /**
     * Grows with every recorded change of the task. Of two events for one task, the one with the higher number is
     * newer.
     */
    readonly sequence: number;
  };
}

export interface TaskEvent {
  readonly detailType: (typeof detailTypes)[EventKind];
  readonly detail: TaskCloudEvent;
}

/** Whether the bus accepted an event. Without confirmation, the event counts as not accepted. */
export type Delivery = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface Transition {
  readonly kind: EventKind;
  readonly task: Task;
  readonly previousStatus: TaskStatus | null;
  readonly sequence: number;
  /** Grows by one each time the task reappears after it vanished. */
  readonly generation: number;
  /** Distinguishes the stalls of a task. Empty for events that happen once per generation. */
  readonly occurrence: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Pure: the same transition always produces the same event. */
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

/** Excludes time and outcome, so that concurrent sweeps agree on the id. A task completes once per generation. */
function eventId({ kind, task, generation, occurrence }: Transition): string {
  return createHash("sha256")
    .update(JSON.stringify([task.id, kind, generation, occurrence]))
    .digest("hex")
    .slice(0, 32);
}
