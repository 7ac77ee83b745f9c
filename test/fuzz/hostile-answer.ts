import type { WireResponse } from "../../lib/transport/call.ts";
import type { Seed } from "./corpus.ts";
import { canary, withRawValues } from "./hostile-values.ts";
import { mutateTree } from "./mutate.ts";
import type { Random } from "./random.ts";

/** An answer of a hostile provider: a damaged fixture under odd statuses and headers. */
export function hostileAnswer(seed: Seed, random: Random, others: readonly Seed[]): WireResponse {
  const body = hostileBody(seed, random, others);
  return { status: hostileStatus(random), headers: hostileHeaders(random), body };
}

function hostileBody(seed: Seed, random: Random, others: readonly Seed[]): string {
  const draw = random.next();
  if (draw < 0.01)
    return random.pick(["", " ", "null", "[]", "{}", "0", '"Finished"', "\ufeff{}", "{", "true", "[[[["]);
  if (draw < 0.02) return garbage(random);
  if (draw < 0.03) return `<html><head><title>${canary}</title></head><body>Finished SUCCESS ${canary}</body></html>`;
  if (draw < 0.04)
    return `<?xml version="1.0"?><Error><HostId>${canary}</HostId><Code>${random.pick(codes)}</Code></Error>`;
  const text = seed.json === undefined ? seed.text : treeText(seed, random, others);
  if (draw < 0.08) return text.slice(0, random.below(text.length + 1));
  if (draw < 0.11) return spliced(text, random);
  if (draw < 0.14) return doubledKeys(text, random);
  return text;
}

const codes = [
  "Throttling",
  "InvalidTaskId.NotFound",
  "SignatureDoesNotMatch",
  "InvalidTimeStamp.Expired",
  "x",
] as const;

/** Repeated repetitions grow without end, and show nothing that fewer do not. */
const longestBody = 400_000;

function treeText(seed: Seed, random: Random, others: readonly Seed[]): string {
  const untouched = random.chance(0.04);
  const parts = [random.one(others)?.json];
  const tree = untouched ? seed.json : mutateTree(seed.json, random, parts);
  const text = withRawValues(JSON.stringify(tree) ?? "null");
  return text.length > longestBody ? seed.text : text;
}

function garbage(random: Random): string {
  return Array.from({ length: random.below(200) }, () => String.fromCharCode(random.below(65_536))).join("");
}

function spliced(text: string, random: Random): string {
  const from = random.below(text.length + 1);
  const to = from + random.below(20);
  return text.slice(0, from) + random.pick(["", "\u0000", '"', "}", "]", ",", "{", "\\", "\ufffd"]) + text.slice(to);
}

/** The same name twice in one object: the last one counts. */
function doubledKeys(text: string, random: Random): string {
  const name = random.pick(["TaskStatus", "State", "TaskId", "FailedCount", "TotalCount", "Response", "TaskSet"]);
  const value = random.pick(['"Finished"', '"SUCCESS"', '"Failed"', "1", "null", "{}", "[]"]);
  const doubled = random.chance(0.5) ? `"${name}":${value},"${name}":` : `"${name}":${value},"x":`;
  return text.replaceAll(`"${name}":`, doubled);
}

function hostileStatus(random: Random): number {
  if (random.chance(0.8)) return 200;
  return random.pick([
    200, 201, 204, 206, 301, 302, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504, 599, 0, 999,
  ]);
}

const dates = [
  "Sat, 21 Nov 2026 12:00:00 GMT",
  "+275760-09-13T00:00:00.000Z",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Sat, 01 Jan 0000 00:00:00 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "-271821-04-20",
  "12",
  "now",
  "",
] as const;

function hostileHeaders(random: Random): Record<string, string> {
  const headers: Record<string, string> = {};
  if (random.chance(0.5)) headers["date"] = dates[0];
  if (random.chance(0.85)) return headers;
  headers["content-type"] = random.pick(["text/html", "application/json", "image/png", "", "text/xml"]);
  headers["date"] = random.pick(dates);
  if (random.chance(0.5)) headers["retry-after"] = random.pick(["0", "-1", "1e9", "999999999", "soon", ...dates]);
  if (random.chance(0.3))
    headers["x-acs-retry-after"] = random.pick(["0", "1", "999999999", "99999999999999", "x", ""]);
  if (random.chance(0.3))
    headers["x-ca-error-code"] = random.pick(["", "A400IS", "T429ID", "X500ER", "D503BB", "\u0000"]);
  if (random.chance(0.3))
    headers["x-ca-error-message"] = random.pick(["", "Invalid Signature, Server StringToSign:`x`"]);
  if (random.chance(0.3)) headers["x-ca-request-id"] = random.pick([canary, "", "r".repeat(9000), "a b", "https://x/"]);
  if (random.chance(0.3)) headers["x-acs-request-id"] = random.pick(["", "r".repeat(9000), "a b", "https://x/?a"]);
  return headers;
}
