/** The connections file for the sandbox clouds, and the credentials that it references. */
import { writeFile } from "node:fs/promises";

export interface SandboxAddresses {
  readonly alibabaEcs: { readonly url: string; readonly credential: { accessKeyId: string; accessKeySecret: string } };
  readonly apsaraRoute: {
    readonly url: string;
    readonly credential: { appKey: string; appSecret: string };
    readonly userEmail: string;
  };
  readonly tencentEcm: { readonly url: string; readonly credential: { secretId: string; secretKey: string } };
}

/** Writes the file, which contains only references, and returns the environment that resolves them. */
export async function writeSandboxConnections(path: string, clouds: SandboxAddresses): Promise<Record<string, string>> {
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const connections = [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      endpoint: alibabaEcs.url,
      credential: { accessKeyId: "env:SANDBOX_ALIBABA_KEY_ID", accessKeySecret: "env:SANDBOX_ALIBABA_KEY_SECRET" },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      credential: { appKey: "env:SANDBOX_APSARA_APP_KEY", appSecret: "env:SANDBOX_APSARA_APP_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      credential: { secretId: "env:SANDBOX_TENCENT_SECRET_ID", secretKey: "env:SANDBOX_TENCENT_SECRET_KEY" },
    },
  ];
  await writeFile(path, `${JSON.stringify({ connections }, null, 2)}\n`);
  return {
    SANDBOX_ALIBABA_KEY_ID: alibabaEcs.credential.accessKeyId,
    SANDBOX_ALIBABA_KEY_SECRET: alibabaEcs.credential.accessKeySecret,
    SANDBOX_APSARA_APP_KEY: apsaraRoute.credential.appKey,
    SANDBOX_APSARA_APP_SECRET: apsaraRoute.credential.appSecret,
    SANDBOX_TENCENT_SECRET_ID: tencentEcm.credential.secretId,
    SANDBOX_TENCENT_SECRET_KEY: tencentEcm.credential.secretKey,
  };
}
