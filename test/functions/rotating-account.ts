import { readFile, writeFile } from "node:fs/promises";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import type { Harness } from "./harness.ts";

export interface AccountKind {
  readonly connection: "aliyun" | "stack" | "edge";
  /** Whether its credentials are temporary. */
  readonly token: boolean;
}

/** The account of one connection. The test names its credentials. */
export interface RotatingAccount extends AsyncDisposable {
  /** The variables that hold a credential. */
  variablesOf(name: string): Record<string, string>;
  /** The cloud accepts only this credential from now on. Returns its variables. */
  rotate(name: string): Record<string, string>;
}

type Rotate = (clouds: SandboxClouds, id: string, secret: string, token?: string) => void;

const rules: Record<AccountKind["connection"], { variables: readonly string[]; member: string; rotate: Rotate }> = {
  aliyun: {
    variables: ["ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET", "ALIYUN_TOKEN"],
    member: "securityToken",
    rotate: ({ alibabaEcs }, accessKeyId, accessKeySecret, securityToken) =>
      alibabaEcs.rotateCredential({ accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) }),
  },
  stack: {
    variables: ["STACK_APP_KEY", "STACK_APP_SECRET", ""],
    member: "",
    rotate: ({ apsaraRoute }, appKey, appSecret) => apsaraRoute.rotateCredential({ appKey, appSecret }),
  },
  edge: {
    variables: ["EDGE_SECRET_ID", "EDGE_SECRET_KEY", "EDGE_TOKEN"],
    member: "token",
    rotate: ({ tencentEcm }, secretId, secretKey, token) =>
      tencentEcm.rotateCredential({ secretId, secretKey, ...(token && { token }) }),
  },
};

/** Changes the connections file if a token is needed. Disposal restores the file and the cloud's first credential. */
export async function openAccount({ connection, token }: AccountKind, api: Harness): Promise<RotatingAccount> {
  const { variables, member, rotate } = rules[connection];
  const [idVariable = "", secretVariable = "", tokenVariable = ""] = variables;
  const path = api.env["CONNECTIONS_FILE"] ?? "";
  const before = await readFile(path, "utf8");
  if (token) await writeFile(path, withMember(before, connection, { [member]: `env:${tokenVariable}` }));
  const valuesOf = (name: string) => [`MARKEDid${name}`, `MARKEDsecret${name}`, `MARKEDtoken${name}`] as const;
  const variablesOf = (name: string) => {
    const [id, secret, value] = valuesOf(name);
    return { [idVariable]: id, [secretVariable]: secret, ...(token && { [tokenVariable]: value }) };
  };
  return {
    variablesOf,
    rotate(name) {
      const [id, secret, value] = valuesOf(name);
      rotate(api.clouds, id, secret, token ? value : undefined);
      return variablesOf(name);
    },
    async [Symbol.asyncDispose]() {
      await writeFile(path, before);
      rotate(api.clouds, api.env[idVariable] ?? "", api.env[secretVariable] ?? "");
    },
  };
}

function withMember(file: string, name: string, member: object): string {
  const { connections } = JSON.parse(file) as { connections: { name: string; credential: object }[] };
  const changed = connections.map((one) =>
    one.name === name ? { ...one, credential: { ...one.credential, ...member } } : one,
  );
  return JSON.stringify({ connections: changed });
}
