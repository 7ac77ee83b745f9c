import { readFile, writeFile } from "node:fs/promises";
import type { Harness } from "./harness.ts";

/** The account of one connection with temporary credentials, told apart by a name of the test's choice. */
export interface TokenAccount extends AsyncDisposable {
  /** The variables that hold a credential. */
  variablesOf(name: string): Record<string, string>;
  /** The cloud accepts only this credential from now on. Returns its variables. */
  rotate(name: string): Record<string, string>;
}

type Connection = "aliyun" | "edge";

const members: Record<Connection, { readonly token: string; readonly variables: readonly [string, string, string] }> = {
  aliyun: { token: "securityToken", variables: ["ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET", "ALIYUN_TOKEN"] },
  edge: { token: "token", variables: ["EDGE_SECRET_ID", "EDGE_SECRET_KEY", "EDGE_TOKEN"] },
};

/** Lets the connection use a token, in the file and in the cloud. Disposal restores both. */
export async function giveToken(connection: Connection, { clouds, env }: Harness): Promise<TokenAccount> {
  const { token, variables } = members[connection];
  const [idVariable, secretVariable, tokenVariable] = variables;
  const path = env["CONNECTIONS_FILE"] ?? "";
  const before = await readFile(path, "utf8");
  const { connections } = JSON.parse(before) as { connections: { name: string; credential: object }[] };
  const changed = connections.map((one) =>
    one.name === connection ? { ...one, credential: { ...one.credential, [token]: `env:${tokenVariable}` } } : one,
  );
  await writeFile(path, JSON.stringify({ connections: changed }));
  const valuesOf = (name: string) => [`MARKEDid${name}`, `MARKEDsecret${name}`, `MARKEDtoken${name}`] as const;
  const variablesOf = (name: string) => {
    const [id, secret, value] = valuesOf(name);
    return { [idVariable]: id, [secretVariable]: secret, [tokenVariable]: value };
  };
  const { alibabaEcs, tencentEcm } = clouds;
  return {
    variablesOf,
    rotate(name) {
      const [id, secret, value] = valuesOf(name);
      if (connection === "edge") tencentEcm.rotateCredential({ secretId: id, secretKey: secret, token: value });
      else alibabaEcs.rotateCredential({ accessKeyId: id, accessKeySecret: secret, securityToken: value });
      return variablesOf(name);
    },
    async [Symbol.asyncDispose]() {
      await writeFile(path, before);
      if (connection === "edge") tencentEcm.rotateCredential(tencentEcm.credential);
      else alibabaEcs.rotateCredential(alibabaEcs.credential);
    },
  };
}
