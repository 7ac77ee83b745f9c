import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem, invalidBody } from "./problem.ts";

/**
 * The body as text.
 * @throws Problem `invalid-json` for bytes that are not UTF-8, instead of replacing them
 */
export function bodyText({ body, isBase64Encoded }: APIGatewayProxyEventV2): string {
  // serverless-offline passes the body `0` as a number.
  const text = String(body ?? "");
  if (!isBase64Encoded) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "base64"));
  } catch {
    throw invalidJson();
  }
}

/** What middy's body parser has found, or `undefined` for an error of another origin. */
export function bodyProblem(error: Error): Problem | undefined {
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (status === 415) return new Problem("unsupported-media-type", { detail: "Send content-type: application/json" });
  if (status !== 422) return undefined;
  if (!error.message.startsWith("Forbidden key")) return invalidJson();
  const detail = "has a member named __proto__, or one named constructor with a prototype";
  return invalidBody([{ field: "", detail }]);
}

function invalidJson(): Problem {
  return new Problem("invalid-json", { detail: "The body could not be read as JSON" });
}
