import { globalAgent } from "node:https";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { STSClient } from "@aws-sdk/client-sts";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { AwsClient } from "aws4fetch";
import * as z from "zod/mini";

type Variables = Readonly<Record<string, string | undefined>>;

export interface JsonCall {
  readonly service: "ssm" | "secretsmanager" | "kms";
  /** The stage's own region by default. */
  readonly region?: string | undefined;
  /** Such as `AmazonSSM.GetParameter`. */
  readonly target: string;
  readonly body: unknown;
}

/** AWS as the framework will use it: in the same region and with the same identity. */
export interface Aws {
  readonly region: string;
  readonly cloudFormation: CloudFormationClient;
  readonly dynamoDb: DynamoDBClient;
  readonly eventBridge: EventBridgeClient;
  readonly sts: STSClient;
  /** Calls a service that has no client here. Rejects with an error whose name is AWS's own. */
  callJson(call: JsonCall): Promise<unknown>;
}

/** Like an error of the SDK, its name is what AWS calls the error. */
class AwsError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export function connectAws(region: string, stage: string, env: Variables): Aws {
  const credentials = credentialsOf(stage, env);
  // The agent of Node itself goes through HTTPS_PROXY, because these scripts run with --use-env-proxy.
  const requestHandler = { httpsAgent: globalAgent, connectionTimeout: 5000, requestTimeout: 15_000 };
  // The SDK reads the variable as well, but from this process alone.
  const endpoint = env["AWS_ENDPOINT_URL"];
  const options = { region, credentials, requestHandler, maxAttempts: 3, ...(endpoint ? { endpoint } : {}) };
  return {
    region,
    cloudFormation: new CloudFormationClient(options),
    dynamoDb: new DynamoDBClient(options),
    eventBridge: new EventBridgeClient(options),
    sts: new STSClient(options),
    callJson: async (call) => {
      const client = new AwsClient({ ...(await credentials()), service: call.service, retries: 3 });
      return sendJson(client, { region, ...withoutUndefined(call) }, env);
    },
  };
}

/**
 * In the order of the framework, which also knows an identity for each stage.
 * @see https://github.com/oss-serverless/osls/blob/main/lib/aws/credentials.js
 */
function credentialsOf(stage: string, env: Variables) {
  const prefix = `AWS_${stage.toUpperCase()}`;
  const [accessKeyId, secretAccessKey] = [env[`${prefix}_ACCESS_KEY_ID`], env[`${prefix}_SECRET_ACCESS_KEY`]];
  const stageProfile = env[`${prefix}_PROFILE`];
  if (!stageProfile && accessKeyId && secretAccessKey) {
    const sessionToken = env[`${prefix}_SESSION_TOKEN`];
    return async () => ({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
  }
  const fallback = env["AWS_ACCESS_KEY_ID"] ? undefined : env["AWS_DEFAULT_PROFILE"];
  const profile = stageProfile || env["AWS_PROFILE"] || fallback;
  return defaultProvider(profile ? { profile } : {});
}

function withoutUndefined({ region, ...call }: JsonCall): JsonCall {
  return region === undefined ? call : { ...call, region };
}

/** @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
async function sendJson(
  client: AwsClient,
  { service, region = "", target, body }: JsonCall,
  env: Variables,
): Promise<unknown> {
  const own = { ssm: "SSM", secretsmanager: "SECRETS_MANAGER", kms: "KMS" }[service];
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const standard = `https://${service}.${region}.${domain}`;
  const response = await client.fetch(env[`AWS_ENDPOINT_URL_${own}`] || env["AWS_ENDPOINT_URL"] || standard, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
    body: JSON.stringify(body),
    aws: { region },
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw errorOf(response.status, text);
}

const Fault = z.object({ __type: z.string(), message: z.optional(z.string()), Message: z.optional(z.string()) });

function errorOf(status: number, text: string): AwsError {
  try {
    const { __type, message, Message } = Fault.parse(JSON.parse(text));
    return new AwsError(__type.replace(/^.*#/, ""), message ?? Message ?? "");
  } catch {
    return new AwsError(`HTTP ${status}`, "the answer is not AWS's");
  }
}

/** What AWS calls an error, or what Node calls it if AWS was not reached. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code ?? error.name;
}

/** CloudFormation has no error code of its own for a stack or resource that does not exist. */
export async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist")) {
      return undefined;
    }
    throw error;
  });
}
