import type { WireResponse } from "../../lib/transport/call.ts";
import type { Random } from "./random.ts";

/** Stands in every credential, address, and endpoint. */
export const secretMark = "MARKEDSECRET";

/** What the configuration, the secret store, and a caller give to an adapter. */
export interface HostileSetup {
  /** False: the adapter is made directly, without the checks of the configuration and the secret store. */
  readonly checked: boolean;
  readonly method: "list" | "getMany" | "get" | "cancel" | "resolve";
  /** The texts of the secrets on their first and second read. `null`: there is no such secret. */
  readonly id: readonly [string | null, string | null];
  readonly key: readonly [string | null, string | null];
  /** A JSON text with a member `token` in most cases. */
  readonly tokenJson: string;
  readonly endpoint: string;
  readonly userEmail: string;
  readonly nativeIds: readonly string[];
}

export const plainSetup: HostileSetup = {
  checked: true,
  method: "list",
  id: [`${secretMark}id`, `${secretMark}id`],
  key: [`${secretMark}key`, `${secretMark}key`],
  tokenJson: `{"token":"${secretMark}token"}`,
  endpoint: "https://cloud.example.com",
  userEmail: "ops@example.com",
  nativeIds: ["t-1"],
};

export function hostileSetup(random: Random): HostileSetup {
  const token = JSON.stringify({ token: spoiled(`${secretMark}token`, random) });
  const id = secret("id", random);
  const key = secret("key", random);
  return {
    checked: random.chance(0.6),
    method: random.pick(["list", "list", "getMany", "get", "cancel", "resolve"]),
    id: [id, random.chance(0.7) ? id : secret("id2", random)],
    key: [key, random.chance(0.7) ? key : secret("key2", random)],
    tokenJson: random.chance(0.9)
      ? token
      : random.pick(["", "null", "[]", "{", `{"token":7}`, `"${secretMark}"`, "\u0000"]),
    endpoint: random.chance(0.5) ? plainSetup.endpoint : hostileEndpoint(random),
    userEmail: random.chance(0.5) ? plainSetup.userEmail : spoiled(`${secretMark}@example.com`, random),
    nativeIds: Array.from({ length: 1 + random.below(3) }, () =>
      spoiled(random.pick(["t-1", "21", "img-c1p90f6q", "image-name:ecmtest", "tsk-****"]), random),
    ),
  };
}

function secret(name: string, random: Random): string | null {
  if (random.chance(0.04)) return null;
  if (random.chance(0.04)) return random.pick(["", " ", "\n", "\u0000", "\u200b"]);
  if (random.chance(0.02)) return secretMark.repeat(random.pick([600, 700, 5000]));
  return spoiled(`${secretMark}${name}`, random);
}

/** Pasted, typed on a phone, or copied from a document. */
const oddTexts = [
  " ",
  "\n",
  "\r\n",
  "\r",
  "\t",
  "\u0000",
  "\u0007",
  "\u001b[31m",
  "\u007f",
  "\u0080",
  "\u00a0",
  "\u00e9",
  "\u00ff",
  "\u0130",
  "\u200b",
  "\u2028",
  "\u201c",
  "\ufeff",
  "\uff20",
  "\ud800",
  "\udc00",
  "\u{1F600}",
  "%",
  "%0a",
  "%00",
  ":",
  ",",
  "/",
  "\\",
  '"',
  "#",
  "&a=b",
  "=",
  "@",
  "<>",
  "__proto__",
] as const;

/** In half of all cases unchanged. */
function spoiled(text: string, random: Random): string {
  if (random.chance(0.5)) return text;
  let spoiledText = text;
  for (let times = random.pick([1, 1, 2, 3]); times > 0; times -= 1) {
    const at = random.pick([0, spoiledText.length, random.below(spoiledText.length + 1)]);
    spoiledText = spoiledText.slice(0, at) + (random.one(oddTexts) ?? "") + spoiledText.slice(at);
  }
  return spoiledText;
}

function hostileEndpoint(random: Random): string {
  const scheme = random.pick(["https:", "https:", "https:", "http:", "HTTPS:", "ftp:", "data:", "https"]);
  const host = random.pick([
    "cloud.example.com",
    "[2001:db8::1]",
    "[::1]",
    "[fe80::1%25eth0]",
    "127.0.0.1",
    "0x7f.1",
    "localhost",
    "b\u00fccher.example.com",
    "xn--bcher-kva.example.com",
    "cloud.example.com.",
    "a b",
    "",
  ]);
  const user = random.chance(0.1) ? `${secretMark}:${secretMark}@` : "";
  const port = random.pick(["", "", ":443", ":8443", ":0", ":65535", ":65536", ":x"]);
  const path = random.pick([
    "",
    "/",
    "/prefix",
    "/prefix/x/",
    "//a//b//",
    "/%0a%00",
    "/\u00fc",
    "/../..",
    "/a?b=c#d",
    "/\ud800",
  ]);
  return `${scheme}//${user}${host}${port}${path}`;
}

/** Headers of an answer as Node shows them: each byte is one character of Latin-1. */
const headerNames = [
  "date",
  "retry-after",
  "content-type",
  "x-acs-request-id",
  "x-acs-retry-after",
  "x-ca-request-id",
  "x-ca-error-code",
  "x-ca-error-message",
  "x-request-id",
] as const;

const headerValues = [
  "",
  "0",
  "-1",
  "1e308",
  "99999999999999999999",
  "NaN",
  "Sat, 21 Nov 2026 12:00:00 GMT",
  "Sat, 21 Nov 2026 12:00:00 GMT, Sat, 21 Nov 2026 12:00:01 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "Sat, 32 Foo 99999 99:99:99 GMT",
  "application/json; charset=\u00ff\u00fe",
  "\u00e4\u00b8\u00ad\u00e6\u0096\u0087",
  "\u0080\u0081\u009f",
  "a\tb",
  "B3A1\u00a0",
  "A400IK",
  "T429ID",
  "X500ER",
  `Invalid Signature, Server StringToSign:\`POST#X-Ca-Key:${secretMark}id#\``,
  "Throttled by USER Flow Control",
  "r".repeat(16_000),
] as const;

export function withHostileHeaders(response: WireResponse, random: Random): WireResponse {
  const headers = { ...response.headers };
  for (const name of headerNames) {
    if (random.chance(0.2)) headers[name] = random.one(headerValues) ?? "";
  }
  return { ...response, headers };
}
