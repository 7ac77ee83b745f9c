import * as z from "zod/mini";
import type { Truth } from "./kill-workload.ts";

const Resource = z.optional(z.nullable(z.looseObject({ id: z.nullable(z.string()) })));

export const BusEvent = z.object({
  detail: z.looseObject({
    id: z.string(),
    type: z.string(),
    subject: z.string(),
    time: z.string(),
    data: z.looseObject({
      task: z.looseObject({
        status: z.string(),
        partial: z.boolean(),
        finishedAtObserved: z.optional(z.boolean()),
        resource: Resource,
      }),
    }),
  }),
});
export type BusEvent = z.infer<typeof BusEvent>;
export const BusEvents = z.object({ events: z.array(BusEvent) });

/** The ledger went back to a copy. Both moments are numbers of events that the bus had by then. */
export interface Restore {
  readonly copiedAt: number;
  readonly restoredAt: number;
}

export interface Verdict {
  readonly ended: number;
  /** Tasks that ended without a completion on the bus. */
  readonly lost: readonly string[];
  /** Completions of tasks that did not end, ended differently, or had not ended yet. */
  readonly false: readonly string[];
  /** Second and later copies of an event. */
  readonly duplicates: number;
  /** Events told again because a restored ledger had forgotten them. */
  readonly toldAgain: number;
  /** Of these, the ones that another observation recorded, at another time. */
  readonly observedAgain: number;
  /** Copies of one id that differ, and second completions of one task under another id. */
  readonly duplicatesWithOtherContent: readonly string[];
}

/** Compares the tasks that ended on the clouds with the events on the bus, oldest first. */
export function judgeKills(truth: Truth, events: readonly BusEvent[], restores: readonly Restore[] = []): Verdict {
  const copies = events.map((event, at) => ({ ...event, at }));
  const byId = Map.groupBy(copies, ({ detail }) => detail.id);
  const pairs = [...byId.values()].flatMap((same) => pairsOf(same, restores));
  const differing = pairs.filter(({ first, second, forgotten }) =>
    forgotten
      ? !sayTheSame(first.detail, second.detail)
      : JSON.stringify(first.detail) !== JSON.stringify(second.detail),
  );
  const again = pairs.filter(({ forgotten }) => forgotten);
  const observed = again.filter(({ first, second }) => first.detail.time !== second.detail.time);
  const bySubject = Map.groupBy(events, ({ detail }) => detail.subject);
  const twice = [...bySubject].filter(([, all]) => new Set(all.map(({ detail }) => detail.id)).size > 1);
  return {
    ended: truth.size,
    lost: [...truth.keys()].filter((id) => !bySubject.has(id)),
    false: events.flatMap((event) => falsehoodOf(event, truth) ?? []),
    duplicates: events.length - byId.size,
    toldAgain: idsOf(again).length,
    observedAgain: idsOf(observed).length,
    duplicatesWithOtherContent: [...idsOf(differing), ...twice.map(([subject]) => subject)],
  };
}

type Copy = BusEvent & { readonly at: number };

interface Pair {
  readonly first: Copy;
  readonly second: Copy;
  /** A restored ledger had forgotten the first when it told the second. */
  readonly forgotten: boolean;
}

function pairsOf(copies: readonly Copy[], restores: readonly Restore[]): Pair[] {
  return copies.flatMap((second, index) =>
    copies.slice(0, index).map((first) => ({ first, second, forgotten: isForgotten(first, second, restores) })),
  );
}

function isForgotten(first: Copy, second: Copy, restores: readonly Restore[]): boolean {
  return restores.some(
    ({ copiedAt, restoredAt }) => first.at >= copiedAt && first.at < restoredAt && second.at >= restoredAt,
  );
}

function idsOf(pairs: readonly Pair[]): string[] {
  return [...new Set(pairs.map(({ first }) => first.detail.id))];
}

type Detail = BusEvent["detail"];

/**
 * Compares two observations of one ending. Their times, requests, and histories differ. So does the end's time if no
 * cloud tells it, and an image's id may be known to only one of them.
 */
function sayTheSame(first: Detail, second: Detail): boolean {
  const both = [first.data.task, second.data.task];
  const finishObserved = both.some(({ finishedAtObserved }) => finishedAtObserved === true);
  const resourceUnknown = both.some(({ resource }) => resource?.id === null);
  const [one, other] = [first, second].map((detail) => contentOf(detail, { finishObserved, resourceUnknown }));
  return one === other;
}

function contentOf(
  { time: _time, data, ...detail }: Detail,
  { finishObserved, resourceUnknown }: { readonly finishObserved: boolean; readonly resourceUnknown: boolean },
): string {
  const { sequence: _sequence, previousStatus: _previousStatus, ...rest } = data;
  const { observedAt: _observedAt, requestId: _requestId, ...task } = rest.task;
  const finish = finishObserved ? { finishedAt: null, finishedAtObserved: true } : {};
  const resource = resourceUnknown && task.resource ? { resource: { ...task.resource, id: null } } : {};
  return JSON.stringify({ ...detail, data: { ...rest, task: { ...task, ...finish, ...resource } } });
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
