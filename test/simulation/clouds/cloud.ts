import type { WireRequest, WireResponse } from "../../../lib/transport/call.ts";
import type { ContentFault, Sky } from "./view.ts";

/** How an answer goes wrong on its way, or before the cloud has looked. */
export type WireFault =
  | "throttled"
  | "5xx"
  | "time-out"
  | "answer lost"
  | "connection reset"
  | "malformed JSON"
  | "HTML with status 200"
  | "nonce used"
  | "clock refused"
  | "credential expired"
  | "secrets echoed";

export const wireFaults: readonly WireFault[] = [
  "throttled",
  "throttled",
  "5xx",
  "5xx",
  "time-out",
  "answer lost",
  "connection reset",
  "malformed JSON",
  "HTML with status 200",
  "nonce used",
  "clock refused",
  "credential expired",
  "secrets echoed",
];

export const contentFaults: readonly ContentFault[] = [
  "null set",
  "unknown status",
  "status going backwards",
  "rows gone",
  "duplicate rows",
  "rows moving",
  "page repeated",
  "unreadable row",
];

/** One request, understood. */
export interface Asked {
  readonly api: string;
  readonly targetKey: string;
  /** Epoch milliseconds the request was signed for. */
  readonly signedAtMs: number;
  readonly parameters: ReadonlyMap<string, string>;
  readonly body: string;
}

/** One cloud's protocol, as little of it as the clients use; signatures are checked elsewhere. */
export interface Cloud {
  readonly clockToleranceMs: number;
  understand(request: WireRequest): Asked;
  answer(asked: Asked, fault: ContentFault | null, sky: CloudSky): WireResponse;
  refuse(fault: Refusal, sky: CloudSky, request: WireRequest): WireResponse;
}

export type Refusal = "throttled" | "5xx" | "nonce used" | "clock refused" | "credential expired" | "secrets echoed";

export interface CloudSky extends Sky {
  readonly requestId: string;
  /** The most rows on a page, whatever was asked for. */
  readonly largestPage: number;
  readonly envelope: "flat" | "object" | "text";
}

export function json(status: number, content: unknown, headers: Record<string, string> = {}): WireResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(content) };
}

/** The signature and the token that came with a request, as a careless server would quote them. */
export function quoted(request: WireRequest): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`);
  return [...headers, request.url.href, request.body].join(" ");
}
