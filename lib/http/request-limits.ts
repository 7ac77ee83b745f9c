import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem, invalidParameters } from "./problem.ts";

/** Below what the gateway takes (10,240 bytes of request line and headers), so that it is we who say what is wrong. */
export const maxUrlBytes = 8 * 1024;
export const maxHeaderBytes = 8 * 1024;
export const maxBodyBytes = 64 * 1024;
export const maxParameters = 200;

/** @throws Problem `uri-too-long`, `headers-too-large`, or `invalid-parameters` for too many of them */
export function requireModestSize({ rawPath, rawQueryString, headers, cookies = [] }: APIGatewayProxyEventV2): void {
  if (Buffer.byteLength(rawPath) + 1 + Buffer.byteLength(rawQueryString) > maxUrlBytes) {
    throw new Problem("uri-too-long", { detail: `Path and query may have ${maxUrlBytes} bytes together` });
  }
  const lines = [...Object.entries(headers).map(([name, value = ""]) => `${name}: ${value}`), ...cookies];
  if (Buffer.byteLength(lines.join("\r\n")) > maxHeaderBytes) {
    throw new Problem("headers-too-large", { detail: `The headers may have ${maxHeaderBytes} bytes together` });
  }
  const names = [...new URLSearchParams(rawQueryString).keys()];
  if (names.length <= maxParameters) return;
  const [most = ""] = names.slice(maxParameters);
  throw invalidParameters([{ field: most, detail: `makes more than ${maxParameters} parameters` }]);
}

/** @throws Problem `body-too-large` */
export function requireModestBody({ body, isBase64Encoded }: APIGatewayProxyEventV2): void {
  // serverless-offline hands on the body `0` as a number.
  if (typeof body !== "string" || Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8") <= maxBodyBytes) return;
  throw new Problem("body-too-large", { detail: `The body may have ${maxBodyBytes} bytes` });
}
