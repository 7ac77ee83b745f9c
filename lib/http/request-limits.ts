import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem, invalidParameters } from "./problem.ts";

/** Below the gateway's own limit of 10,240 bytes for the request line and headers, so that we answer with a problem. */
export const maxUrlBytes = 8 * 1024;
export const maxHeaderBytes = 8 * 1024;
export const maxBodyBytes = 64 * 1024;
export const maxParameters = 200;

/** @throws Problem `uri-too-long`, `headers-too-large`, or `invalid-parameters` for too many parameters */
export function requireModestSize({ rawPath, rawQueryString, headers, cookies = [] }: APIGatewayProxyEventV2): void {
  if (Buffer.byteLength(rawPath) + 1 + Buffer.byteLength(rawQueryString) > maxUrlBytes) {
    throw new Problem("uri-too-long", { detail: `Path and query may have at most ${maxUrlBytes} bytes together` });
  }
  const lines = [...Object.entries(headers).map(([name, value = ""]) => `${name}: ${value}`), ...cookies];
  if (Buffer.byteLength(lines.join("\r\n")) > maxHeaderBytes) {
    throw new Problem("headers-too-large", { detail: `The headers may have at most ${maxHeaderBytes} bytes together` });
  }
  const names = [...new URLSearchParams(rawQueryString).keys()];
  if (names.length <= maxParameters) return;
  const [field = ""] = names.slice(maxParameters);
  throw invalidParameters([{ field, detail: `exceeds the limit of ${maxParameters} parameters` }]);
}

/**
 * Text that is not Unicode would be replaced silently, and then lead to another task or label.
 * @throws Problem `invalid-parameters` that names the parameters
 */
export function requireText({ rawQueryString }: APIGatewayProxyEventV2): void {
  const wrong = rawQueryString.split("&").filter((pair) => !isText(pair));
  if (wrong.length === 0) return;
  const names = wrong.flatMap((pair) => [...new URLSearchParams(pair).keys()]);
  throw invalidParameters(names.map((field) => ({ field, detail: "is not text in UTF-8" })));
}

/** A percent sign that begins no escape stands for itself. */
function isText(pair: string): boolean {
  try {
    return (
      (pair.match(/(%[0-9a-f]{2})+/gi) ?? []).every((escapes) => decodeURIComponent(escapes).isWellFormed()) &&
      pair.isWellFormed()
    );
  } catch {
    return false;
  }
}

/** @throws Problem `body-too-large` */
export function requireModestBody({ body, isBase64Encoded }: APIGatewayProxyEventV2): void {
  // serverless-offline passes the body `0` as a number.
  if (typeof body !== "string" || Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8") <= maxBodyBytes) return;
  throw new Problem("body-too-large", { detail: `The body may have at most ${maxBodyBytes} bytes` });
}
