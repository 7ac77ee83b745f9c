/**
 * A small EventBridge on loopback, closed to web pages: `PutEvents` and `StartReplay` as the AWS SDK sends them, a memory
 * of what was accepted, rules with targets, and faults on demand. Parameters other than these are refused.
 *
 * | call | what it does |
 * |---|---|
 * | `POST /` | PutEvents or StartReplay, AWS JSON 1.1 |
 * | `GET /` | counts of what happened |
 * | `GET /events?detail-type=...` | `{ events }`, the envelopes as delivered, newest first; may be repeated |
 * | `DELETE /events` | forgets them |
 * | `POST /refusals` `{ times, errorCode?, match? }`, `DELETE /refusals` | entries refused inside a 200 answer |
 * | `POST /faults` `{ times, fault }`, `DELETE /faults` | calls that fail as a whole, see `callFaults` |
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { entryToEvent, parseJson, readPutEvents } from "./event-entries.ts";
import type { DeliveredEvent, PutEventsEntry } from "./event-entries.ts";
import { createEventFaults } from "./event-faults.ts";
import { openEventHistory } from "./event-history.ts";
import { createReplays } from "./event-replay.ts";
import { createEventDelivery } from "./event-rules.ts";
import type { Delivery, EventDelivery, EventRule } from "./event-rules.ts";
import { listenOnLoopback, readText, stopServer } from "./loopback.ts";
import { ownCallersOnly } from "./own-callers.ts";
import type { NeededSecret } from "./own-callers.ts";

export interface EventEndpointOptions {
  /** 0 picks any free port. */
  readonly port: number;
  readonly rules: readonly EventRule[];
  /** Existing buses; `default` always exists. Events for other buses are accepted and dropped. */
  readonly buses?: readonly string[];
  /** Number of events to keep readable. Default 1,000. */
  readonly keep?: number;
  /** JSON lines file that keeps accepted events across restarts. */
  readonly path?: string;
  /** What GET and what all other calls need. If absent, every program on this machine may call. */
  readonly secrets?: { readonly read: NeededSecret | undefined; readonly write: NeededSecret };
  readonly onDelivery?: (delivery: Delivery) => void;
  /** Default 200 ms, 1 s, and 5 s. */
  readonly retryDelaysMs?: readonly number[];
}

export interface EventEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

const maxBodyBytes = 16 * 1024 * 1024;

/** Rejects with `EventPatternError` for an unsupported pattern and with EADDRINUSE if the port is in use. */
export async function startEventEndpoint(options: EventEndpointOptions): Promise<EventEndpoint> {
  const { rules, keep = 1000, path, secrets, onDelivery = () => {}, retryDelaysMs = [200, 1000, 5000] } = options;
  const counts = { calls: 0, accepted: 0, refused: 0, dropped: 0, delivered: 0, failedTries: 0 };
  const delivery = createEventDelivery({
    rules,
    retryDelaysMs,
    onDelivery(tried) {
      counts[tried.error === undefined ? "delivered" : "failedTries"] += 1;
      onDelivery(tried);
    },
  });
  const world: World = {
    counts,
    history: openEventHistory(path === undefined ? { keep } : { keep, path }),
    faults: createEventFaults(),
    replays: createReplays(),
    rules,
    buses: new Set(["default", ...(options.buses ?? [])]),
    deliver: delivery.deliver,
  };
  const listener: RequestListener = (request, response) => {
    answer(world, request, response).catch((error: unknown) => {
      sendJson(response, 400, { error: error instanceof Error ? error.message : "unreadable request" });
    });
  };
  const secretFor = ({ method }: IncomingMessage) => secrets?.[method === "GET" ? "read" : "write"];
  const server = createServer(ownCallersOnly(listener, { secretFor }));
  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await stopServer(server);
      await delivery.stop();
    },
  };
}

interface World {
  readonly counts: Record<"calls" | "accepted" | "refused" | "dropped" | "delivered" | "failedTries", number>;
  readonly history: ReturnType<typeof openEventHistory>;
  readonly faults: ReturnType<typeof createEventFaults>;
  readonly replays: ReturnType<typeof createReplays>;
  readonly rules: readonly EventRule[];
  readonly buses: ReadonlySet<string>;
  readonly deliver: EventDelivery["deliver"];
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { counts, history, faults } = world;
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const body = await readText(request, maxBodyBytes);
  const known: readonly string[] = request.method === "GET" && url.pathname === "/events" ? ["detail-type"] : [];
  const unknown = [...new Set(url.searchParams.keys())].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const allowed = known.length === 0 ? "none is allowed here" : `allowed: ${known.join(", ")}`;
    return sendJson(response, 400, { error: `unknown parameters: ${unknown.join(", ")}; ${allowed}` });
  }
  switch (`${request.method} ${url.pathname}`) {
    case "POST /":
      return answerAws(world, { body, target: request.headers["x-amz-target"] }, response);
    case "GET /":
      return sendJson(response, 200, { ...counts, pending: faults.pending(), buses: [...world.buses] });
    case "GET /events": {
      const wanted = url.searchParams.getAll("detail-type");
      const isWanted = (event: DeliveredEvent) => wanted.length === 0 || wanted.includes(event["detail-type"]);
      const events = history.newestFirst().filter(isWanted);
      return sendJson(response, 200, { events });
    }
    case "DELETE /events":
      history.clear();
      return sendJson(response, 204);
    case "POST /refusals":
      faults.orderRefusals(parseJson(body));
      return sendJson(response, 201, faults.pending());
    case "DELETE /refusals":
      faults.clearRefusals();
      return sendJson(response, 204);
    case "POST /faults":
      faults.orderCallFaults(parseJson(body));
      return sendJson(response, 201, faults.pending());
    case "DELETE /faults":
      faults.clearCallFaults();
      return sendJson(response, 204);
    default:
      return sendJson(response, 404, { error: `there is no ${request.method} ${url.pathname} here` });
  }
}

interface AwsRequest {
  readonly body: string;
  readonly target: unknown;
}

function answerAws(world: World, { body, target }: AwsRequest, response: ServerResponse): void {
  if (target === "AWSEvents.StartReplay") return startReplay(world, body, response);
  world.counts.calls += 1;
  if (target !== "AWSEvents.PutEvents") {
    return sendException(
      response,
      400,
      "UnknownOperationException",
      "This endpoint knows PutEvents and StartReplay only.",
    );
  }
  putEvents(world, body, response);
}

/** Replayed events are not remembered again, as an archive leaves them out. */
function startReplay({ replays, rules, buses, history, deliver }: World, body: string, response: ServerResponse): void {
  const replay = replays.start(body, { buses, rules, newestFirst: history.newestFirst, nowMs: Date.now() });
  if ("type" in replay) return sendException(response, 400, replay.type, replay.message);
  for (const event of replay.events) deliver(replay.bus, event, replay.rules);
  sendAws(response, 200, replay.answer);
}

function putEvents(world: World, body: string, response: ServerResponse): void {
  const read = readPutEvents(body);
  if ("problem" in read) return sendException(response, 400, "ValidationException", read.problem);
  const fault = world.faults.nextCallFault();
  if (fault === "hang") return;
  if (fault === "throttle") return sendException(response, 400, "ThrottlingException", "Rate exceeded");
  if (fault === "internal-failure") return sendException(response, 500, "InternalException");

  const outcomes = read.entries.map((entry) => outcomeOf(world, entry));
  const accepted = outcomes.flatMap((outcome) => ("event" in outcome ? [outcome] : []));
  const known = accepted.filter(({ bus }) => world.buses.has(bus));
  world.history.add(known.map(({ event }) => event));
  world.counts.accepted += accepted.length;
  world.counts.refused += outcomes.length - accepted.length;
  world.counts.dropped += accepted.length - known.length;
  for (const { bus, event } of known) world.deliver(bus, event);

  if (fault === "lost-answer") {
    response.destroy();
    return;
  }
  sendAws(response, 200, {
    FailedEntryCount: outcomes.length - accepted.length,
    Entries: outcomes.map((outcome) => ("event" in outcome ? { EventId: outcome.event.id } : outcome.refusal)),
  });
}

function outcomeOf({ faults }: World, entry: PutEventsEntry) {
  const read = entryToEvent(entry, { id: randomUUID(), nowMs: Date.now() });
  if ("refusal" in read) return read;
  const refusal = faults.refusalOf(read.event);
  if (refusal !== undefined) return { refusal };
  // A bus may be given by name or by ARN, which ends in /<name>.
  return { event: read.event, bus: entry.EventBusName?.split("/").at(-1) ?? "default" };
}

function sendException(response: ServerResponse, status: number, type: string, message?: string): void {
  sendAws(response, status, message === undefined ? { __type: type } : { __type: type, message });
}

function sendAws(response: ServerResponse, status: number, body: unknown): void {
  response.setHeader("x-amzn-requestid", randomUUID());
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

function sendJson(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}
