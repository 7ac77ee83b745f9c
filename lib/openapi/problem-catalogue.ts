import type { ProblemType } from "../http/problem.ts";
import { failedTask } from "./examples.ts";
import type { JsonObject } from "./json.ts";

/** The cause and the remedy of each problem, shown in the OpenAPI document and in `docs/api.md`. */
export interface ProblemFacts {
  readonly cause: string;
  readonly remedy: string;
  /** Members besides `type`, `title`, `status`, and `detail`. Those in `needs` are always present. */
  readonly needs: readonly ProblemMember[];
  readonly mayHave: readonly ProblemMember[];
  /** Example members besides `type`, `title`, and `status`. */
  readonly example: JsonObject;
}
export type ProblemMember = "errors" | "omittedErrors" | "provider" | "providers" | "omittedProviders" | "task";

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
      "A parameter is misspelled, has an invalid value, or contradicts another, or a cursor does not match the filters.",
    remedy: "Correct the parameters that `errors` names. Send cursors back unchanged, with the same filters.",
    needs: ["errors"],
    mayHave: ["omittedErrors"],
    example: { detail: "Wrong: limit", errors: [{ field: "limit", detail: "must be a whole number from 1 to 100" }] },
  },
  "invalid-json": {
    cause: "The body is not valid JSON.",
    remedy: "Send one JSON object in UTF-8.",
    ...none,
    example: { detail: "The body could not be read as JSON" },
  },
  unauthenticated: {
    cause: "The token is missing, has expired, or has the wrong issuer or audience.",
    remedy: "Get a new token and send it as `Authorization: Bearer <token>`.",
    ...none,
    example: { detail: "Send a bearer token" },
  },
  forbidden: {
    cause:
      "The token lacks the scope or the role that the call needs, or (in local mode only) the call comes from a web page.",
    remedy:
      "Ask for what `detail` names. By default that is `tasks:read`, or `tasks:write` for calls that change something.",
    ...none,
    example: { detail: "The token lacks the scope tasks:write" },
  },
  "unknown-task": {
    cause:
      "Neither the ledger nor the provider knows the task, it was never tracked, or its connection or region is not " +
      "configured.",
    remedy:
      "If `Retry-After` is present, the provider may show the task later: ask again, or track it with `POST /tasks`. " +
      "Otherwise, check the id, which is `<connection>:<region>:<nativeId>`. `GET /connections` lists what is " +
      "configured. If `task` is present, nobody follows it: configure its connection again, or end it with `DELETE`.",
    needs: [],
    mayHave: ["task"],
    example: { detail: 'The provider of "aliyun" does not know the task, or does not show it yet' },
  },
  "unknown-route": {
    cause: "The path does not exist.",
    remedy: "`GET /openapi.json` lists every path.",
    ...none,
    example: {},
  },
  "method-not-allowed": {
    cause: "The path exists but does not support this method.",
    remedy: "Use a method from the `Allow` header.",
    ...none,
    example: { detail: "Allowed: GET, HEAD, POST" },
  },
  "record-unreadable": {
    cause: "The ledger's record of the task is broken, or a newer version of this service wrote it.",
    remedy:
      "Repeat the call later: a sweep replaces a broken record when it next reads the task from its cloud. For a record of a newer " +
      'version, deploy that version again. See "Unreadable items" in `docs/reliability.md`.',
    ...none,
    example: {
      detail:
        "The task has a record, but the record is not JSON. A sweep replaces it when it next reads the task from its cloud",
    },
  },
  "not-cancelable": {
    cause:
      "The task has ended, or its provider cannot cancel it, no longer has it, or refuses to cancel it in its current state.",
    remedy: "Do not retry. `task` holds the current state.",
    needs: ["task"],
    mayHave: [],
    example: { detail: "It has already ended", task: failedTask },
  },
  "body-too-large": {
    cause: "The body is larger than 65,536 bytes.",
    remedy: "Send a smaller body. Only labels can be long.",
    ...none,
    example: { detail: "The body may have 65536 bytes" },
  },
  "uri-too-long": {
    cause: "The path and query are too long.",
    remedy: "Split the request into several, each with fewer filters.",
    ...none,
    example: {},
  },
  "unsupported-media-type": {
    cause: "The body's content type is not JSON.",
    remedy: "Send `Content-Type: application/json`.",
    ...none,
    example: { detail: "Send content-type: application/json" },
  },
  "invalid-body": {
    cause: "The body has invalid, unknown, or missing fields.",
    remedy: "Correct the fields that `errors` names by JSON pointer.",
    needs: ["errors"],
    mayHave: ["omittedErrors"],
    example: { detail: "Wrong: /nativeId", errors: [{ field: "/nativeId", detail: "is missing" }] },
  },
  "headers-too-large": {
    cause: "The request's headers are too large in total.",
    remedy: "Send fewer or shorter headers.",
    ...none,
    example: {},
  },
  internal: {
    cause: "The service failed. Its log has the reason.",
    remedy: "Try again later. If the problem persists, tell the operator of the service.",
    ...none,
    example: {},
  },
  "provider-failed": {
    cause:
      "The provider refused the call or its response could not be read. For a list, this happened with every provider.",
    remedy: "See `provider` or `providers`. A retry helps only where `kind` is `throttled` or `unavailable`.",
    needs: [],
    mayHave: ["provider", "providers", "omittedProviders"],
    example: { detail: "the answer is not JSON", provider: unreadable },
  },
  "provider-unauthorized": {
    cause: "The provider rejected the connection's credential.",
    remedy: "Renew the credential, or grant it permission to describe tasks.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "Specified access key is not found.", provider: refused },
  },
  "provider-throttled": {
    cause: "The provider is throttling this account.",
    remedy: "Wait for the time in `Retry-After`. `source=ledger` makes no provider calls.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "Request was denied due to user flow control.", provider: throttled },
  },
  "provider-unavailable": {
    cause: "The provider cannot be reached, is failing, or did not answer in time.",
    remedy: "Wait for the time in `Retry-After`. `source=ledger` makes no provider calls.",
    needs: ["provider"],
    mayHave: [],
    example: { detail: "no connection within 5000 ms", provider: unreachable },
  },
  "ledger-unavailable": {
    cause:
      "The ledger is throttled, is failing, or did not answer in time, or other calls changed the same record at every attempt.",
    remedy: "Wait for the time in `Retry-After`. A write may have been recorded nevertheless, and is safe to repeat.",
    ...none,
    example: { detail: "DynamoDB is throttling" },
  },
  busy: {
    cause: "More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx.",
    remedy: "Wait for the time in `Retry-After`.",
    ...none,
    example: { detail: "Too many calls are running" },
  },
  unhealthy: {
    cause:
      "The ledger cannot be reached, a target has not been swept for ten minutes, or a target that is no longer " +
      "configured still has open tasks or undelivered events.",
    remedy: "See `detail`. `GET /connections` shows each target's last error, and which targets are not configured.",
    ...none,
    example: { detail: "aliyun:cn-hangzhou was not swept for 10 minutes" },
  },
  "out-of-time": {
    cause: "The response was not ready within the time limit of a request.",
    remedy: "Retry, narrow the filters, or use `source=ledger`.",
    ...none,
    example: {},
  },
} as const satisfies Record<ProblemType, ProblemFacts>;
