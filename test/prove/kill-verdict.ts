import * as z from "zod/mini";
import type { Truth } from "./kill-workload.ts";

export const BusEvent = z.object({
  detail: z.looseObject({
    id: z.string(),
    type: z.string(),
    subject: z.string(),
    time: z.string(),
    data: z.looseObject({ task: z.looseObject({ status: z.string(), partial: z.boolean() }) }),
  }),
});
export type BusEvent = z.infer<typeof BusEvent>;
export const BusEvents = z.object({ events: z.array(BusEvent) });

export interface Verdict {
  readonly ended: number;
  /** Tasks that ended without a completion on the bus. */
  readonly lost: readonly string[];
  /** Completions of tasks that did not end, ended differently, or had not ended yet. */
  readonly false: readonly string[];
  /** Second and later copies of an event. */
  readonly duplicates: number;
  /** Copies of one id that differ, and second completions of one task under another id. */
  readonly duplicatesWithOtherContent: readonly string[];
}

/** Compares the tasks that ended on the clouds with the events on the bus. */
export function judgeKills(truth: Truth, events: readonly BusEvent[]): Verdict {
  const byId = Map.groupBy(events, ({ detail }) => detail.id);
  const differing = [...byId].filter(
    ([, copies]) => new Set(copies.map(({ detail }) => JSON.stringify(detail))).size > 1,
  );
  const bySubject = Map.groupBy(events, ({ detail }) => detail.subject);
  const twice = [...bySubject].filter(([, copies]) => new Set(copies.map(({ detail }) => detail.id)).size > 1);
  return {
    ended: truth.size,
    lost: [...truth.keys()].filter((id) => !bySubject.has(id)),
    false: events.flatMap((event) => falsehoodOf(event, truth) ?? []),
    duplicates: events.length - byId.size,
    duplicatesWithOtherContent: [...differing, ...twice].map(([key]) => key),
  };
}

/** The clouds report times to the minute, so a completion may be published in the minute of its end, but no earlier. */
function falsehoodOf({ detail }: BusEvent, truth: Truth): string | undefined {
  const { subject, time, type, data } = detail;
  const ended = truth.get(subject);
  if (ended === undefined) return `${type} of ${subject}, which has not ended`;
  const { status, partial } = data.task;
  const said = status === "failed" && partial ? "partly-failed" : status;
  // Tencent has no partial success.
  const agree =
    said === ended.outcome || (ended.outcome === "partly-failed" && said === "failed" && subject.startsWith("edge:"));
  if (type !== "image-tasks.task.completed" || !agree) return `${type} ${said} of ${subject}, which ${ended.outcome}`;
  return Date.parse(time) < ended.endedAtMs ? `${subject} was announced before it ended` : undefined;
}
