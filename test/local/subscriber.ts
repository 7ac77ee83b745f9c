/**
 * A subscriber as another team would write it: a function with an EventBridge trigger that prints one line per event.
 * Events arrive at least once and in any order, so it remembers the ids it has seen.
 */
import * as z from "zod/mini";

const TaskEvent = z.object({
  "detail-type": z.string(),
  detail: z.object({
    id: z.string(),
    /** RFC 3339. */
    time: z.string(),
    subject: z.string(),
    data: z.object({
      previousStatus: z.nullish(z.string()),
      task: z.object({
        id: z.string(),
        status: z.string(),
        error: z.nullish(z.object({ code: z.string() })),
      }),
    }),
  }),
});

export interface SubscriberOptions {
  readonly print: (line: string) => void;
  /** Time zone of the printed time; the system's by default. */
  readonly timeZone?: string;
  /** Number of event ids to remember. Default 10,000. */
  readonly remember?: number;
}

/** The handler throws for an unreadable event, so that the bus retries it instead of losing it. */
export function createSubscriber({ print, timeZone, remember = 10_000 }: SubscriberOptions) {
  const seen = new Set<string>();
  const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23", timeZone });
  return async function handler(event: unknown): Promise<void> {
    const { "detail-type": type, detail } = TaskEvent.parse(event);
    if (seen.has(detail.id)) return;
    const { task, previousStatus } = detail.data;
    const reason = task.error ? `  (${task.error.code})` : "";
    const change = `${previousStatus ?? "(new)"} -> ${task.status}`;
    print(`${clockTime.format(new Date(detail.time))}  ${type.padEnd(20)}  ${task.id}  ${change}${reason}`);
    seen.add(detail.id);
    for (const oldest of seen) {
      if (seen.size <= remember) break;
      seen.delete(oldest);
    }
  };
}
