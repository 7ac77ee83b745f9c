import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { Item } from "../../lib/ledger/unreadable-item.ts";
import { editable } from "../fakes/ledger-table.ts";
import { edit } from "../fakes/unreadable-items-contract.ts";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";
import { createRunningParts } from "../local/local-stack.ts";
import { startChild } from "../prove/child.ts";
import type { Child } from "../prove/child.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { createTestClock } from "../sandbox/test-clock.ts";
import type { PackagedTemplate, Resources } from "./packaged-template.ts";
import { createRecordingAws } from "./recording-aws.ts";
import type { AwsCall } from "./recording-aws.ts";
import { authorityFile, startStandInHosts } from "./stand-in-hosts.ts";
import { unzip } from "./unzip.ts";

const tableName = "image-tasks-dev";
const busName = "image-tasks-dev";
const prefix = "image-tasks/dev";
const edgeSecret = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${prefix}/edge-AbCdEf`;
/** The certificate names them. */
const cloudHosts = {
  ecs: "ecs.cn-hangzhou.aliyuncs.com",
  gateway: "stack.example.com",
  ecm: "ecm.tencentcloudapi.com",
};

/** The clouds, an empty ledger, a bus, and the stores of secrets, under the names that they have in the world. */
export interface FunctionWorld {
  readonly clouds: SandboxClouds;
  readonly clock: { advance(ms: number): void };
  /** Past the functions, so nothing of it is recorded. */
  readonly ledger: Ledger;
  /** Changes an item like somebody with access to the table. */
  editItem(id: string, changes: Item): Promise<void>;
  /** The template that the functions are packaged with. */
  readonly resources: Resources;
  /** Starts a packaged function in a process of its own, with the template's variables and Lambda's own. */
  start(name: string): Promise<Child>;
  /** What a function has asked AWS for. */
  callsOf(name: string): readonly AwsCall[];
  /** The details of the events that the bus has accepted. */
  readEvents(): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

export async function startFunctionWorld(template: PackagedTemplate): Promise<FunctionWorld> {
  const parts = createRunningParts();
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-roles-"));
  parts.add(() => rm(folder, { recursive: true, force: true }));
  const clock = createTestClock(Date.now() - 10 * 60_000);
  const clouds = await startSandboxClouds({
    clock,
    wireClock: { now: () => Date.now() },
    otherHosts: Object.values(cloudHosts),
  });
  parts.add(() => clouds.stop());
  const table = await startLedger();
  parts.add(() => table.stop());
  const bus = await startEventEndpoint({ port: 0, rules: [], buses: [busName] });
  parts.add(() => bus.stop());
  const aws = createRecordingAws({ ledgerUrl: table.url, busUrl: bus.url, secrets: secretsOf(clouds) });
  const hosts = await startStandInHosts(hostsOf(clouds), aws.answer);
  parts.add(() => hosts.stop());
  await writeFile(join(template.folder, "connections.json"), JSON.stringify({ connections: connectionsTo(clouds) }));
  await copyFile(authorityFile, join(template.folder, "authority.pem"));
  const resources = await template.package({
    CONNECTIONS_FILE: "connections.json",
    ALLOWED_ENDPOINT_HOSTS: cloudHosts.gateway,
    FUNCTIONS_HTTPS_PROXY: hosts.proxyUrl.href,
    FUNCTIONS_EXTRA_CA_CERTS: "authority.pem",
    LOG_LEVEL: "error",
  });
  async function start(name: string): Promise<Child> {
    const cwd = join(folder, name);
    await unzip(join(template.folder, "packaged", `${name}.zip`), cwd);
    const { handler, variables } = functionOf(resources, name);
    const child = startChild({
      file: new URL("../prove/bundle-runner.ts", import.meta.url).href,
      args: [join(cwd, handler.replace(/\.handler$/, ".mjs"))],
      env: { ...variables, ...variablesOfLambda(name) },
      cwd,
      logPath: join(folder, `${name}.log`),
    });
    parts.add(() => child.kill());
    await child.up;
    return child;
  }
  return {
    clouds,
    clock,
    ledger: table.ledger,
    editItem: async (id, changes) => void (await edit(table, id, changes)),
    resources,
    start,
    callsOf: (name) => aws.calls.get(accessKeyOf(name)) ?? [],
    readEvents: async () =>
      Events.parse(await (await fetch(`${bus.url}/events`)).json()).events.map(({ detail }) => detail),
    stop: () => parts.stop(),
  };
}

const Events = z.object({ events: z.array(z.object({ detail: z.unknown() })) });
/** A value that is no text would be a reference that only AWS resolves. */
const LambdaFunction = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

function functionOf(resources: Resources, name: string) {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  const found = functions.map(({ Properties }) => LambdaFunction.parse(Properties));
  const one = found.find(({ FunctionName }) => FunctionName === `image-tasks-dev-${name}`);
  if (one === undefined) throw new Error(`there is no function ${name}`);
  return { handler: one.Handler, variables: one.Environment.Variables };
}

/** Each role has a credential of its own. */
function accessKeyOf(functionName: string): string {
  return `ASIA${functionName.toUpperCase()}`;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function variablesOfLambda(name: string): Record<string, string> {
  return {
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyOf(name),
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: `image-tasks-dev-${name}`,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    TZ: ":UTC",
  };
}

function hostsOf({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds): Map<string, URL> {
  return new Map([
    [cloudHosts.ecs, new URL(alibabaEcs.url)],
    [cloudHosts.gateway, new URL(apsaraRoute.url)],
    [cloudHosts.ecm, new URL(tencentEcm.url)],
  ]);
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
  return { url: server.url, ...editable({ client, tableName, ledger: () => ledger }, clock), stop };
}

/**
 * With every kind of reference that only AWS can resolve: a parameter, a secret by its name, and one by its ARN. The
 * cloud that resolves ids has two kinds, because some functions ask only this cloud.
 */
function connectionsTo({ apsaraRoute }: SandboxClouds) {
  const aliyun = `secretsmanager:${prefix}/aliyun`;
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      credential: { accessKeyId: `${aliyun}#accessKeyId`, accessKeySecret: `${aliyun}#accessKeySecret` },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: `https://${cloudHosts.gateway}`,
      userEmail: apsaraRoute.userEmail,
      credential: { appKey: `ssm:/${prefix}/stack/key`, appSecret: `ssm:/${prefix}/stack/secret` },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
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
