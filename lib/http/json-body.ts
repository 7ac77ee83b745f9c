import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "./problem.ts";

const isJson = /^application\/([a-z0-9.+-]+\+)?json(;|$)/i;

/** @throws Problem `unsupported-media-type`, or `invalid-json` for anything but JSON in UTF-8 */
export function parseJsonBody({ headers, body, isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  if (!isJson.test(headers["content-type"] ?? "")) {
    throw new Problem("unsupported-media-type", { detail: "Send content-type: application/json" });
  }
  try {
    // serverless-offline passes the body `0` as a number.
    const text = String(body ?? "");
    return JSON.parse(isBase64Encoded ? decodeBase64(text) : text);
  } catch {
    throw new Problem("invalid-json", { detail: "The body could not be read as JSON" });
  }
}

/** @throws TypeError for bytes that are not UTF-8, instead of replacing them */
function decodeBase64(text: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "base64"));
}
