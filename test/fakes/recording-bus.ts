import type { TaskEvent } from "../../lib/domain/events.ts";
import type { EventBus } from "../../lib/sweep/event-bus.ts";

export interface RecordingBus extends EventBus {
  /** The published events in order, including second copies. */
  readonly events: TaskEvent[];
  /** The subjects of every `publish` call. */
  readonly offers: string[][];
  /** The reason why an event is refused; `undefined` if it is accepted. */
  refusal: (event: TaskEvent) => string | undefined;
  /** If true, events are accepted but the response is lost. */
  losesAnswers: boolean;
  /** Runs in every `publish` before any event is accepted. */
  onPublish: () => void | Promise<void>;
}

/** A bus that records its events. */
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
        // Stored as text, since published events must not change afterwards.
        bus.events.push(JSON.parse(JSON.stringify(event)));
        return bus.losesAnswers ? { accepted: false, reason: "no answer" } : { accepted: true };
      });
    },
  };
  return bus;
}
