/**
 * Decides who may call a server of local mode. Any web page that is open on this machine can send requests to loopback,
 * and a name of its own may resolve to loopback (DNS rebinding). Browsers set `Host`, `Origin`, and `Sec-Fetch-Site`
 * themselves, so these headers give a page away.
 * @see https://developer.mozilla.org/en-US/docs/Glossary/Fetch_metadata_request_header
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { problemTypes, problemUrn } from "../../lib/http/problem.ts";

export interface NeededSecret {
  /** The request must bear one of them. */
  readonly anyOf: readonly string[];
  /** Tells callers where to find it. */
  readonly whereabouts: string;
}

export interface CallerRule {
  /** `undefined` if every program on this machine may send this request. */
  readonly secretFor?: (request: IncomingMessage) => NeededSecret | undefined;
  /** Accepted in `Host` beside the server's own names. */
  readonly otherHosts?: readonly string[];
}

interface Refusal {
  readonly type: "forbidden" | "unauthenticated";
  readonly detail: string;
}

/** Answers a refused request with 403 or 401 and a problem document. The listener never sees it. */
export function ownCallersOnly(listener: RequestListener, rule: CallerRule = {}): RequestListener {
  return (request, response) => {
    const refusal = refusalOf(request, rule);
    if (refusal === undefined) return listener(request, response);
    refuse(refusal, request, response);
  };
}

function refuse({ type, detail }: Refusal, request: IncomingMessage, response: ServerResponse): void {
  const { status, title } = problemTypes[type];
  response.statusCode = status;
  response.setHeader("content-type", "application/problem+json");
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  if (type === "unauthenticated") response.setHeader("www-authenticate", "Bearer");
  response.end(JSON.stringify({ type: problemUrn(type), title, status, detail }));
  // A caller that is still sending its body could not read the answer otherwise.
  request.resume();
}

const ownNames = ["localhost", "127.0.0.1", "[::1]"];

function refusalOf(request: IncomingMessage, { secretFor, otherHosts = [] }: CallerRule): Refusal | undefined {
  const port = request.socket.localPort;
  const { host, origin = [], "sec-fetch-site": sites = [] } = request.headersDistinct;
  if (host?.length !== 1 || !isOwnHost(host[0], port, otherHosts)) {
    return forbidden(`The Host header does not name this server. Call http://localhost:${port}.`);
  }
  if (!origin.every((one) => isOwnOrigin(one, port))) {
    return forbidden(
      "The Origin header names another site, and web pages may not call local mode. Call it from a program on this machine, without Origin.",
    );
  }
  if (!sites.every((site) => site === "same-origin" || site === "none")) {
    return forbidden(
      "The Sec-Fetch-Site header says that another site's web page calls, and web pages may not call local mode. Call it from a program on this machine, without Sec-Fetch-Site.",
    );
  }
  const secret = secretFor?.(request);
  if (secret === undefined || secret.anyOf.some((one) => bears(request, one))) return undefined;
  return {
    type: "unauthenticated",
    detail: `The Authorization header lacks the secret. Send it as a bearer token, or as the access key id of an AWS signature. It is ${secret.whereabouts}.`,
  };
}

function forbidden(detail: string): Refusal {
  return { type: "forbidden", detail };
}

function isOwnHost(host = "", port: number | undefined, otherHosts: readonly string[]): boolean {
  const own = [...ownNames, ...ownNames.map((name) => `${name}:${port}`), ...otherHosts];
  return own.includes(host.toLowerCase());
}

/** An origin leaves out port 80. */
function isOwnOrigin(origin: string, port: number | undefined): boolean {
  return ownNames.some((own) => origin.toLowerCase() === (port === 80 ? `http://${own}` : `http://${own}:${port}`));
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
const credentials = [/^bearer +(\S+)$/i, /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\//];

function bears({ headers }: IncomingMessage, secret: string): boolean {
  const given = credentials.map((pattern) => pattern.exec(headers.authorization ?? "")?.[1] ?? "");
  // The comparison needs equal lengths, and digests do not reveal the secret's length.
  return given.some((one) => timingSafeEqual(digestOf(one), digestOf(secret)));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
