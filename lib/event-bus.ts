import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { eventSource } from "./events.ts";
import type { TaskEvent } from "./events.ts";

/** What became of one event: on the bus, or not known to be. */
export type Delivery = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface EventBus {
  /** One `Delivery` for each event, in order. Never throws: an answer that did not come is a reason. */
  publish(events: readonly TaskEvent[], signal: AbortSignal): Promise<readonly Delivery[]>;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const maxEntriesPerCall = 10;

/**
 * Our own cap on the sum of a call's entries, in bytes. The service takes 1 MB; SNS targets and older tools stop at
 * 256 KB.
 */
export const maxCallBytes = 240 * 1024;

/** The service's rule for an entry's size: 14 bytes of `Time` and the UTF-8 bytes of every other member. */
export function entryBytes(entry: PutEventsRequestEntry): number {
  const parts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const text = parts.reduce((sum, part) => sum + Buffer.byteLength(part ?? ""), 0);
  return text + (entry.Time ? 14 : 0);
}

export interface EventBridgeBusOptions {
  readonly region: string;
  readonly busName: string;
}

/**
 * Publishes to EventBridge. A call that succeeds may still refuse single entries, so each entry's own result decides.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export function createEventBridgeBus({ region, busName }: EventBridgeBusOptions): EventBus {
  const client = new EventBridgeClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  return {
    async publish(events, signal) {
      const deliveries: Delivery[] = [];
      for (const call of planCalls(events.map((event) => eventToEntry(event, busName)))) {
        deliveries.push(...(await putEntries(client, call, signal)));
      }
      return deliveries;
    },
  };
}

function eventToEntry({ detailType, detail }: TaskEvent, busName: string): PutEventsRequestEntry {
  return {
    EventBusName: busName,
    Source: eventSource,
    DetailType: detailType,
    Detail: JSON.stringify(detail),
    Time: new Date(detail.time),
  };
}

/** Cuts entries into calls of at most ten and of at most `maxCallBytes`; one entry alone may be larger. */
export function planCalls(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const calls: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entryBytes(entry);
    const current = calls.at(-1);
    if (current && current.length < maxEntriesPerCall && bytes + size <= maxCallBytes) {
      current.push(entry);
      bytes += size;
    } else {
      calls.push([entry]);
      bytes = size;
    }
  }
  return calls;
}

async function putEntries(
  client: EventBridgeClient,
  entries: PutEventsRequestEntry[],
  signal: AbortSignal,
): Promise<Delivery[]> {
  try {
    const answer = await client.send(new PutEventsCommand({ Entries: entries }), { abortSignal: signal });
    return entries.map((_, index) => resultToDelivery(answer.Entries?.[index]));
  } catch (error) {
    const reason = error instanceof Error ? error.name : "unknown error";
    return entries.map(() => ({ accepted: false, reason: `PutEvents got no answer: ${reason}` }));
  }
}

function resultToDelivery(result: PutEventsResultEntry | undefined): Delivery {
  if (result?.EventId && !result.ErrorCode) return { accepted: true };
  return { accepted: false, reason: `EventBridge refused the entry: ${result?.ErrorCode ?? "no result for it"}` };
}
