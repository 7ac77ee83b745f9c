import { AwsClient } from "aws4fetch";
import * as z from "zod/mini";
import type { SecretReader } from "./secrets.ts";

interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsSecretsOptions {
  readonly region: string;
  readonly credential: () => Promise<AwsCredential>;
  /** Overrides `https://<service>.<region>.amazonaws.com`. */
  readonly endpoint?: (service: "ssm" | "secretsmanager") => string;
  readonly timeoutMs: number;
}

const Parameter = z.object({ Parameter: z.object({ Value: z.string() }) });
const SecretValue = z.object({ SecretString: z.string() });

/**
 * Reads a decrypted SSM parameter. Signs the call itself, because the SDK's client would add 46 KB to every bundle.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export function createSsmReader(options: AwsSecretsOptions): SecretReader {
  return async (name) => {
    const answer = await callAws(options, "ssm", "AmazonSSM.GetParameter", { Name: name, WithDecryption: true });
    return Parameter.parse(answer).Parameter.Value;
  };
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export function createSecretsManagerReader(options: AwsSecretsOptions): SecretReader {
  return async (name) => {
    const answer = await callAws(options, "secretsmanager", "secretsmanager.GetSecretValue", { SecretId: name });
    return SecretValue.parse(answer).SecretString;
  };
}

async function callAws(
  options: AwsSecretsOptions,
  service: "ssm" | "secretsmanager",
  target: string,
  body: unknown,
): Promise<unknown> {
  const { region, timeoutMs } = options;
  const client = new AwsClient({ ...(await options.credential()), region, service, retries: 2 });
  const url = options.endpoint?.(service) ?? `https://${service}.${region}.amazonaws.com`;
  const response = await client.fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new AwsAnswerError(response.status);
  return response.json();
}

class AwsAnswerError extends Error {
  override readonly name: string;
  constructor(status: number) {
    super(`answered ${status}`);
    this.name = `HTTP ${status}`;
  }
}
