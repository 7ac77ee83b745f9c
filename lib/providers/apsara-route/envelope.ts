import { ProviderError } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { parseJson } from "../shared/json.ts";
import { safeToken } from "../shared/redaction.ts";
import { foreignError, isSuccess, refusalError } from "./refusal.ts";

type Layer = Readonly<Record<string, unknown>>;

export interface Opened {
  /** The response of the stack's ECS, without the wrappers around it. */
  readonly payload: Layer;
  readonly requestId: string | null;
}

/** `result` inside `result` has not been seen. Allow one layer more than is known. */
const maxLayers = 3;

/**
 * Removes the portal's wrappers from a response. The published page shows an empty list with only a `RequestID`, the
 * portal's own APIs wrap in `result`, and errors come with any status. `nowMs` is shown beside the gateway's time when
 * it rejects ours.
 *
 * @throws {ProviderError} if the response is an error, or is not from this API (`malformed`)
 */
export function openEnvelope(response: WireResponse, nowMs: number | null = null): Opened {
  const layers: Layer[] = [];
  const outer = jsonObject(response.body);
  const requestId = () => requestIdOf(layers) ?? headerRequestId(response);
  if (outer !== undefined) layers.push(outer);
  refuseAtGateway(response, requestId(), nowMs);
  if (outer === undefined) throw foreignError(response, requestId());
  let layer = outer;
  for (;;) {
    const failure = failureIn(layer);
    if (failure !== undefined) throw refusalError(response, { ...failure, requestId: requestId(), nowMs });
    if (hasTasks(layer) || !("result" in layer)) break;
    const inner = innerOf(layer["result"]);
    if (inner === undefined || layers.length > maxLayers) throw malformed("the result is not an object", requestId());
    layer = inner;
    layers.push(layer);
  }
  if (!isSuccess(response)) throw refusalError(response, { ...spokenBy(outer), requestId: requestId(), nowMs });
  if (!layers.some(isFromThisApi)) throw foreignError(response, requestId());
  return { payload: layer, requestId: requestId() };
}

/** A code in this header means that the gateway wrote the response, not the provider. */
function refuseAtGateway(response: WireResponse, requestId: string | null, nowMs: number | null): void {
  const { headers, status } = response;
  const code = headers["x-ca-error-code"] ?? "";
  const message = headers["x-ca-error-message"] ?? "";
  if (code === "" && (message === "" || status < 400)) return;
  throw refusalError(response, { code, message, requestId: headerRequestId(response) ?? requestId, nowMs });
}

function failureIn(layer: Layer): { code: unknown; message: unknown } | undefined {
  if ("errorSample" in layer) return spokenBy(objectOf(layer["errorSample"]) ?? layer);
  const failed =
    isBad(layer["resultCode"]) ||
    (isBad(layer["Code"] ?? layer["code"]) && !hasTasks(layer)) ||
    [layer["asapiSuccess"], layer["success"], layer["Success"]].includes(false) ||
    isPresent(layer["errorKey"]);
  return failed ? spokenBy(layer) : undefined;
}

/** The code and message that describe a failure, among all those in a response. */
function spokenBy(layer: Layer): { code: unknown; message: unknown } {
  const codes = ["resultCode", "Code", "code", "asapiErrorCode", "errorCode", "errorKey"];
  const messages = ["resultMsg", "Message", "message", "asapiErrorMessage", "errorMessage", "errorTitle"];
  return {
    code: codes.map((name) => layer[name]).find(isBad) ?? null,
    message: messages.map((name) => layer[name]).find(isPresent) ?? null,
  };
}

/** Success is `0`, `"0"`, `200`, `"200"`, `OK`, `Success`, or no code. */
function isBad(code: unknown): boolean {
  if (typeof code === "object") return code !== null;
  return isPresent(code) && !["0", "200", "ok", "success"].includes(String(code).toLowerCase());
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function hasTasks(layer: Layer): boolean {
  return isPresent(layer["TaskSet"]);
}

/** Keeps an unrelated response, such as a health page, from being read as an empty list. */
function isFromThisApi(layer: Layer): boolean {
  return ["TaskSet", "TotalCount", "resultCode"].some((name) => name in layer) || requestIdOf([layer]) !== null;
}

function innerOf(result: unknown): Layer | undefined {
  if (!isPresent(result)) return {};
  return typeof result === "string" ? jsonObject(result) : objectOf(result);
}

function requestIdOf(layers: readonly Layer[]): string | null {
  for (const layer of layers) {
    for (const name of ["RequestId", "RequestID", "requestId", "asapiRequestId"]) {
      const id = safeToken(layer[name]);
      if (id !== null) return id;
    }
  }
  return null;
}

function headerRequestId({ headers }: WireResponse): string | null {
  return safeToken(headers["x-ca-request-id"]) ?? safeToken(headers["x-acs-request-id"]);
}

function jsonObject(text: string): Layer | undefined {
  return objectOf(parseJson(text));
}

function objectOf(value: unknown): Layer | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function malformed(message: string, requestId: string | null): ProviderError {
  return new ProviderError("malformed", message, { requestId });
}
