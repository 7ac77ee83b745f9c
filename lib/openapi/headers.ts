import { taskStatuses } from "../domain/task.ts";
import type { JsonObject } from "./json.ts";

/** Headers of answers, by the name that each has among the document's headers. */

function header(description: string, example: string, schema: JsonObject = { type: "string" }): JsonObject {
  return { description, schema, example };
}

const seconds: JsonObject = { type: "string", pattern: "^\\d+$" };

export const headerNames = {
  CacheControl: "Cache-Control",
  ContentTypeOptions: "X-Content-Type-Options",
  ETag: "ETag",
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
    ...header("An answer may be kept only to ask whether it still holds; a problem not at all.", "no-cache", {
      enum: ["no-cache", "no-store"],
    }),
    required: true,
  },
  ContentTypeOptions: {
    ...header("The content type is as stated.", "nosniff", { const: "nosniff" }),
    required: true,
  },
  ETag: {
    ...header("A strong validator: equal tags mean equal bytes (RFC 9110).", '"3q2-7wAbCdEfGhIjKlMnOpQrStU"', {
      type: "string",
      pattern: '^"[!#-~]+"$',
    }),
    required: true,
  },
  Link: header(
    "The next page, when there is one (RFC 8288).",
    '</tasks?status=failed&cursor=bm90IGEgY3Vyc29y>; rel="next"',
    {
      type: "string",
      pattern: '^<[^<>]+>; rel="next"$',
    },
  ),
  Age: header(
    "With `source=ledger`: seconds since the target that was swept least recently was swept (RFC 9111).",
    "42",
    seconds,
  ),
  RetryAfter: header("Seconds after which it is worth asking again.", "30", seconds),
  Allow: { ...header("The methods that the path has.", "GET, HEAD, POST"), required: true },
  Location: { ...header("Where the task is.", "/tasks/aliyun%3Acn-hangzhou%3At-bp1c2d3e4f5a6b7c8d9e"), required: true },
  WwwAuthenticate: { ...header("How to authenticate (RFC 6750).", "Bearer"), required: true },
  TaskStatus: {
    ...header("The task's `status`, for a script that has no use for the body.", "failed", { enum: [...taskStatuses] }),
    required: true,
  },
} as const satisfies Record<HeaderName, JsonObject>;
