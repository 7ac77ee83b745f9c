import type { Answer, CloudName, Exchange, ImitatedError, RecordedRequest, Refusal, Wire } from "./exchange.ts";
import type { Fault, Faults } from "./faults.ts";
import { type Delivery, listenOnLoopback, type LoopbackServer } from "./loopback-server.ts";

/** Serves one cloud on one port: applies faults, calls the protocol, and records requests. */

const maxBodyBytes = 1_048_576;

export interface WireServerOptions {
  readonly wire: Wire;
  readonly host: string;
  readonly port: number;
  readonly otherHosts: readonly string[];
  readonly now: () => number;
  readonly faults: Faults;
  /** Grows with every request. Beyond `keepRequests`, the older half is dropped. */
  readonly requests: RecordedRequest[];
  readonly keepRequests: number;
}

export function serveWire(options: WireServerOptions): Promise<LoopbackServer> {
  const { wire, host, port, otherHosts, now } = options;
  return listenOnLoopback({
    name: wire.cloud,
    host,
    port,
    otherHosts,
    maxBodyBytes,
    now,
    handle: (exchange) => handle(exchange, options),
    tooLarge: () => wire.tooLarge(),
    brokenInside: () => wire.serverError(500),
  });
}

async function handle(exchange: Exchange, options: WireServerOptions): Promise<Delivery> {
  const { wire, faults } = options;
  const api = wire.apiOf(exchange);
  const struck = faults.strike(wire.cloud, api);
  const latency = struck.find((fault) => fault.kind === "latency");
  if (latency !== undefined) await new Promise((resolve) => setTimeout(resolve, latency.ms ?? 1_000));
  const fault = struck.find((each) => each.kind !== "latency");
  const delivery = withHeaders(deliveryOf(exchange, wire, fault), fault?.headers);
  const kinds = struck.map((each) => each.kind).join(" ") || null;
  record(options, recordOf(exchange, { wire, api, delivery, fault: kinds, atMs: options.now() }));
  return delivery;
}

/** Network and proxy faults apply before the signature is checked, the provider's own faults after. */
function deliveryOf(exchange: Exchange, wire: Wire, fault: Fault | undefined): Delivery {
  const answered = (refusal?: Refusal): Delivery => ({ kind: "answer", answer: wire.answer(exchange, refusal) });
  switch (fault?.kind) {
    case undefined:
    case "latency":
      return answered();
    case "reset":
    case "hang":
      return { kind: fault.kind };
    case "status":
      return { kind: "answer", answer: wire.serverError(fault.status ?? 503) };
    case "html":
      return { kind: "answer", answer: htmlPage(fault.status ?? 502) };
    case "empty":
      return { kind: "answer", answer: { ...bare(fault.status ?? 200), body: "" } };
    case "throttle":
      return answered({ kind: "throttle", ...(fault.ms === undefined ? {} : { retryAfterMs: fault.ms }) });
    case "deny":
      return answered({ kind: "deny" });
    case "wrong-shape":
      return { kind: "answer", answer: replacedWhenGood(wire.answer(exchange), wire.wrongShape()) };
    case "truncate":
      return { kind: "truncate", answer: wire.answer(exchange) };
    case "overcount":
      return { kind: "answer", answer: withOneMoreCounted(wire.answer(exchange)) };
    case "error":
      return { kind: "answer", answer: wire.imitate(exchange, imitatedError(fault)) };
    case "answer":
      return { kind: "answer", answer: { ...bare(fault.status ?? 200), body: fault.body ?? "" } };
  }
}

function withHeaders(delivery: Delivery, headers: Fault["headers"]): Delivery {
  if (headers === undefined || !("answer" in delivery)) return delivery;
  const { answer } = delivery;
  return { ...delivery, answer: { ...answer, headers: { ...answer.headers, ...headers } } };
}

function imitatedError({ code = "", status, message }: Fault): ImitatedError {
  return { code, ...(status === undefined ? {} : { status }), ...(message === undefined ? {} : { message }) };
}

/** In JSON, in JSON inside a JSON text, and in XML. */
function withOneMoreCounted(answer: Answer): Answer {
  const counted = /(TotalCount\\?(?:": ?|>))(\d+)/;
  const body = answer.body.replace(counted, (_text, name: string, count: string) => `${name}${Number(count) + 1}`);
  return { ...answer, body };
}

function replacedWhenGood(answer: Answer, replacement: Answer): Answer {
  return answer.code === null ? replacement : answer;
}

function bare(status: number): Omit<Answer, "body"> {
  return { status, headers: {}, code: null, requestId: null };
}

function htmlPage(status: number): Answer {
  const body = `<html><head><title>${status}</title></head><body><h1>Bad Gateway</h1><hr>proxy</body></html>`;
  return { ...bare(status), headers: { "content-type": "text/html" }, body };
}

function recordOf(
  exchange: Exchange,
  about: { wire: Wire; api: string; delivery: Delivery; fault: string | null; atMs: number },
): RecordedRequest {
  const { wire, api, delivery, fault, atMs } = about;
  const cloud: CloudName = wire.cloud;
  const answer = "answer" in delivery ? delivery.answer : undefined;
  return {
    atMs,
    cloud,
    api,
    method: exchange.method,
    params: wire.paramsOf(exchange),
    status: answer?.status ?? null,
    code: answer?.code ?? null,
    requestId: answer?.requestId ?? null,
    fault,
    note: answer?.note ?? null,
  };
}

function record({ requests, keepRequests }: WireServerOptions, request: RecordedRequest): void {
  requests.push(request);
  if (requests.length > keepRequests) requests.splice(0, Math.ceil(keepRequests / 2));
}
