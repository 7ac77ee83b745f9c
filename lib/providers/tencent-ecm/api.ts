import type { Clock } from "../../domain/clock.ts";
import type { Attempt, Caller, CredentialSource, ProviderCall, WireRequest } from "../../transport/call.ts";
import { signTc3 } from "../../transport/signing/tc3.ts";
import type { Tc3Credential } from "../../transport/signing/tc3.ts";
import { mostDetailBytes } from "../shared/answer-size.ts";
import { readAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";

export interface EcmDependencies {
  readonly call: Caller;
  readonly credential: CredentialSource<Tc3Credential>;
  readonly clock: Clock;
}

/** One read of ECM, version 2019-07-19. Throws `ProviderError`. */
export type EcmApi = (read: EcmRead, signal: AbortSignal) => Promise<Answer>;

type Filters = readonly { readonly Name: string; readonly Values: readonly string[] }[];

/** @see https://github.com/TencentCloud/tencentcloud-cli/blob/master/tccli/services/ecm/v20190719/api.json */
export interface DescribeImageParams {
  /** An `image-name` filter is fuzzy: the response may contain other names. */
  readonly Filters?: Filters;
  readonly Offset: number;
  readonly Limit: number;
}

type EcmRead =
  | { readonly action: "DescribeCustomImageTask"; readonly params: { readonly Filters: Filters } }
  | { readonly action: "DescribeImage"; readonly params: DescribeImageParams };

/** @see https://www.tencentcloud.com/document/product/1119/45634 */
export function createEcmApi(endpoint: URL, deps: EcmDependencies): EcmApi {
  // The API has a single path. A path on the endpoint would be sent but not signed.
  const url = new URL("/", endpoint);

  async function sign(read: EcmRead, attempt: Attempt): Promise<WireRequest> {
    const credential = await deps.credential({ fresh: attempt.freshCredential, call: attempt.call });
    const signedHeaders = { "content-type": "application/json; charset=utf-8", "x-tc-action": read.action };
    const body = JSON.stringify(read.params);
    const request = { method: "POST" as const, url, service: "ecm", signedHeaders, body };
    const { authorization, timestamp } = signTc3(request, credential, attempt.nowMs);
    // Do not send X-TC-Region, not even empty: this API has no regions.
    const headers = {
      ...signedHeaders,
      authorization,
      "x-tc-timestamp": timestamp,
      "x-tc-version": "2019-07-19",
      "x-tc-language": "en-US",
      ...(credential.token ? { "x-tc-token": credential.token } : {}),
    };
    const size = read.action === "DescribeCustomImageTask" ? { maxAnswerBytes: mostDetailBytes } : {};
    return { method: request.method, url, headers, body, ...size };
  }

  return function callEcm(read, signal) {
    const call: ProviderCall<Answer> = {
      api: read.action,
      safeToRepeat: true,
      sign: (attempt) => sign(read, attempt),
      read: (response) => readAnswer(response, { action: read.action, nowMs: deps.clock.now() }),
    };
    return deps.call(call, signal);
  };
}
