/**
 * A subscriber as another team would write it: a function behind a rule of the bus. Events come at least once and in any
 * order, so it acts once for each id. Local mode runs this file to print its events.
 *
 * Where the package is installed, import from "image-tasks/events".
 */
import { parseTaskEvent } from "../../lib/subscriber/parse-task-event.ts";
import type { ParsedTaskEvent } from "../../lib/subscriber/parse-task-event.ts";

/** Which events were acted on. `seen-events.ts` keeps it in DynamoDB. */
export interface SeenEvents {
  /** `first`: nobody has acted on it. `done`: somebody has. `busy`: somebody acts on it at the moment. */
  begin(id: string): Promise<"first" | "done" | "busy">;
  finish(id: string): Promise<void>;
  /** The action failed, so that the next copy may try again. */
  abandon(id: string): Promise<void>;
}

export interface SubscriberDependencies {
  readonly seen: SeenEvents;
  /** Must allow for a second call with the same event, if the function is killed between acting and remembering. */
  readonly act: (event: ParsedTaskEvent) => Promise<void>;
}

/** The handler throws if it has not acted, so that the bus or the queue sends the event again. */
export function createSubscriber({ seen, act }: SubscriberDependencies) {
  return async function handler(input: unknown): Promise<void> {
    const event = parseTaskEvent(input);
    const state = await seen.begin(event.id);
    if (state === "done") return;
    // The other one may still fail, so this copy must not count as delivered.
    if (state === "busy") throw new Error(`another copy of the event ${event.id} is being worked on`);
    try {
      await act(event);
    } catch (error) {
      await seen.abandon(event.id);
      throw error;
    }
    await seen.finish(event.id);
  };
}

/** One line for people, such as `aliyun:cn-hangzhou:t-1  running -> failed  (InvalidOSSObject.NotFound)`. */
export function toLine({ task, previousStatus, replay }: ParsedTaskEvent): string {
  const reason = task.error === null ? "" : `  (${task.error.code})`;
  const origin = replay === null ? "" : `  (replay ${replay})`;
  return `${task.id}  ${previousStatus ?? "(new)"} -> ${task.status}${reason}${origin}`;
}
