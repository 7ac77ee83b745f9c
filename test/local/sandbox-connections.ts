/** The connections file for the sandbox clouds, and the credentials that it references. */
import { writeFile } from "node:fs/promises";

interface SandboxAddress {
  readonly url: string;
  /** By the names that the members of the connection's credential have. */
  readonly credential: object;
}

export interface SandboxAddresses {
  readonly alibabaEcs: SandboxAddress;
  readonly apsaraRoute: SandboxAddress & { readonly userEmail: string };
  readonly tencentEcm: SandboxAddress;
}

/** One for each cloud; a new cloud's sandbox is one line more. */
function connectionsTo({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxAddresses) {
  const { userEmail } = apsaraRoute;
  return [
    { name: "aliyun", provider: "alibaba-ecs", members: { regions: ["cn-hangzhou"] }, ...alibabaEcs },
    {
      name: "stack",
      provider: "apsara-route",
      members: { regions: ["cn-qingdao-env17-d01"], userEmail },
      ...apsaraRoute,
    },
    { name: "edge", provider: "tencent-ecm", members: {}, ...tencentEcm },
  ];
}

/** Writes the file, which contains only references, and returns the environment that resolves them. */
export async function writeSandboxConnections(path: string, clouds: SandboxAddresses): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  const connections = connectionsTo(clouds).map(({ name, provider, members, url, credential }) => {
    // The gateway's sandbox counts its user among what is secret.
    const secrets = Object.entries(credential).filter(([member]) => !(member in members));
    const references = secrets.map(([member, secret]) => {
      const variable = `SANDBOX_${name}_${member.replaceAll(/[A-Z]/g, "_$&")}`.toUpperCase();
      environment[variable] = String(secret);
      return [member, `env:${variable}`];
    });
    return { name, provider, ...members, endpoint: url, credential: Object.fromEntries(references) };
  });
  await writeFile(path, `${JSON.stringify({ connections }, null, 2)}\n`);
  return environment;
}
