import type { WireRequest, WireResponse } from "../../../lib/transport/call.ts";
import type { ContentFault, ViewContext } from "./view.ts";

/** How a response fails on its way, or before the cloud has handled the request. */
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

/** One parsed request. */
export interface Asked {
  readonly api: string;
  readonly targetKey: string;
  /** Epoch milliseconds for which the request was signed. */
  readonly signedAtMs: number;
  readonly parameters: ReadonlyMap<string, string>;
  readonly body: string;
}

/** One cloud's protocol, limited to what the clients use. Signatures are checked elsewhere. */
export interface Cloud {
  readonly clockToleranceMs: number;
  understand(request: WireRequest): Asked;
  answer(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse;
  refuse(fault: Refusal, context: AnswerContext, request: WireRequest): WireResponse;
}

export type Refusal = "throttled" | "5xx" | "nonce used" | "clock refused" | "credential expired" | "secrets echoed";

/** What `TotalCount` counts. `all tasks`: those of the account, whatever the filters are. */
export type CountedRows = "all rows" | "rows of the page" | "all tasks";

export interface AnswerContext extends ViewContext {
  readonly requestId: string;
  /** The maximum number of rows on a page, whatever was requested. */
  readonly largestPage: number;
  readonly envelope: "flat" | "object" | "text";
  readonly counts: CountedRows;
  readonly rowsWithDetail: boolean;
}

export function json(status: number, content: unknown, headers: Record<string, string> = {}): WireResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(content) };
}

/** The request's signature and token, as a careless server would quote them. */
export function quoted(request: WireRequest): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`);
  return [...headers, request.url.href, request.body].join(" ");
}
