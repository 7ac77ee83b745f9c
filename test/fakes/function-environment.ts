import type { SandboxClouds } from "../sandbox/clouds.ts";

/** Environment variables for functions that use servers on this machine. */

export interface LocalServers {
  /** Endpoints of the table and the bus. */
  readonly name: string;
  readonly ledgerUrl: string;
  readonly busUrl: string;
}

export function functionEnvironment({ name, ledgerUrl, busUrl }: LocalServers): Record<string, string> {
  return {
    TABLE_NAME: name,
    EVENT_BUS_NAME: name,
    LOCAL_MODE: "true",
    LOG_LEVEL: "error",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: ledgerUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: busUrl,
  };
}

/** The variables that `env:` references in a connections file for the sandbox clouds name. */
export function credentialEnvironment({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds): Record<string, string> {
  return {
    ALIYUN_KEY_ID: alibabaEcs.credential.accessKeyId,
    ALIYUN_KEY_SECRET: alibabaEcs.credential.accessKeySecret,
    STACK_APP_KEY: apsaraRoute.credential.appKey,
    STACK_APP_SECRET: apsaraRoute.credential.appSecret,
    EDGE_SECRET_ID: tencentEcm.credential.secretId,
    EDGE_SECRET_KEY: tencentEcm.credential.secretKey,
  };
}
