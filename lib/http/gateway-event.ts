import * as z from "zod/mini";
import { invalidParameters } from "./problem.ts";
import type { Problem } from "./problem.ts";

/**
 * What the functions read of an event without a check of their own. API Gateway always sends it, but whoever may invoke a
 * function can send any JSON.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const GatewayEvent = z.looseObject({
  rawPath: z.string().check(z.startsWith("/")),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.optional(z.string())),
  cookies: z.optional(z.array(z.string())),
  pathParameters: z.nullish(z.record(z.string(), z.optional(z.string()))),
  // serverless-offline passes the bodies `0` and `true` as they parse.
  body: z.nullish(z.union([z.string(), z.number(), z.boolean()])),
  isBase64Encoded: z.optional(z.boolean()),
  routeKey: z.optional(z.string()),
  requestContext: z.looseObject({
    apiId: z.optional(z.string()),
    domainPrefix: z.optional(z.string()),
    stage: z.optional(z.string()),
    requestId: z.optional(z.string()),
    http: z.looseObject({ method: z.string() }),
  }),
});

/** The problem with an event that is no request as API Gateway sends it, or `undefined`. */
export function eventProblem(event: unknown): Problem | undefined {
  const parsed = GatewayEvent.safeParse(event);
  if (parsed.success) return undefined;
  const detail = "is not as in an API Gateway event of payload version 2.0";
  return invalidParameters(parsed.error.issues.map(({ path }) => ({ field: path.join(".") || "event", detail })));
}
