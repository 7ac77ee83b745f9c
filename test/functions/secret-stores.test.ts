import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSecrets } from "../../lib/config/secrets.ts";
import { systemClock, systemRandom } from "../../lib/config/system-clock.ts";
import type { Provider } from "../../lib/domain/provider.ts";
import { reportConnections } from "../../lib/http/connections-report.ts";
import { addressOf, findTask } from "../../lib/http/find-task.ts";
import { listTasks } from "../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../lib/list/query.ts";
import { createProviders } from "../../lib/providers/index.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import { createTransport } from "../../lib/transport/node-transport.ts";
import { explain } from "../fakes/explain.ts";
import { listenHttp } from "../fakes/loopback-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { createMemoryLedger } from "../fakes/memory-ledger.ts";
import { problemOf } from "../fakes/problem-of.ts";
import { createRecordingBus } from "../fakes/recording-bus.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";

const mark = "MARKED";
const signal = new AbortController().signal;
const deadlines = { signal, providerSignal: signal };
const regions = ["cn-hangzhou", "cn-beijing"];

let clouds: SandboxClouds;
let store: LoopbackServer;
let storeUrl = new URL("http://127.0.0.1");
/** What the store answers to a read of each name. */
const answers = new Map<string, { readonly status: number; readonly body: string }>();
const reads: string[] = [];

const rotate = (number: number) => {
  const key = { accessKeyId: `${mark}id${number}`, accessKeySecret: `${mark}key${number}` };
  clouds.alibabaEcs.rotateCredential({ ...key, securityToken: `${mark}token${number}` });
  return { status: 200, body: JSON.stringify({ ...key, securityToken: `${mark}token${number}` }) };
};

beforeAll(async () => {
  // Every test counts its own calls, not those of the test before.
  const rates = { alibabaEcsPerMinute: 10_000, tencentEcmPerSecond: 1000 };
  clouds = await startSandboxClouds({ clock: systemClock, rates });
  const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;
  for (const region of regions) clouds.tasks.addTask({ cloud: "alibaba-ecs", region, action: "ImportImage", plan });
  const region = "cn-qingdao-env17-d01";
  clouds.tasks.addTask({ cloud: "apsara-route", region, action: "ImportImage", plan });
  clouds.tasks.addTask({ cloud: "tencent-ecm", action: "ImportCustomImage", plan });
  store = await listenHttp((request, response) => {
    const name = (request.url ?? "").slice(1);
    reads.push(name);
    const { status, body } = answers.get(name) ?? { status: 400, body: "" };
    response.writeHead(status).end(body);
  });
});
afterAll(async () => {
  await clouds.stop();
  await store.close();
});
beforeEach(() => {
  storeUrl = store.url;
  answers.set("aliyun", rotate(1));
});
afterEach(() => {
  answers.clear();
  reads.length = 0;
});

/** Every function's core with its own secrets, on the same clouds and the same store. */
function start() {
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const own: Record<string, string> = {
    STACK_KEY: apsaraRoute.credential.appKey,
    STACK_SECRET: apsaraRoute.credential.appSecret,
    EDGE_ID: tencentEcm.credential.secretId,
    EDGE_KEY: tencentEcm.credential.secretKey,
  };
  async function readStore(name: string): Promise<string> {
    const response = await fetch(new URL(`/${name}`, storeUrl));
    if (!response.ok) throw Object.assign(new Error(mark), { name: `HTTP ${response.status}` });
    return response.text();
  }
  const secrets = createSecrets({
    readers: { env: async (name) => own[name], ssm: readStore, secretsmanager: readStore },
    clock: systemClock,
    maxAgeMs: 300_000,
  });
  const member = (name: string) => `secretsmanager:aliyun#${name}`;
  const connections = [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions,
      endpoint: alibabaEcs.url,
      credential: {
        accessKeyId: member("accessKeyId"),
        accessKeySecret: member("accessKeySecret"),
        securityToken: member("securityToken"),
      },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      credential: { appKey: "env:STACK_KEY", appSecret: "env:STACK_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      credential: { secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" },
    },
  ];
  const callerFor = () =>
    createCaller({
      transport: createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 5000, maxBodyBytes: 1_000_000 }),
      clock: systemClock,
      random: systemRandom,
      rate: { perSecond: 100, burst: 100 },
      deadlineMs: 10_000,
      maxTries: 4,
    });
  const providers = createProviders(connections, { callerFor, secrets, clock: systemClock });
  const ledger = createMemoryLedger();
  return { providers, ledger, ...callsOf(providers, ledger) };
}

function callsOf(providers: readonly Provider[], ledger: ReturnType<typeof createMemoryLedger>) {
  const now = systemClock.now;
  const bus = createRecordingBus();
  const sweepDeps = { ledger, bus, explain, clock: systemClock, random: systemRandom, settings: defaultSweepSettings };
  const rateOf = () => ({ perSecond: 100, burst: 100 });
  return {
    list: (search = "") =>
      listTasks(parseListQuery(search, providers), { providers, ledger, explain, now, ...deadlines }),
    get: (id: string) => findTask(addressOf(id, providers), { ledger, now, ...deadlines }),
    sweep: () => sweepTargets(providers, sweepDeps, { signal, stopAtMs: now() + 60_000 }),
    report: () => reportConnections({ providers, ledger, rateOf, now, signal }),
  };
}

describe("a secret store that", () => {
  test.each([
    ["refuses a read", { status: 403, body: mark }, /accessKeyId could not be read \(HTTP 403\)/],
    ["has no such member", { status: 200, body: `{"id":"${mark}"}` }, /accessKeyId has no text under that key/],
    ["holds no JSON", { status: 200, body: `${mark}` }, /accessKeyId is not JSON/],
    ["cannot be reached", undefined, /accessKeyId could not be read \(TypeError\)/],
  ])("%s affects one cloud, and every function explains it", async (_what, answer, explanation) => {
    if (answer === undefined) storeUrl = new URL("http://127.0.0.1:9");
    else answers.set("aliyun", answer);
    const { list, get, sweep, report } = start();
    const { tasks, errors } = await list();
    expect(tasks.map(({ connection }) => connection).toSorted()).toEqual(["edge", "stack"]);
    expect(errors.map(({ connection, kind }) => [connection, kind])).toEqual([
      ["aliyun", "unauthorized"],
      ["aliyun", "unauthorized"],
    ]);
    for (const { message } of errors) expect(message).toMatch(explanation);
    for (const { id } of tasks) expect(await get(id)).toMatchObject({ id });
    const problem = await problemOf(() => get("aliyun:cn-hangzhou:t-1"));
    expect(problem).toMatchObject({ type: "provider-unauthorized" });
    const swept = (await sweep()).map(({ target, problems }) => [target, problems.map(({ message }) => message)]);
    const explained = [expect.stringMatching(explanation)];
    expect(swept).toEqual([
      ["aliyun:cn-hangzhou", explained],
      ["aliyun:cn-beijing", explained],
      ["stack:cn-qingdao-env17-d01", []],
      ["edge:global", []],
    ]);
    const { connections } = await report();
    const [hangzhou, beijing, stack, edge] = connections.map(({ lastError }) => lastError);
    expect([hangzhou, beijing]).toEqual([...explained, ...explained]);
    expect([stack, edge]).toEqual([null, null]);
    expect(JSON.stringify([errors, problem, swept, connections])).not.toContain(mark);
  });
});

describe("a key that is replaced", () => {
  test("in the cloud and the store is read once more, for all calls and regions together", async () => {
    const { list, sweep } = start();
    expect((await list()).errors).toEqual([]);
    expect(reads).toEqual(["aliyun"]);
    answers.set("aliyun", rotate(2));
    const lists = await Promise.all(Array.from({ length: 5 }, () => list("connection=aliyun")));
    for (const { tasks, errors } of lists) {
      expect(errors).toEqual([]);
      expect(tasks).toHaveLength(2);
    }
    expect((await sweep()).flatMap(({ problems }) => problems)).toEqual([]);
    expect(reads).toEqual(["aliyun", "aliyun"]);
  });

  test("in the cloud alone is read once more in five minutes", async () => {
    const { list, sweep } = start();
    await list();
    rotate(3);
    for (let n = 0; n < 3; n += 1) {
      const errors = (await list("source=live")).errors.filter(({ connection }) => connection === "aliyun");
      expect(errors.map(({ code }) => code)).toEqual(["InvalidSecurityToken.Expired", "InvalidSecurityToken.Expired"]);
      await sweep();
    }
    expect(reads).toEqual(["aliyun", "aliyun"]);
  });

  test("while the store throttles shows the refusal and the store's failure", async () => {
    const { list } = start();
    await list();
    rotate(4);
    answers.set("aliyun", { status: 429, body: mark });
    const { errors } = await list("source=live");
    const throttled = errors.find(({ message }) => message.includes("HTTP 429"));
    expect(throttled).toMatchObject({ kind: "unauthorized", code: "InvalidSecurityToken.Expired" });
    expect(throttled?.message).toMatch(/token.*; a newer credential could not be read: the secret .* \(HTTP 429\)$/i);
    expect(reads).toEqual(["aliyun", "aliyun"]);
    expect(JSON.stringify(errors)).not.toContain(mark);
  });
});
