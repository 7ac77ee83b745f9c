import type { SandboxClouds } from "../sandbox/clouds.ts";

export const connectionNames = ["aliyun", "stack", "edge"] as const;
export type ConnectionName = (typeof connectionNames)[number];

/** How the configuration differs from the first one. */
export interface Configuration {
  /** The connection that is not configured. */
  readonly away: ConnectionName | null;
  /** The present names of renamed connections. Ids keep the former names. */
  readonly renamed: Readonly<Partial<Record<ConnectionName, string>>>;
}

const rate = { perSecond: 100, burst: 1000 };

export function connectionsTo(clouds: SandboxClouds, { away, renamed }: Configuration): unknown[] {
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const all: ({ readonly name: ConnectionName } & Readonly<Record<string, unknown>>)[] = [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      endpoint: alibabaEcs.url,
      rate,
      credential: { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: "env:ALIYUN_KEY_SECRET" },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      rate,
      credential: { appKey: "env:STACK_APP_KEY", appSecret: "env:STACK_APP_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      rate,
      credential: { secretId: "env:EDGE_SECRET_ID", secretKey: "env:EDGE_SECRET_KEY" },
    },
  ];
  return all
    .filter(({ name }) => name !== away)
    .map((connection) => {
      const { [connection.name]: name } = renamed;
      return name === undefined ? connection : { ...connection, name, formerName: connection.name };
    });
}

/** Requests that the connection's cloud has received. */
export function requestsOf(clouds: SandboxClouds, name: ConnectionName): number {
  const { aliyun, stack, edge } = { aliyun: clouds.alibabaEcs, stack: clouds.apsaraRoute, edge: clouds.tencentEcm };
  return { aliyun, stack, edge }[name].requests.length;
}
