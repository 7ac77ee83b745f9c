import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import formats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { parseConnections } from "../../../lib/config/connections.ts";
import { createRuntime } from "../../../lib/config/runtime.ts";
import { systemClock, systemRandom } from "../../../lib/config/system-clock.ts";
import type { CloudClient, NativeTask } from "../../../lib/domain/provider.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import { addressOf, findTask } from "../../../lib/http/find-task.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { listTasksParameters, parseListQuery } from "../../../lib/list/query.ts";
import { openApiDocument } from "../../../lib/openapi/openapi-document.ts";
import { describeProvider } from "../../../lib/providers/descriptor.ts";
import type { ClientDependencies } from "../../../lib/providers/descriptor.ts";
import { providerDescriptors } from "../../../lib/providers/index.ts";
import { sweepTargets } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { derivedFiles } from "../../../scripts/derived-files.ts";
import { listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

/** A cloud that the project knows nothing of but its descriptor: a page of jobs for whoever bears the token. */
const nimbus = describeProvider({
  name: "nimbus",
  endpointHosts: ["*.nimbus.example"],
  callsPerSecond: 7,
  capabilities: { batchSize: 10, listsWithoutIds: true, reportsProgress: false, cancels: false },
  trials: [],
  failures: [
    {
      codes: ["Rain.*"],
      cause: "It rained.",
      certainty: "reported",
      remedy: "Wait for the sun.",
      retry: "later",
    },
  ],
  errors: [{ codes: ["LostInTheClouds"], kind: "unavailable", retry: "backoff" }],
  connection: { zones: z.array(z.string()), tenant: z.string() },
  credential: { token: z.string(), session: z.optional(z.string()) },
  regionsOf: ({ zones }) => zones,
  create: ({ tenant }, deps) => createNimbus(tenant, deps),
});

const descriptors = [...providerDescriptors, nimbus];
const names = descriptors.map(({ name }) => name);

const Jobs = z.array(z.object({ key: z.string(), ended: z.boolean(), at: z.string() }));

function createNimbus(
  tenant: string,
  { region, endpoint, call, clock, credential }: ClientDependencies<{ token: string; session?: string | undefined }>,
): CloudClient {
  const url = new URL(`/${tenant}/${region}`, endpoint ?? "https://api.nimbus.example");
  const jobs = (signal: AbortSignal) =>
    call(
      {
        api: "jobs",
        safeToRepeat: true,
        async sign({ freshCredential, call }) {
          const { token, session = "none" } = await credential({ fresh: freshCredential, call });
          return { method: "GET", url, headers: { authorization: `Bearer ${token}`, "x-session": session }, body: "" };
        },
        read: ({ body }) => Jobs.parse(JSON.parse(body)).map((job) => taskOfJob(job, new Date(clock.now()))),
      },
      signal,
    );
  const rowsOf = (tasks: readonly NativeTask[]) => ({
    sightings: tasks.map((task) => ({ task, needsDetail: false })),
    unreadable: [],
  });
  return {
    nativeIdProblem: (nativeId) => (nativeId.startsWith("n-") ? undefined : "must begin with n-"),
    async *list(_query, signal) {
      yield { ...rowsOf(await jobs(signal)), next: null };
    },
    async getMany(nativeIds, signal) {
      return rowsOf((await jobs(signal)).filter(({ nativeId }) => nativeIds.includes(nativeId)));
    },
    async get(wanted, signal) {
      return (await jobs(signal)).find(({ nativeId }) => nativeId === wanted);
    },
  };
}

function taskOfJob({ key, ended, at }: z.infer<typeof Jobs>[number], now: Date): NativeTask {
  return {
    nativeId: key,
    action: "import-image",
    nativeAction: "pull",
    status: ended ? "succeeded" : "running",
    nativeStatus: ended ? "ENDED" : "ACTIVE",
    statusReason: null,
    partial: false,
    progress: unknownProgress,
    resource: null,
    error: null,
    operations: [],
    cancelable: null,
    createdAt: at,
    finishedAt: ended ? at : null,
    nativeTimes: { createdAt: at, finishedAt: ended ? at : null, zoneAssumed: false },
    observedAt: now.toISOString(),
    requestId: null,
  };
}

let folder = "";
let server: LoopbackServer;
let ended = false;
const asked: (string | undefined)[][] = [];
const startedAt = new Date(Date.now() - 60_000).toISOString();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fifth-cloud-"));
  server = await listenHttp(async (request, response) => {
    asked.push([request.url, request.headers.authorization, String(request.headers["x-session"])]);
    response.end(JSON.stringify([{ key: "n-1", ended, at: startedAt }]));
  });
  await writeFile(join(folder, "connections.json"), JSON.stringify({ connections: [connectionTo(server.url.origin)] }));
});
beforeEach(() => {
  ended = false;
  asked.length = 0;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function connectionTo(endpoint: string) {
  const credential = { token: "env:NIMBUS_TOKEN" };
  return { name: "sky", provider: "nimbus", zones: ["west"], tenant: "acme", endpoint, credential };
}

/** What a function has at its cold start, with a ledger in memory. */
function start() {
  const env = {
    CONNECTIONS_FILE: join(folder, "connections.json"),
    TABLE_NAME: "tasks",
    LOCAL_MODE: "true",
    NIMBUS_TOKEN: "t0k3n",
  };
  const { providers, explain, rateOf, now } = createRuntime(env, { descriptors });
  const ledger = createMemoryLedger();
  const list = (search: string) =>
    listTasks(parseListQuery(search, providers, listTasksParameters(names)), {
      providers,
      ledger,
      explain,
      now,
      ...unhurried,
    });
  return { providers, explain, rateOf, ledger, now, list };
}

/** The problems that a schema has with a value, `No errors` when it has none. */
function problemsBy(schema: Readonly<Record<string, unknown>>, place: string, value: unknown): string {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ ...schema, $id: "schema" });
  const validate = ajv.compile({ $ref: `schema${place}` });
  return validate(value) ? "No errors" : ajv.errorsText(validate.errors);
}

describe("a cloud that is one more line in the array", () => {
  test("has its connections checked, member by member", () => {
    const rule = { allowedHosts: [], allowLoopback: false, hasVariable: () => true };
    const file = (connection: object) => JSON.stringify({ connections: [connection] });
    const fine = connectionTo("https://api.nimbus.example");
    expect(parseConnections(file(fine), rule, descriptors)).toEqual([fine]);
    const wrong = { ...fine, tenant: 7, regions: ["west"], credential: { token: "plain", key: "env:KEY" } };
    expect(() => parseConnections(file(wrong), rule, descriptors)).toThrow(/tenant must be of type string/);
    expect(() => parseConnections(file(wrong), rule, descriptors)).toThrow(/has unknown fields: regions/);
    expect(() => parseConnections(file(wrong), rule, descriptors)).toThrow(/credential\.token must be a reference/);
    expect(() => parseConnections(file(wrong), rule, descriptors)).toThrow(/credential has unknown fields: key/);
    expect(() => parseConnections(file(fine), rule)).toThrow(/provider must be one of alibaba-ecs/);
    expect(() => parseConnections(file(fine), rule)).toThrow(/endpoint names a host outside the allow-list/);
  });

  test("has a target in each region, its own default rate, and its secrets resolved", async () => {
    const { list, providers, rateOf } = start();
    expect(providers.map(({ target, capabilities }) => ({ target, capabilities }))).toEqual([
      { target: { connection: "sky", provider: "nimbus", region: "west" }, capabilities: nimbus.capabilities },
    ]);
    expect(rateOf("sky")).toEqual({ perSecond: 7, burst: 7 });
    await list("");
    expect(asked).toEqual([["/acme/west", "Bearer t0k3n", "none"]]);
  });

  test("is listed and got, and found by provider=, in the form of the contract", async () => {
    const { ledger, list, now, providers } = start();
    const page = await list("provider=nimbus");
    const task = {
      id: "sky:west:n-1",
      connection: "sky",
      provider: "nimbus",
      region: "west",
      done: false,
      finishedAtObserved: false,
      labels: {},
    };
    expect(page).toMatchObject({ tasks: [task], errors: [] });
    expect(await findTask(addressOf("sky:west:n-1", providers), { ledger, now, ...unhurried })).toMatchObject(task);
    const body = { tasks: page.tasks, errors: page.errors, nextCursor: page.nextCursor };
    expect(problemsBy(openApiDocument(names), "#/components/schemas/TaskList", body)).toBe("No errors");
    expect(problemsBy(openApiDocument(), "#/components/schemas/TaskList", body)).toContain("allowed values");
    expect(JSON.stringify(openApiDocument(names)["paths"])).toContain('"nimbus"');
  });

  test("has its failures explained by its own table", () => {
    const { explain } = start();
    const explanationOf = (provider: string, code: string) =>
      explain(sampleTask({ provider, status: "failed", error: { code, message: "" } })).explanation;
    expect(explanationOf("nimbus", "Rain.Heavy")).toMatchObject({ certainty: "reported", retry: "later" });
    expect(explanationOf("nimbus", "Forbidden.RAM")).toBeNull();
    expect(explanationOf("alibaba-ecs", "Rain.Heavy")).toBeNull();
  });

  test("is an unknown value of provider= where it is not in the array", async () => {
    const { providers } = start();
    const problem = await problemOf(async () => parseListQuery("provider=nimbus", providers));
    expect(JSON.stringify(problem)).toContain("must be one of alibaba-ecs, apsara-route, tencent-ecm");
  });

  test("is swept, and its completion is an event that fits the schema", async () => {
    const { ledger, explain, now, providers } = start();
    const bus = createRecordingBus();
    const deps = { ledger, bus, explain, clock: systemClock, random: systemRandom, settings: defaultSweepSettings };
    const sweep = () =>
      sweepTargets(providers, deps, { signal: new AbortController().signal, stopAtMs: now() + 30_000 });
    expect(await sweep()).toMatchObject([{ target: "sky:west", problems: [] }]);
    expect(bus.events).toEqual([]);
    ended = true;
    expect(await sweep()).toMatchObject([{ target: "sky:west", problems: [] }]);
    expect(bus.events).toMatchObject([
      { detailType: "Image Task Completed", detail: { subject: "sky:west:n-1", data: { previousStatus: "running" } } },
    ]);
    const schema = derivedFiles.find(({ path }) => path.endsWith("task-event.v1.json"));
    const text = await readFile(schema?.path ?? "", "utf8");
    const detail = bus.events[0]?.detail;
    expect(problemsBy(JSON.parse(schema?.derive(text, descriptors) ?? ""), "#", detail)).toBe("No errors");
    expect(problemsBy(JSON.parse(text), "#", detail)).toContain("allowed values");
  });
});
