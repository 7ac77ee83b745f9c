import { problemTypes, problemUrn } from "../http/problem.ts";
import type { ProblemType } from "../http/problem.ts";
import { headerNames } from "./headers.ts";
import type { HeaderName } from "./headers.ts";
import { ref } from "./json-schemas.ts";
import type { Json, JsonObject } from "./json.ts";
import { problemCatalogue } from "./problem-catalogue.ts";
import { problemSchemaName } from "./problem-schemas.ts";

/** The document's responses. */

export interface Success {
  readonly status: 200 | 201 | 202 | 204 | 304;
  readonly description: string;
  /** Absent when the response has no body. */
  readonly schema?: JsonObject;
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: Json }>>;
  readonly headers?: readonly HeaderName[];
}

const always = ["CacheControl", "ContentTypeOptions"] as const;

function headersOf(names: readonly HeaderName[]): JsonObject {
  return Object.fromEntries([...always, ...names].map((name) => [headerNames[name], ref("headers", name)]));
}

export function successResponse({ description, schema, examples, headers = [] }: Success): JsonObject {
  return {
    description,
    headers: headersOf(headers),
    ...(schema !== undefined && {
      content: { "application/json": { schema, ...(examples !== undefined && { examples: { ...examples } }) } },
    }),
  };
}

/** API Gateway's own messages, sent before a function is called. */
const gatewayMessages: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  413: "Request Entity Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const gatewayResponses: JsonObject = {
  TooManyRequests: {
    description: "API Gateway is throttling requests.",
    content: gatewayContent("Too Many Requests"),
  },
};

function gatewayContent(message: string): JsonObject {
  return {
    "application/json": { schema: ref("schemas", "GatewayMessage"), examples: { gateway: { value: { message } } } },
  };
}

const problemHeaders: Partial<Record<ProblemType, readonly HeaderName[]>> = {
  "method-not-allowed": ["Allow"],
  "provider-throttled": ["RetryAfter"],
  "provider-unavailable": ["RetryAfter"],
  "ledger-unavailable": ["RetryAfter"],
  busy: ["RetryAfter"],
  unauthenticated: ["WwwAuthenticate"],
  "unknown-task": ["RetryAfter"],
};

function problemExample(type: ProblemType): JsonObject {
  return { type: problemUrn(type), ...problemTypes[type], ...problemCatalogue[type].example };
}

/** One response for all problems that share a status. */
export function problemResponse(types: readonly ProblemType[]): JsonObject {
  const [first = "internal", ...others] = types;
  const schemas = types.map((type) => ref("schemas", problemSchemaName(type)));
  const message = gatewayMessages[problemTypes[first].status];
  return {
    description: types.map((type) => problemCatalogue[type].cause).join(" Or: "),
    headers: headersOf([...new Set(types.flatMap((type) => problemHeaders[type] ?? []))]),
    content: {
      "application/problem+json": {
        schema: others.length === 0 ? ref("schemas", problemSchemaName(first)) : oneOf(types, schemas),
        examples: Object.fromEntries(types.map((type) => [type, { value: problemExample(type) }])),
      },
      ...(message !== undefined && gatewayContent(message)),
    },
  };
}

function oneOf(types: readonly ProblemType[], schemas: readonly JsonObject[]): JsonObject {
  const mapping = types.map((type) => [problemUrn(type), `#/components/schemas/${problemSchemaName(type)}`]);
  return { oneOf: schemas, discriminator: { propertyName: "type", mapping: Object.fromEntries(mapping) } };
}
