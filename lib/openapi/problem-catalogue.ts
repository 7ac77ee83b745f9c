import type { ProblemType } from "../http/problem.ts";
import { failedTask } from "./examples.ts";
import type { JsonObject } from "./json.ts";

/** What each problem comes from and what helps, for the document and for whoever reads `docs/api.md`. */
export interface ProblemFacts {
  readonly cause: string;
  readonly remedy: string;
  /** Members beside `type`, `title`, `status` and `detail`; those in `needs` are always there. */
  readonly needs: readonly ProblemMember[];
  readonly mayHave: readonly ProblemMember[];
  /** An answer's members beside `type`, `title` and `status`. */
  readonly example: JsonObject;
}
export type ProblemMember = "errors" | "provider" | "providers" | "task";

const none = { needs: [], mayHave: [] } as const;

function failureOf(kind: string, code: string | null, message: string): JsonObject {
  const requestId = "0B3D5A7C-1E2F-5A6B-8C9D-0E1F2A3B4C5D";
  const taskId = "aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e";
  return { connection: "aliyun", region: "cn-hangzhou", kind, code, message, requestId, taskId };
}

const refused = failureOf("unauthorized", "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
const throttled = failureOf("throttled", "Throttling.User", "Request was denied due to user flow control.");
const unreachable = failureOf("unavailable", null, "no connection within 5000 ms");
const unreadable = failureOf("malformed", null, "the answer is not JSON");

export const problemCatalogue = {
  "invalid-parameters": {
    cause:
      "A parameter is misspelled, has a wrong value, or contradicts another; a cursor does not belong to the filters.",
    remedy: "Correct what `errors` names. Give cursors back unchanged, with the same filters.",
    needs: ["errors"],
    mayHave: [],
    example: { detail: "Wrong: limit", errors: [{ field: "limit", detail: "must be a whole number from 1 to 100" }] },
  },
  "invalid-json": {
    cause: "The body cannot be read as JSON.",
    remedy: "Send one JSON object in UTF-8.",
    ...none,
    example: { detail: "The body could not be read as JSON" },
  },
  unauthenticated: {
    cause: "There is no token, or it has expired, or another issuer or audience made it.",
    remedy: "Get a new token and send it as `Authorization: Bearer <token>`.",
    ...none,
    example: { detail: "Send a bearer token" },
  },
  forbidden: {
    cause: "The token lacks the scope that the call needs; or, in local mode only, a page in a browser calls.",
    remedy: "Ask for `tasks:read`, or `tasks:write` for calls that change something.",
    ...none,
    example: { detail: "The call needs the scope tasks:write" },
  },
  "unknown-task": {
    cause:
      "Neither the ledger nor the provider knows the task, it never was followed, or its connection or region is not " +
      "configured.",
    remedy: "Check the id; it is `<connection>:<region>:<nativeId>`. `GET /connections` shows what is configured.",
    ...none,
    example: { detail: 'The provider of "aliyun" does not know the task' },
  },
  "unknown-route": {
    cause: "There is nothing at this path.",
    remedy: "`GET /openapi.json` names every path.",
    ...none,
    example: {},
  },
  "method-not-allowed": {
    cause: "The path is right and the method is not.",
    remedy: "Use a method that the `Allow` header names.",
    ...none,
    example: { detail: "Allowed: GET, HEAD, POST" },
  },
  "not-cancelable": {
    cause:
      "The task has ended, or its provider has no call to cancel it, has forgotten it, or refuses to in its present state.",
    remedy: "Look at `task`, which is its present state. There is nothing to repeat.",
    needs: ["task"],
    mayHave: [],
    example: { detail: "It has already ended", task: failedTask },
  },
  "body-too-large": {
    cause: "The body has more than 65,536 bytes.",
    remedy: "Send less; labels are the only part that can be long.",
    ...none,
    example: { detail: "The body may have 65536 bytes" },
  },
  "uri-too-long": {
    cause: "The path and query are too long.",
    remedy: "Ask in several requests with fewer filters each.",
    ...none,
    example: {},
  },
  "unsupported-media-type": {
    cause: "The body is not announced as JSON.",
    remedy: "Send `Content-Type: application/json`.",
    ...none,
    example: { detail: "Send content-type: application/json" },
  },
  "invalid-body": {
    cause: "The body has wrong, unknown or missing fields.",
    remedy: "Correct what `errors` names by JSON pointers.",
    needs: ["errors"],
    mayHave: [],
    example: { detail: "Wrong: /nativeId", errors: [{ field: "/nativeId", detail: "is missing" }] },
  },
  "headers-too-large": {
    cause: "The request's headers are too large together.",
    remedy: "Send fewer or shorter headers.",
    ...none,
    example: {},
  },
  internal: {
    cause: "A fault of this service; its log has the reason.",
    remedy: "Try again later; tell whoever runs the service when it stays.",
    ...none,
    example: {},
  },
  "provider-failed": {
    cause: "The provider refused the call or gave an answer that cannot be read; for a list, every provider did.",
    remedy: "Look at `provider` or `providers`. Trying again helps only where `kind` is `throttled` or `unavailable`.",
    needs: [],
    mayHave: ["provider", "providers"],
    example: { detail: "the answer is not JSON", provider: unreadable },
  },
  "provider-unauthorized": {
    cause: "The provider refused the credential of the connection.",
    remedy: "Renew the connection's credential, or give it the right to describe tasks.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "Specified access key is not found.", provider: refused },
  },
  "provider-throttled": {
    cause: "The provider takes no more calls of this account now.",
    remedy: "Wait as long as `Retry-After` says. `source=ledger` needs no provider.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "Request was denied due to user flow control.", provider: throttled },
  },
  "provider-unavailable": {
    cause: "The provider cannot be reached, fails, or did not answer in time.",
    remedy: "Wait as long as `Retry-After` says. `source=ledger` needs no provider.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "no connection within 5000 ms", provider: unreachable },
  },
  unhealthy: {
    cause: "The ledger cannot be reached, or a target was not swept for ten minutes.",
    remedy: "`detail` says which; `GET /connections` shows each target's last error.",
    ...none,
    example: { detail: "aliyun:cn-hangzhou was not swept for 10 minutes" },
  },
  "out-of-time": {
    cause: "The answer was not ready within the time that a request has.",
    remedy: "Ask again; ask for less by filters, or with `source=ledger`.",
    ...none,
    example: {},
  },
} as const satisfies Record<ProblemType, ProblemFacts>;
