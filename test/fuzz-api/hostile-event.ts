import type { Random } from "../fuzz/random.ts";
import { brokenTexts, oneBrokenText } from "./broken-values.ts";

/** Events for functions that are invoked directly, by somebody who may do so and follows no protocol. */

/** The function's own method and path. */
export const invoked = {
  list: { method: "GET", path: "/tasks" },
  track: { method: "POST", path: "/tasks" },
  get: { method: "GET", path: "/tasks/{id}" },
  untrack: { method: "DELETE", path: "/tasks/{id}" },
  cancel: { method: "POST", path: "/tasks/{id}/cancel" },
  connections: { method: "GET", path: "/connections" },
  health: { method: "GET", path: "/health" },
  openapi: { method: "GET", path: "/openapi.json" },
  fallback: { method: "GET", path: "/nowhere" },
} as const;
export type InvokedName = keyof typeof invoked;

export interface Invocation {
  readonly name: InvokedName;
  /** As the runtime parses it: any JSON. */
  readonly event: unknown;
}

const names: readonly InvokedName[] = [
  "list",
  "track",
  "track",
  "get",
  "untrack",
  "cancel",
  "connections",
  "health",
  "openapi",
  "fallback",
];

/** @param token the required token; empty for none */
export function hostileInvocation(random: Random, token: string, from: readonly InvokedName[] = names): Invocation {
  const name = random.one(from) ?? "list";
  // Parsed, so that `__proto__` is a member like any other.
  return { name, event: JSON.parse(hostileEvent(name, token, random)) };
}

function hostileEvent(name: InvokedName, token: string, random: Random): string {
  if (random.chance(0.05)) return random.pick(["null", "{}", "[]", '"GET"', "0", "true", '[{"version":"2.0"}]']);
  if (random.chance(0.05)) return JSON.stringify(versionOne(name, token, random));
  const event = plainEvent(name, token, random);
  const changes = random.below(4);
  for (let change = 0; change < changes; change += 1) damage(event, random);
  const text = JSON.stringify(event);
  return random.chance(0.1) ? text.replace("{", '{"__proto__":{"rawPath":"/x","admin":true},') : text;
}

type Members = Record<string, unknown>;

function plainEvent(name: InvokedName, token: string, random: Random): Members {
  const { method, path } = invoked[name];
  const id = random.pick([
    "aliyun:cn-hangzhou:t-1",
    "edge:global:21",
    "a:b:c",
    "~ZWRnZTpnbG9iYWw6MTAw",
    oneBrokenText(random),
  ]);
  const rawPath = path.replace("{id}", () => id);
  const body = JSON.stringify({ connection: "edge", nativeId: "21", labels: anyLabels(random) });
  const isBase64Encoded = random.chance(0.3);
  return {
    version: "2.0",
    routeKey: name === "fallback" ? "$default" : `${method} ${path}`,
    rawPath,
    rawQueryString: random.pick(["", "source=ledger", "limit=1&source=ledger", "status=vanished", queryOf(random)]),
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, host: "api.example.com" },
    ...(path.includes("{id}") && { pathParameters: { id } }),
    ...(name === "track" && { body: isBase64Encoded ? Buffer.from(body).toString("base64") : body }),
    isBase64Encoded,
    requestContext: {
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      stage: "$default",
      requestId: "r-1",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "x" },
    },
  };
}

function anyLabels(random: Random): Members {
  return Object.fromEntries([
    [oneBrokenText(random), oneBrokenText(random)],
    ["constructor", "x"],
  ]);
}

function queryOf(random: Random): string {
  const name = random.pick(["status", "label", "cursor", "nativeId", "createdAfter", "wait", oneBrokenText(random)]);
  return `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(oneBrokenText(random).toWellFormed())}`;
}

/** As a REST API or a load balancer sends it. */
function versionOne(name: InvokedName, token: string, random: Random): Members {
  const { method, path } = invoked[name];
  return {
    ...(random.chance(0.5) && { version: "1.0" }),
    resource: path,
    path,
    httpMethod: method,
    headers: { Authorization: `Bearer ${token}` },
    multiValueHeaders: { Authorization: [`Bearer ${token}`] },
    queryStringParameters: null,
    pathParameters: null,
    requestContext: { stage: "dev", httpMethod: method, identity: {}, authorizer: { claims: {} } },
    body: null,
    isBase64Encoded: false,
  };
}

/** Replaces, removes, or adds a member somewhere in the event. */
function damage(event: Members, random: Random): void {
  let place = event;
  while (random.chance(0.5)) {
    const inner = random.one(Object.values(place).filter(isMembers));
    if (inner === undefined) break;
    place = inner;
  }
  const name = random.one([...Object.keys(place), "authorizer", "cookies", "body", "pathParameters", "headers"]) ?? "";
  if (random.chance(0.2)) delete place[name];
  else place[name] = hostileValue(random);
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As JSON, so that no event changes what another one holds. */
const hostileValues: readonly string[] = [
  "null",
  "true",
  "0",
  "-1.5",
  "1e308",
  '""',
  '"HEAD"',
  '"\\ud800"',
  "[]",
  '["a=1",2]',
  "{}",
  '{"length":3}',
  '{"toString":1}',
  '{"__proto__":{"method":"GET"}}',
  '{"jwt":{"claims":{"scope":{"a":1}},"scopes":7}}',
  '{"jwt":"x","iam":[]}',
  `${"[".repeat(500)}${"]".repeat(500)}`,
  ...brokenTexts.map((text) => JSON.stringify(text)),
];
const largeValues: readonly string[] = [
  `"${"9".repeat(70_000)}"`,
  JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`x-${n}`, "z".repeat(400)]))),
];

function hostileValue(random: Random): unknown {
  return JSON.parse(random.one(random.chance(0.15) ? largeValues : hostileValues) ?? "null");
}
