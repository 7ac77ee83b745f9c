import { taskStatuses } from "../domain/task.ts";
import type { JsonObject } from "./json.ts";

/** Response headers, keyed by name in the document's headers. */

function header(description: string, example: string, schema: JsonObject = { type: "string" }): JsonObject {
  return { description, schema, example };
}

const seconds: JsonObject = { type: "string", pattern: "^\\d+$" };

export const headerNames = {
  CacheControl: "Cache-Control",
  ContentTypeOptions: "X-Content-Type-Options",
  ETag: "ETag",
  WeakETag: "ETag",
  Link: "Link",
  Age: "Age",
  RetryAfter: "Retry-After",
  Allow: "Allow",
  Location: "Location",
  WwwAuthenticate: "WWW-Authenticate",
  TaskStatus: "Task-Status",
} as const;
export type HeaderName = keyof typeof headerNames;

export const componentHeaders = {
  CacheControl: {
    ...header(
      "`no-cache` lets a client store the response if it revalidates it. Problems are `no-store`.",
      "no-cache",
      {
        enum: ["no-cache", "no-store"],
      },
    ),
    required: true,
  },
  ContentTypeOptions: {
    ...header("Clients must not guess another content type.", "nosniff", { const: "nosniff" }),
    required: true,
  },
  ETag: {
    ...header("A strong validator: equal tags mean equal bytes (RFC 9110).", '"3q2-7wAbCdEfGhIjKlMnOpQrStU"', {
      type: "string",
      pattern: '^"[!#-~]+"$',
    }),
    required: true,
  },
  WeakETag: {
    ...header(
      "A weak validator: equal tags mean tasks in the same state, although their `observedAt` and `requestId` may differ " +
        "(RFC 9110).",
      'W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"',
      { type: "string", pattern: '^W/"[!#-~]+"$' },
    ),
    required: true,
  },
  Link: header(
    "The next page, if there is one (RFC 8288).",
    '</tasks?status=failed&cursor=bm90IGEgY3Vyc29y>; rel="next"',
    {
      type: "string",
      pattern: '^<[^<>]+>; rel="next"$',
    },
  ),
  Age: header(
    "With `source=ledger`: seconds since the least recently swept target was swept (RFC 9111).",
    "42",
    seconds,
  ),
  RetryAfter: header("Seconds to wait before asking again.", "30", seconds),
  Allow: { ...header("The methods that the path supports.", "GET, HEAD, POST"), required: true },
  Location: {
    ...header("The path of the task, including any base path.", "/tasks/aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e", {
      type: "string",
      pattern: "^(/.*)?/tasks/(~[A-Za-z0-9_-]+|[A-Za-z0-9_.:-]+)$",
    }),
    required: true,
  },
  WwwAuthenticate: { ...header("How to authenticate (RFC 6750).", "Bearer"), required: true },
  TaskStatus: {
    ...header("The task's `status`, for scripts that do not read the body.", "failed", { enum: [...taskStatuses] }),
    required: true,
  },
} as const satisfies Record<HeaderName, JsonObject>;
