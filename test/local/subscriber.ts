/** The subscriber of local mode: the published example, with its memory in this process and one printed line per event. */
import { createSubscriber as createExample, toLine } from "../../docs/examples/subscriber.ts";
import type { SeenEvents } from "../../docs/examples/subscriber.ts";

export interface SubscriberOptions {
  readonly print: (line: string) => void;
  /** Time zone of the printed time; the system's by default. */
  readonly timeZone?: string;
  /** Number of event ids to remember. Default 10,000. */
  readonly remember?: number;
}

const names = {
  completed: "Image Task Completed",
  vanished: "Image Task Vanished",
  stalled: "Image Task Stalled",
  discovered: "Image Task Discovered",
} as const;

/** The handler throws for an unreadable event, so that the bus retries it instead of losing it. */
export function createSubscriber({ print, timeZone, remember = 10_000 }: SubscriberOptions) {
  const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23", timeZone });
  return createExample({
    seen: rememberInProcess(remember),
    async act(event) {
      const name = event.kind === "other" ? event.type : names[event.kind];
      print(`${clockTime.format(new Date(event.time))}  ${name.padEnd(20)}  ${toLine(event)}`);
    },
  });
}

function rememberInProcess(capacity: number): SeenEvents {
  const done = new Set<string>();
  return {
    begin: async (id) => (done.has(id) ? "done" : "first"),
    async finish(id) {
      done.add(id);
      for (const oldest of done) {
        if (done.size <= capacity) break;
        done.delete(oldest);
      }
    },
    abandon: async () => {},
  };
}
