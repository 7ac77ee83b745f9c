import { AwsV4Signer } from "aws4fetch";
import * as z from "zod/mini";
import { ProviderError } from "../domain/errors.ts";
import type { Attempt, Caller, WireRequest, WireResponse } from "../transport/call.ts";
import type { SecretReader } from "./secrets.ts";

interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Service = "ssm" | "secretsmanager";

export interface AwsSecretsOptions {
  /** Unless the secret is given by its ARN, which names a region. */
  readonly region: string;
  readonly credential: () => Promise<AwsCredential>;
  /** Replaces the service's own endpoint unless it is `undefined`. */
  readonly endpoint?: (service: Service) => string | undefined;
  /** Sends, tries again, and gives up in time. */
  readonly call: Caller;
}

const Parameter = z.object({ Parameter: z.object({ Value: z.string() }) });
const SecretValue = z.object({ SecretString: z.string() });

/**
 * Reads a decrypted SSM parameter. Signs the call itself, because the SDK's client would add 46 KB to every bundle.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export function createSsmReader(options: AwsSecretsOptions): SecretReader {
  return async (name) => {
    const body = { Name: name, WithDecryption: true };
    const answer = await callAws(options, name, { service: "ssm", target: "AmazonSSM.GetParameter", body });
    return Parameter.parse(answer).Parameter.Value;
  };
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export function createSecretsManagerReader(options: AwsSecretsOptions): SecretReader {
  return async (name) => {
    const target = "secretsmanager.GetSecretValue";
    const answer = await callAws(options, name, { service: "secretsmanager", target, body: { SecretId: name } });
    return SecretValue.parse(answer).SecretString;
  };
}

/**
 * The credential that Lambda, or a shell, puts into the environment.
 * @throws SecretError when there is none
 */
export function credentialFromEnvironment(env: Readonly<Record<string, string | undefined>>): AwsCredential {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) throw new SecretError("there is no AWS credential");
  const temporary = AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {};
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, ...temporary };
}

/** Safe to show, and its name says everything. */
class SecretError extends Error {
  override readonly name: string;
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = reason;
  }
}

interface AwsCall {
  readonly service: Service;
  readonly target: string;
  readonly body: unknown;
}

async function callAws(options: AwsSecretsOptions, secret: string, call: AwsCall): Promise<unknown> {
  const credential = await options.credential();
  const region = regionOfArn(secret) ?? options.region;
  const url = options.endpoint?.(call.service) ?? `https://${call.service}.${region}.${domainOf(region)}`;
  const sign = (attempt: Attempt) => signCall({ ...credential, region, url }, call, attempt);
  try {
    const once = { api: call.target, safeToRepeat: true, sign, read: readAnswer };
    return await options.call(once, new AbortController().signal);
  } catch (error) {
    throw error instanceof ProviderError ? new SecretError(error.message, error) : error;
  }
}

function regionOfArn(secret: string): string | undefined {
  return /^arn:[\w-]+:(?:ssm|secretsmanager):([a-z0-9-]+):/.exec(secret)?.[1];
}

/** @see https://docs.aws.amazon.com/general/latest/gr/ssm.html */
function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

interface Signing extends AwsCredential {
  readonly region: string;
  readonly url: string;
}

async function signCall(signing: Signing, { service, target, body }: AwsCall, attempt: Attempt): Promise<WireRequest> {
  const text = JSON.stringify(body);
  const signer = new AwsV4Signer({
    ...signing,
    service,
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
    body: text,
    datetime: new Date(attempt.nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
  });
  const { url, headers } = await signer.sign();
  return { method: "POST", url, headers: Object.fromEntries(headers), body: text };
}

function readAnswer({ status, body }: WireResponse): unknown {
  if (status === 200) return JSON.parse(body);
  const passing = status === 429 || status >= 500;
  throw new ProviderError("unavailable", `HTTP ${status}`, { retry: passing ? "backoff" : "no" });
}
