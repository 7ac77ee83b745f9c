import type { TaskEvent } from "../../lib/domain/events.ts";
import type { EventBus } from "../../lib/sweep/event-bus.ts";

export interface RecordingBus extends EventBus {
  /** What is on the bus, in order, second copies included. */
  readonly events: TaskEvent[];
  /** Every `publish`, as the subjects it offered. */
  readonly offers: string[][];
  /** Why an event is refused; `undefined`: it is not. */
  refusal: (event: TaskEvent) => string | undefined;
  /** True: events are taken and the answer is lost. */
  losesAnswers: boolean;
  /** Runs in every `publish` before anything is taken. */
  onPublish: () => void | Promise<void>;
}

/** A bus that remembers. */
export function createRecordingBus(): RecordingBus {
  const bus: RecordingBus = {
    events: [],
    offers: [],
    refusal: () => undefined,
    losesAnswers: false,
    onPublish: () => {},
    async publish(events) {
      bus.offers.push(events.map(({ detail }) => detail.subject));
      await bus.onPublish();
      return events.map((event) => {
        const reason = bus.refusal(event);
        if (reason !== undefined) return { accepted: false, reason };
        // As a text, since what is on a bus no longer changes.
        bus.events.push(JSON.parse(JSON.stringify(event)));
        return bus.losesAnswers ? { accepted: false, reason: "no answer" } : { accepted: true };
      });
    },
  };
  return bus;
}
