import { providerNames } from "../providers/names.ts";
import { callsOver } from "./calls.ts";
import { componentSchemas } from "./component-schemas.ts";
import { componentHeaders } from "./headers.ts";
import type { JsonObject } from "./json.ts";
import { headOperation, operation, problemSets } from "./operation.ts";
import type { Call } from "./operation.ts";
import { problemResponse, gatewayResponses } from "./responses.ts";

/** Raised when the contract changes. A change that could break a caller raises the major version. */
const contractVersion = "1.0.0";

const description = `Watches image imports and exports on several clouds.

* A problem is \`application/problem+json\` (RFC 9457). Branch on \`type\`, which is stable; \`detail\` is for people.
* Unknown parameters and fields are rejected by name.
* Values that the provider did not report are \`null\`. They are never made up.
* New fields may appear in responses without notice. Ignore unknown fields.
* Paths that are not in this document answer 404.`;

const securitySchemes = {
  sigV4: {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    description: "AWS Signature Version 4, the default for every route. The caller needs `execute-api:Invoke`.",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
  jwt: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "Replaces SigV4 when an issuer and an audience are configured. Scopes: `tasks:read` for calls that change " +
      "nothing, and `tasks:write` for all others. The service may be configured to use other scopes, or roles instead.",
  },
} as const;

/**
 * The contract, generated from the schemas that validate requests and responses.
 * @param providers the names of the configured kinds of clouds
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function openApiDocument(providers: readonly string[] = providerNames): JsonObject {
  const calls = callsOver(providers);
  const every = Object.values(calls).flatMap((methods) => Object.values<Call>(methods));
  const problems = [...problemSets(every)].map(([name, types]) => [name, problemResponse(types)] as const);
  return {
    openapi: "3.1.1",
    info: {
      title: "image-tasks",
      version: contractVersion,
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{apiId}.execute-api.{region}.amazonaws.com",
        description: "As deployed.",
        variables: { apiId: { default: "a1b2c3d4e5" }, region: { default: "us-east-1" } },
      },
    ],
    tags: [
      { name: "Tasks", description: "Image imports and exports." },
      { name: "Service", description: "The service itself." },
    ],
    paths: Object.fromEntries(Object.entries(calls).map(([path, methods]) => [path, pathItem(methods)])),
    components: {
      securitySchemes,
      schemas: componentSchemas(providers),
      headers: componentHeaders,
      responses: { ...Object.fromEntries(problems), ...gatewayResponses },
    },
    // OpenAPI has no place for unknown paths.
    "x-unknown-path": { responses: { "404": problemResponse(["unknown-route"]) } },
  };
}

function pathItem(methods: Readonly<Record<string, Call>>): JsonObject {
  const made = Object.entries(methods).map(([method, call]) => [method, operation(call)] as const);
  const get = methods["get"];
  return { ...Object.fromEntries(made), ...(get !== undefined && { head: headOperation(get) }) };
}
