import { problemTypes } from "../http/problem.ts";
import type { ProblemType } from "../http/problem.ts";
import { ref } from "./json-schemas.ts";
import type { JsonObject } from "./json.ts";
import { successResponse } from "./responses.ts";
import type { Success } from "./responses.ts";

/** One call: the least that its OpenAPI operation can be generated from. */
export interface Call {
  readonly operationId: string;
  readonly tag: "Tasks" | "Service";
  readonly summary: string;
  readonly description: string;
  readonly scope: "tasks:read" | "tasks:write";
  readonly parameters?: readonly JsonObject[];
  readonly requestBody?: JsonObject;
  readonly successes: readonly Success[];
  /** In addition to the problems of every call. */
  readonly problems: readonly ProblemType[];
}

/** The problems that every call can have. */
const everywhere = [
  "invalid-parameters",
  "unauthenticated",
  "forbidden",
  "method-not-allowed",
  "uri-too-long",
  "headers-too-large",
  "internal",
  "busy",
  "out-of-time",
] as const satisfies readonly ProblemType[];

/** API Gateway's own response to any request. */
const gatewayOnly = [[429, ref("responses", "TooManyRequests")]] as const;

export function operation(call: Call): JsonObject {
  const { operationId, tag, summary, description, scope, parameters, requestBody } = call;
  const successes = call.successes.map((success) => [success.status, successResponse(success)] as const);
  const statuses = [...new Set(problemsOf(call).map((type) => problemTypes[type].status))];
  const problems = statuses.map((status) => [status, ref("responses", responseName(ofStatus(call, status)))] as const);
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    security: [{ sigV4: [] }, { jwt: [scope] }],
    ...(parameters !== undefined && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: Object.fromEntries([...gatewayOnly, ...successes, ...problems]),
  };
}

/** The GET operation without response bodies. */
export function headOperation(get: Call): JsonObject {
  const successes = get.successes.map(({ schema: _schema, examples: _examples, ...success }) => success);
  const operationId = get.operationId.replace(/^get|^list/, "head");
  const description = "Answers as GET does, without a body.";
  return operation({ ...get, operationId, summary: `${get.summary}, headers only`, description, successes });
}

function problemsOf({ problems }: Call): readonly ProblemType[] {
  return [...everywhere, ...problems];
}

function ofStatus(call: Call, status: number): ProblemType[] {
  return problemsOf(call).filter((type) => problemTypes[type].status === status);
}

/** The sets of problems that share a response in some call, by the name of that response. */
export function problemSets(calls: readonly Call[]): ReadonlyMap<string, ProblemType[]> {
  const sets = calls.flatMap((call) => problemsOf(call).map((type) => ofStatus(call, problemTypes[type].status)));
  return new Map(sets.map((set) => [responseName(set), set]));
}

/** `UnknownTask`, or `ProviderFailedOrProviderUnauthorized`. */
function responseName(types: readonly ProblemType[]): string {
  const words = types.map((type) => type.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()));
  return words.join("Or");
}
