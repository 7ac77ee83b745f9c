import type { Random } from "../fuzz/random.ts";
import type { FuzzRequest } from "./caller.ts";
import type { Operation } from "./document-shape.ts";
import type { Memory } from "./memory.ts";

/** Request headers: common ones and unusual ones. */

interface Wish {
  readonly memory: Memory;
  readonly token: string;
  readonly random: Random;
}

export function anyHeaders({ takesBody }: Operation, { memory, token, random }: Wish): FuzzRequest["headers"] {
  return {
    ...(token !== "" && authorization(token, random)),
    ...(takesBody && { "content-type": contentType(random) }),
    ...(random.chance(0.15) && { "if-none-match": entityTags(memory, random) }),
    ...(random.chance(0.1) && { accept: accept(random) }),
    ...(random.chance(0.05) && oddHeader(random)),
  };
}

function authorization(token: string, random: Random): FuzzRequest["headers"] {
  if (random.chance(0.97)) return { authorization: `Bearer ${token}` };
  const wrong = random.pick([
    null,
    "",
    "Bearer",
    "Bearer ",
    `Basic ${token}`,
    `Bearer ${token}x`,
    `bearer ${token.toLowerCase()}`,
    `Bearer ${token} ${token}`,
    "Bearer \u00ff\u00fe",
    `Bearer ${"a".repeat(4000)}`,
    "AWS4-HMAC-SHA256 Credential=AKID/20260131/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0",
  ]);
  return wrong === null ? {} : { authorization: wrong };
}

function contentType(random: Random): string {
  if (random.chance(0.85)) return "application/json";
  return random.pick([
    "application/json; charset=utf-8",
    "application/merge-patch+json",
    "APPLICATION/JSON",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/jsonx",
    "",
    ";",
    "application/json, text/plain",
  ]);
}

function entityTags(memory: Memory, random: Random): string | string[] {
  const tag = memory.entityTag(random);
  return random.pick([tag, `W/${tag}`, "*", `"x", ${tag}`, [tag, '"y"'], '"', "", tag.slice(1), `${tag}${tag}`, "é"]);
}

function accept(random: Random): string {
  return random.pick([
    "application/json",
    "*/*",
    "application/*",
    "application/problem+json",
    "text/html, application/json;q=0.1",
    "text/html",
    "image/*",
    "application/json;q=0",
    "*/*;q=0",
    "application/json;q=banana",
    "application/xml, */*;q=0.000",
    ",,,",
    "",
    "application",
    `${"a/b,".repeat(500)}application/json`,
  ]);
}

function oddHeader(random: Random): FuzzRequest["headers"] {
  return random.pick([
    { "x-long": "z".repeat(9000) },
    Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-many-${index}`, "z".repeat(150)])),
    { cookie: `a=${"z".repeat(9000)}` },
    { cookie: "a=b; c=d; ; =; e" },
    { "x-http-method-override": "DELETE" },
    { "x-forwarded-for": "' OR 1=1 --" },
    { origin: "https://evil.example", "access-control-request-method": "DELETE" },
    { range: "bytes=0-1" },
    { "accept-encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1" },
    { "if-modified-since": "not a date" },
    { "content-encoding": "gzip" },
    { "x-amzn-trace-id": "Root=1-0-0", traceparent: "00-zz-zz-zz" },
    { __proto__x: "1", constructor: "1" },
    { "x-latin": "\u00e9\u00ff" },
  ]);
}
