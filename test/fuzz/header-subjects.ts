import { ProviderError } from "../../lib/domain/errors.ts";
import type { Provider } from "../../lib/domain/provider.ts";
import type { Transport, WireRequest, WireResponse } from "../../lib/transport/call.ts";
import { providerOf } from "./client-subjects.ts";
import { cloudNames } from "./corpus.ts";
import type { CloudName } from "./corpus.ts";
import type { FuzzClock } from "./fuzz-clock.ts";
import { createFuzzClock } from "./fuzz-clock.ts";
import { secretMark } from "./hostile-setup.ts";
import { hostileTransport } from "./hostile-transport.ts";
import type { Delivered, HostileCase, Observation, Subject } from "./observation.ts";
import type { Random } from "./random.ts";

/** Every header that an adapter, the caller, or the transport reads, and some that they must not believe. */
const headerNames = [
  "date",
  "retry-after",
  "x-acs-retry-after",
  "x-acs-request-id",
  "x-ca-request-id",
  "x-ca-error-code",
  "x-ca-error-message",
  "x-request-id",
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "location",
  "set-cookie",
  "server",
] as const;

const dates = [
  "Sat, 13 Sep 275760 00:00:00 GMT",
  "+275760-09-13T00:00:00.000Z",
  "Thu, 31 Dec 2100 23:59:59 GMT",
  "Fri, 01 Jan 2100 00:00:00 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Sat, 01 Jan 2000 00:00:00 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Sat, 21 Nov 2026 12:00:00 GMT",
  "Sat, 21 Nov 2026 11:00:00 GMT",
  "Sat, 21 Nov 2026 12:00:00 GMT, Sat, 21 Nov 2026 12:00:01 GMT",
  "Mon, 31 Feb 2026 00:00:00 GMT",
  "-271821-04-20T00:00:00.000Z",
] as const;

const values = [
  "",
  " ",
  "0",
  "-1",
  "1",
  "1.5",
  "1e9",
  "86400",
  "86401",
  "999999999",
  "9999999999",
  "9".repeat(400),
  "NaN",
  "Infinity",
  "0x10",
  "\u0000",
  "\u001b[2K\rdone",
  "\u0085\u009b2K",
  "\u202e\u2066\u200b",
  "a\r\nset-cookie: b",
  "gzip",
  "br, gzip",
  "chunked",
  "text/html",
  "application/json; charset=utf-16",
  "A400IK",
  "T429ID",
  "X500ER",
  "Invalid Timestamp, expired",
  `Invalid Signature, Server StringToSign:\`POST#X-Ca-Key:${secretMark}id#\``,
  `https://h/o?Signature=${secretMark}`,
  `Bearer ${secretMark}`,
  "r".repeat(16_000),
  "sign%25".repeat(2_000),
  "__proto__",
] as const;

/** The answer under hostile headers. In half of all cases it refuses our time, so that its date is learned. */
export function withHeaders(cloud: CloudName, response: WireResponse, random: Random): WireResponse {
  const headers: Record<string, string> = {};
  for (const name of headerNames) if (random.chance(0.35)) headers[name] = random.pick(values);
  if (random.chance(0.7)) headers["date"] = random.pick(dates);
  if (random.chance(0.2)) headers["retry-after"] = random.pick(dates);
  if (random.chance(0.5)) return { ...response, headers };
  return expired(cloud, headers);
}

function expired(cloud: CloudName, headers: WireResponse["headers"]): WireResponse {
  switch (cloud) {
    case "alibaba-ecs":
      return { status: 400, headers, body: '{"Code":"InvalidTimeStamp.Expired","Message":"expired","RequestId":"r"}' };
    case "apsara-route":
      return { status: 400, headers: { ...headers, "x-ca-error-message": "Invalid Timestamp, expired" }, body: "" };
    case "tencent-ecm": {
      const Error = { Code: "AuthFailure.SignatureExpire", Message: "expired" };
      return { status: 200, headers, body: JSON.stringify({ Response: { Error, RequestId: "r" } }) };
    }
  }
}

/** After the hostile answers, the cloud is honest: it refuses a wrong time, and does not tell its own. */
export function headerSubjects(): Subject[] {
  return cloudNames.map((cloud) => ({
    name: `${cloud} under hostile headers`,
    cloud,
    shows: "nothing",
    asks: "list",
    seesStatus: true,
    spoils: "headers",
    observe: (hostile) => observe(cloud, hostile),
  }));
}

async function observe(cloud: CloudName, hostile: HostileCase): Promise<Observation> {
  const delivered: Delivered[] = [];
  const clock = createFuzzClock();
  let transport = hostileTransport(hostile, delivered);
  const provider = providerOf(cloud, (request, signal) => transport(request, signal), clock);
  const thrown = await failureOf(provider);
  transport = honest(cloud, clock);
  const later = await failureOf(provider);
  const nothing = { delivered, seen: [], unreadable: [], thrown };
  if (later === undefined) return nothing;
  return { ...nothing, unrecovered: later instanceof ProviderError ? `${later.kind} ${later.code}` : "another error" };
}

async function failureOf(provider: Provider): Promise<unknown> {
  try {
    for await (const page of provider.list({}, new AbortController().signal)) void page;
    return undefined;
  } catch (error) {
    return error;
  }
}

const toleranceMs = 15 * 60_000;

function honest(cloud: CloudName, clock: FuzzClock): Transport {
  const body = {
    "alibaba-ecs": { TotalCount: 0, TaskSet: { Task: [] }, RequestId: "r" },
    "apsara-route": { TotalCount: 0, TaskSet: { Task: [] }, RequestId: "r" },
    "tencent-ecm": { Response: { ImageSet: [], TotalCount: 0, RequestId: "r" } },
  }[cloud];
  return async (request) => {
    const isOnTime = Math.abs(signedAtMs(request) - clock.now()) <= toleranceMs;
    return isOnTime ? { status: 200, headers: {}, body: JSON.stringify(body) } : expired(cloud, {});
  };
}

function signedAtMs({ headers }: WireRequest): number {
  const at = headers["x-acs-date"] ?? headers["X-Ca-Timestamp"] ?? headers["x-tc-timestamp"] ?? "";
  if (!/^\d+$/.test(at)) return Date.parse(at);
  return at.length <= 10 ? Number(at) * 1000 : Number(at);
}
