import * as z from "zod/mini";
import type { Exchange } from "./exchange.ts";
import { nestParams } from "./tencent-nesting.ts";

/** What a request to Tencent Cloud calls, in each form that the API accepts. */

export type TencentParams = Readonly<Record<string, unknown>>;

export interface TencentCall {
  /** `TC3` names the call in headers. `V1`, the older signature, names it in parameters of the query or the form. */
  readonly signature: "TC3" | "V1";
  readonly action: string;
  readonly version: string | undefined;
  readonly region: string | undefined;
  /** The call's own parameters. `undefined` if they cannot be read. */
  readonly params: TencentParams | undefined;
  /** True if the parameters came as JSON, which has types. */
  readonly typed: boolean;
}

const commonParams = new Set([
  "Action",
  "Language",
  "Nonce",
  "Region",
  "RequestClient",
  "SecretId",
  "Signature",
  "SignatureMethod",
  "Timestamp",
  "Token",
  "Version",
]);

export function readTencentCall(exchange: Exchange): TencentCall {
  const v1 = v1Params(exchange);
  if (v1 === undefined) {
    const { headers, method, search, body } = exchange;
    return {
      signature: "TC3",
      action: headers["x-tc-action"] ?? "",
      version: headers["x-tc-version"],
      region: headers["x-tc-region"],
      params: method === "GET" ? nestParams(new URLSearchParams(search)) : readJson(body),
      typed: method !== "GET",
    };
  }
  const common = new Map(v1);
  return {
    signature: "V1",
    action: common.get("Action") ?? "",
    version: common.get("Version"),
    region: common.get("Region"),
    params: nestParams(v1.filter(([name]) => !commonParams.has(name))),
    typed: false,
  };
}

/** All parameters of a call with the older signature, which has no `Authorization`. `undefined` for any other call. */
export function v1Params(exchange: Exchange): readonly [string, string][] | undefined {
  if (exchange.headers["authorization"] !== undefined) return undefined;
  if (exchange.method !== "GET" && !isForm(exchange)) return undefined;
  const text = exchange.method === "GET" ? exchange.search : exchange.body.toString("utf8");
  const params = [...new URLSearchParams(text)];
  return params.some(([name]) => name === "Signature") ? params : undefined;
}

function isForm(exchange: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(exchange.headers["content-type"] ?? "");
}

function readJson(body: Buffer): TencentParams | undefined {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(body.toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
