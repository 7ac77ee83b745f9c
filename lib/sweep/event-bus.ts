import type { Agent as HttpsAgent } from "node:https";
import { EventBridgeClient, EventBridgeServiceException, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { eventSource } from "../domain/events.ts";
import type { Delivery, TaskEvent } from "../domain/events.ts";
import type { Explain } from "../domain/explanation.ts";

export interface EventBus {
  /**
   * Returns one `Delivery` per event, in order. Never throws: if a response is missing, its events count as refused.
   */
  publish(events: readonly TaskEvent[], signal: AbortSignal): Promise<readonly Delivery[]>;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const maxEntriesPerCall = 10;

/**
 * Our own limit for the total size of a call's entries, in bytes. The service accepts 1 MB; SNS targets and older tools
 * accept only 256 KB.
 */
export const maxCallBytes = 240 * 1024;

/** An entry's size as the service counts it: 14 bytes for `Time` plus the UTF-8 bytes of all other members. */
export function entryBytes(entry: PutEventsRequestEntry): number {
  const parts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const text = parts.reduce((sum, part) => sum + Buffer.byteLength(part ?? ""), 0);
  return text + (entry.Time ? 14 : 0);
}

interface EventBridgeBusOptions {
  readonly busName: string;
  readonly explain: Explain;
  readonly client: EventBridgeClient;
}

interface EventBridgeEndpoint {
  readonly region: string;
  readonly busName: string;
  readonly explain: Explain;
  readonly httpsAgent?: HttpsAgent;
  /** The environment's by default. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Overrides the endpoint derived from the region and the environment. */
  readonly endpoint?: string;
  /** Time limit for a whole call. Default 10,000. */
  readonly answerTimeoutMs?: number;
}

/**
 * Publishes to EventBridge. A successful call may still refuse single entries, so each entry's own result counts.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export function createEventBridgeBus(options: EventBridgeBusOptions | EventBridgeEndpoint): EventBus {
  const { busName, explain } = options;
  const client = "client" in options ? options.client : createClient(options);
  return {
    async publish(events, signal) {
      const deliveries: Delivery[] = [];
      let silentCalls = 0;
      for (const call of planCalls(events.map((event) => eventToEntry(explained(event, explain), busName)))) {
        if (silentCalls >= maxSilentCalls) {
          deliveries.push(...call.map(() => notSent));
          continue;
        }
        const outcome = await putEntries(client, call, signal);
        deliveries.push(...outcome.deliveries);
        silentCalls = outcome.silent ? silentCalls + 1 : 0;
      }
      return deliveries;
    },
  };
}

function createClient(options: EventBridgeEndpoint): EventBridgeClient {
  const { region, endpoint, credentials, httpsAgent, answerTimeoutMs = 10_000 } = options;
  return new EventBridgeClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // The caller sends refused entries again. Retries at a second level would only multiply the delays.
    maxAttempts: 1,
    requestHandler: {
      ...(httpsAgent === undefined ? {} : { httpsAgent }),
      connectionTimeout: 3000,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
    },
  });
}

/** Only here: a recorded event has no explanation, so that the latest text is sent. */
function explained({ detailType, detail }: TaskEvent, explain: Explain): TaskEvent {
  return { detailType, detail: { ...detail, data: { ...detail.data, task: explain(detail.data.task) } } };
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

/** Splits entries into calls of at most ten entries and `maxCallBytes`. A single entry may exceed that size. */
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

/** After this many consecutive calls without a response, the rest of the same `publish` is not sent. */
const maxSilentCalls = 2;

interface CallOutcome {
  readonly deliveries: readonly Delivery[];
  /** True if the call received no response. */
  readonly silent: boolean;
}

const notSent: Delivery = { accepted: false, reason: "not sent: PutEvents did not answer the previous calls" };

async function putEntries(
  client: EventBridgeClient,
  entries: PutEventsRequestEntry[],
  signal: AbortSignal,
): Promise<CallOutcome> {
  try {
    const answer = await client.send(new PutEventsCommand({ Entries: entries }), { abortSignal: signal });
    return { deliveries: resultsToDeliveries(answer.Entries ?? [], entries.length), silent: false };
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown error";
    const answered = error instanceof EventBridgeServiceException;
    const reason = answered ? `PutEvents was refused: ${name}` : `PutEvents got no answer: ${name}`;
    return { deliveries: entries.map(() => ({ accepted: false, reason })), silent: !answered };
  }
}

/** Results belong to entries by position only, so with another number of results, none can be attributed. */
function resultsToDeliveries(results: readonly PutEventsResultEntry[], sent: number): Delivery[] {
  if (results.length === sent) return results.map(resultToDelivery);
  const reason = `PutEvents returned ${results.length} results instead of ${sent}, so no entry counts as accepted`;
  return Array.from({ length: sent }, () => ({ accepted: false, reason }));
}

function resultToDelivery({ EventId, ErrorCode }: PutEventsResultEntry): Delivery {
  if (EventId && !ErrorCode) return { accepted: true };
  return { accepted: false, reason: `EventBridge refused the entry: ${ErrorCode ?? "no event id"}` };
}
