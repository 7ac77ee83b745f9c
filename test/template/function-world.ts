import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { functionEnvironment } from "../fakes/function-environment.ts";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";
import { createRunningParts } from "../local/local-stack.ts";
import { startChild } from "../prove/child.ts";
import type { Child } from "../prove/child.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { createTestClock } from "../sandbox/test-clock.ts";
import { startRecordingAws } from "./recording-aws.ts";
import type { AwsCall } from "./recording-aws.ts";

const tableName = "image-tasks-dev";
const prefix = "image-tasks/dev";
const edgeSecret = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${prefix}/edge-AbCdEf`;

/** The clouds, an empty ledger, a bus, and the stores of secrets. Each function has an AWS endpoint of its own. */
export interface FunctionWorld {
  readonly clouds: SandboxClouds;
  readonly clock: { advance(ms: number): void };
  /** Past the functions, so nothing of it is recorded. */
  readonly ledger: Ledger;
  /** Starts one of the built functions in a process of its own. */
  start(name: string): Promise<Child>;
  /** By the function's name. */
  readonly calls: ReadonlyMap<string, readonly AwsCall[]>;
  stop(): Promise<void>;
}

/** @param bundles folder of the built functions */
export async function startFunctionWorld(bundles: string): Promise<FunctionWorld> {
  const parts = createRunningParts();
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-roles-"));
  parts.add(() => rm(folder, { recursive: true, force: true }));
  const clock = createTestClock(Date.now() - 10 * 60_000);
  const clouds = await startSandboxClouds({ clock, wireClock: { now: () => Date.now() } });
  parts.add(() => clouds.stop());
  const table = await startLedger();
  parts.add(() => table.stop());
  const bus = await startEventEndpoint({ port: 0, rules: [] });
  parts.add(() => bus.stop());
  const connectionsFile = join(folder, "connections.json");
  await writeFile(connectionsFile, JSON.stringify({ connections: connectionsTo(clouds) }));
  const upstreams = { ledgerUrl: table.url, busUrl: bus.url, secrets: secretsOf(clouds) };
  const calls = new Map<string, readonly AwsCall[]>();
  async function start(name: string): Promise<Child> {
    const aws = await startRecordingAws(upstreams);
    parts.add(() => aws.stop());
    calls.set(name, aws.calls);
    const env = {
      ...functionEnvironment({ name: tableName, ledgerUrl: aws.url, busUrl: aws.url }),
      EVENT_BUS_NAME: "default",
      AWS_ENDPOINT_URL_SSM: aws.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
      CONNECTIONS_FILE: connectionsFile,
    };
    const file = new URL("../prove/bundle-runner.ts", import.meta.url).href;
    const child = startChild({
      file,
      args: [join(bundles, `${name}.mjs`)],
      env,
      logPath: join(folder, `${name}.log`),
    });
    parts.add(() => child.kill());
    await child.up;
    return child;
  }
  return { clouds, clock, ledger: table.ledger, start, calls, stop: () => parts.stop() };
}

async function startLedger() {
  const server = await startLedgerServer({ port: 0 });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const plain = new DynamoDBClient({ endpoint: server.url, region: "us-east-1", credentials });
  const definition = await readTableDefinition();
  await createLedgerTable(plain, tableName, definition);
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  const ledger = createDynamoDbLedger({ client, tableName, clock, retentionDays: 90 });
  const stop = async (): Promise<void> => {
    plain.destroy();
    await server.stop();
  };
  return { url: server.url, ledger, stop };
}

/**
 * With every kind of reference that only AWS can resolve: a parameter, a secret by its name, and one by its ARN. The
 * cloud that resolves ids has two kinds, because some functions ask only this cloud.
 */
function connectionsTo({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds) {
  const aliyun = `secretsmanager:${prefix}/aliyun`;
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      endpoint: alibabaEcs.url,
      credential: { accessKeyId: `${aliyun}#accessKeyId`, accessKeySecret: `${aliyun}#accessKeySecret` },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      credential: { appKey: `ssm:/${prefix}/stack/key`, appSecret: `ssm:/${prefix}/stack/secret` },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      credential: {
        secretId: `ssm:/${prefix}/edge/id`,
        secretKey: `secretsmanager:${edgeSecret}#secretKey`,
      },
    },
  ];
}

function secretsOf({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds): Map<string, string> {
  return new Map([
    [`${prefix}/aliyun`, JSON.stringify(alibabaEcs.credential)],
    [`/${prefix}/stack/key`, apsaraRoute.credential.appKey],
    [`/${prefix}/stack/secret`, apsaraRoute.credential.appSecret],
    [`/${prefix}/edge/id`, tencentEcm.credential.secretId],
    [edgeSecret, JSON.stringify(tencentEcm.credential)],
  ]);
}
