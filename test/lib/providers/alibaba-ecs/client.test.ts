import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { afterEach, describe, expect, test } from "vitest";
import type { ListQuery, Provider, TaskPage } from "../../../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../../../lib/providers/alibaba-ecs/client.ts";
import { alibabaEcs } from "../../../../lib/providers/alibaba-ecs/descriptor.ts";
import { createProvider } from "../../../../lib/providers/create-provider.ts";
import { createCaller } from "../../../../lib/transport/caller.ts";
import { createTransport } from "../../../../lib/transport/node-transport.ts";
import type { Acs3Credential } from "../../../../lib/transport/signing/acs3.ts";
import { bodyOf, listenHttp, type LoopbackServer } from "../../../fakes/loopback-server.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";
import { fixture, fixtureText } from "./fixture.ts";

interface Received {
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Answered {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

const startMs = Date.UTC(2026, 2, 1, 9, 0, 30);
const never = new AbortController().signal;
const open: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A provider that talks to a server of its own, which answers as `answer` says. */
async function ecs(answer: (received: Received, count: number) => Answered, key?: Acs3Credential) {
  const received: Received[] = [];
  const credentials: boolean[] = [];
  const server = await listenHttp(async (request, response) => {
    const url = new URL(request.url ?? "", "http://h");
    const call = {
      action: String(request.headers["x-acs-action"]),
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: await bodyOf(request),
    };
    received.push(call);
    const { status = 200, headers = {}, body } = answer(call, received.length);
    response.writeHead(status, headers).end(body);
  });
  open.push(server);
  const clock = createManualClock(startMs, { autoAdvance: true, autoAdvanceUpToMs: 70_000 });
  let nonces = 0;
  const call = createCaller({
    transport: createTransport({ connectTimeoutMs: 5_000, answerTimeoutMs: 5_000, maxBodyBytes: 1_000_000 }),
    clock,
    random: { next: () => 0.5, nonce: () => `nonce-${(nonces += 1)}` },
    rate: { perSecond: 1_000, burst: 1_000 },
    deadlineMs: 600_000,
    maxTries: 3,
  });
  const credential = ({ fresh }: { fresh: boolean }) => {
    credentials.push(fresh);
    return Promise.resolve(key ?? { accessKeyId: "testid", accessKeySecret: "testsecret" });
  };
  const client = createAlibabaEcs({ region: "cn-hangzhou", endpoint: server.url }, { call, credential, clock });
  const target = { connection: "aliyun", provider: alibabaEcs.name, region: "cn-hangzhou" };
  const provider = createProvider(client, { ...alibabaEcs, target, clockSkewMs: call.clockSkewMs });
  return { provider, received, credentials, clock, host: server.url.host };
}

const json = (payload: unknown, status = 200): Answered => ({ status, body: JSON.stringify(payload) });
const refused = (name: string, status: number): Answered => ({ status, body: fixtureText(`error-${name}.json`) });
const tasks = (ids: readonly string[], total: number, from: Record<string, string> = {}) =>
  json({
    RequestId: "R",
    TotalCount: total,
    PageNumber: Number(from["PageNumber"] ?? 1),
    PageSize: Number(from["PageSize"] ?? 10),
    TaskSet: {
      Task: ids.map((TaskId) => ({
        TaskId,
        TaskAction: "ImportImage",
        TaskStatus: "Processing",
        ResourceId: `m-${TaskId}`,
      })),
    },
  });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `t-${index + 1}`);

/** Answers DescribeTasks as the API does: ten rows a page unless told otherwise. */
function describeTasks(all: readonly string[]) {
  return ({ query }: Received): Answered => {
    const asked = query["TaskIds"]?.split(",");
    const matching = asked === undefined ? all : all.filter((id) => asked.includes(id));
    const size = Number(query["PageSize"] ?? 10);
    const start = (Number(query["PageNumber"] ?? 1) - 1) * size;
    return tasks(matching.slice(start, start + size), matching.length, query);
  };
}

async function pagesOf(provider: Provider, query: ListQuery): Promise<TaskPage[]> {
  const pages: TaskPage[] = [];
  for await (const page of provider.list(query, never)) pages.push(page);
  return pages;
}
const idsOf = (pages: readonly TaskPage[]) => pages.flatMap((page) => page.sightings.map(({ task }) => task.nativeId));

describe("createAlibabaEcs()", () => {
  test("describes its name and capabilities", async () => {
    const { provider } = await ecs(() => json({}));
    expect(provider.target).toEqual({ connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" });
    expect(provider.capabilities).toEqual({
      batchSize: 100,
      listsWithoutIds: true,
      reportsProgress: true,
      cancels: true,
    });
  });

  test("calls the regional host when no endpoint is configured", async () => {
    const hosts: string[] = [];
    const world = {
      call: async (call: Parameters<Parameters<typeof createAlibabaEcs>[1]["call"]>[0]) => {
        const request = await call.sign({ nowMs: startMs, nonce: "n", freshCredential: false, call: {} });
        hosts.push(request.url.origin);
        throw new Error("no network here");
      },
      credential: () => Promise.resolve({ accessKeyId: "id", accessKeySecret: "secret" }),
      clock: createManualClock(startMs),
    };
    const provider = createAlibabaEcs({ region: "eu-central-1" }, world);
    await expect(provider.getMany(["t-1"], never)).rejects.toThrow("no network here");
    expect(hosts).toEqual(["https://ecs.eu-central-1.aliyuncs.com"]);
    for (const region of ["evil.example/", "/evil", "CN-HANGZHOU", ""]) {
      expect(() => createAlibabaEcs({ region }, world)).toThrow(
        new RangeError("an ECS region has only a-z, 0-9 and '-'"),
      );
    }
  });

  test("signs the request as sent, like the official SDK", async () => {
    const { OpenApiUtil } = createRequire(import.meta.url)("@alicloud/openapi-core") as {
      OpenApiUtil: { getAuthorization(request: object, ...rest: string[]): string };
    };
    const key = { accessKeyId: "STS.testid", accessKeySecret: "testsecret", securityToken: "CAIS/abc+def==" };
    const { provider, received, host } = await ecs(() => tasks([], 0), key);
    await pagesOf(provider, { resourceIds: ["m-!'()*~ +", "镜像😀"], createdAfter: new Date(startMs) });

    const [sent] = received;
    if (sent === undefined) throw new Error("nothing was sent");
    expect(sent).toMatchObject({ method: "POST", path: "/", body: "", action: "DescribeTasks" });
    expect(sent.query).toEqual({
      RegionId: "cn-hangzhou",
      PageNumber: "1",
      PageSize: "100",
      StartTime: "2026-03-01T09:00:00Z",
      "ResourceIds.1": "m-!'()*~ +",
      "ResourceIds.2": "镜像😀",
    });
    expect(sent.headers).toMatchObject({
      host,
      accept: "application/json",
      "x-acs-version": "2014-05-26",
      "x-acs-date": "2026-03-01T09:00:30Z",
      "x-acs-security-token": "CAIS/abc+def==",
    });
    const { authorization, ...headers } = sent.headers;
    const request = { method: "POST", pathname: "/", query: sent.query, headers };
    const bodySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(authorization).toBe(
      OpenApiUtil.getAuthorization(request, "ACS3-HMAC-SHA256", bodySha256, "STS.testid", "testsecret"),
    );
  });
});

describe("list()", () => {
  test("reads all pages of a hundred and returns the next page", async () => {
    const { provider, received } = await ecs(describeTasks(numbered(250)));
    const pages = await pagesOf(provider, { action: "import-image", status: "running" });
    expect(idsOf(pages)).toEqual(numbered(250));
    expect(pages.map((page) => page.next)).toEqual(["2", "3", null]);
    expect(received.map(({ query }) => query["PageNumber"])).toEqual(["1", "2", "3"]);
    expect(received[0]?.query).toMatchObject({ TaskAction: "ImportImage", TaskStatus: "Processing" });
  });

  test("reads pages of another size", async () => {
    const { provider, received } = await ecs(describeTasks(numbered(25)));
    const pages = await pagesOf(provider, { pageSize: 10 });
    expect(pages.map((page) => page.sightings.length)).toEqual([10, 10, 5]);
    expect(received.map(({ query }) => query["PageSize"])).toEqual(["10", "10", "10"]);
  });

  test("names the call when a batch of ids is answered with the same other tasks again and again", async () => {
    const { provider } = await ecs(() => tasks(numbered(100), 250));
    await expect(provider.getMany(["t-other"], never)).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 brings nothing new",
    });
  });

  test("requests no page that the caller does not read", async () => {
    const { provider, received } = await ecs(describeTasks(numbered(250)));
    for await (const page of provider.list({}, never)) {
      expect(page.sightings).toHaveLength(100);
      break;
    }
    expect(received).toHaveLength(1);
  });

  test("throws malformed when the provider ignores the page number", async () => {
    const { provider } = await ecs(() => tasks(numbered(100), 250));
    await expect(pagesOf(provider, {})).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 brings nothing new",
    });
  });

  test("waits for the next minute when throttled and signs again", async () => {
    const { provider, received, clock } = await ecs((_, count) =>
      count === 1 ? refused("throttling-user", 400) : tasks(["t-1"], 1),
    );
    expect(idsOf(await pagesOf(provider, {}))).toEqual(["t-1"]);
    expect(clock.now()).toBeGreaterThanOrEqual(startMs + 30_000);
    expect(received.map(({ headers }) => headers["x-acs-signature-nonce"])).toEqual(["nonce-1", "nonce-2"]);
    expect(received[0]?.headers.authorization).not.toBe(received[1]?.headers.authorization);
  });

  test("corrects its clock once to the provider's time", async () => {
    const { provider, received } = await ecs((_, count) =>
      count === 1
        ? { ...refused("clock", 400), headers: { date: "Sun, 01 Mar 2026 10:00:30 GMT" } }
        : tasks(["t-1"], 1),
    );
    expect(idsOf(await pagesOf(provider, {}))).toEqual(["t-1"]);
    expect(received.map(({ headers }) => headers["x-acs-date"])).toEqual([
      "2026-03-01T09:00:30Z",
      "2026-03-01T10:00:30Z",
    ]);
  });

  test("names the call and our time when its corrected clock is refused as well", async () => {
    const headers = { date: "Sun, 01 Mar 2026 09:00:30 GMT" };
    const { provider } = await ecs(() => ({ ...refused("clock", 400), headers }));
    await expect(pagesOf(provider, {})).rejects.toMatchObject({
      retry: "fix-clock",
      message: expect.stringMatching(/^DescribeTasks: .* ours says 2026-03-01T09:00:30Z/),
    });
  });

  test("fetches a fresh credential once when its token has expired", async () => {
    const { provider, credentials } = await ecs((_, count) =>
      count === 1 ? json({ Code: "InvalidSecurityToken.Expired" }, 400) : tasks(["t-1"], 1),
    );
    expect(idsOf(await pagesOf(provider, {}))).toEqual(["t-1"]);
    expect(credentials).toEqual([false, true]);
  });

  test("does not follow redirects", async () => {
    const { provider, received } = await ecs(() => ({ status: 302, headers: { location: "/elsewhere" }, body: "" }));
    await expect(pagesOf(provider, {})).rejects.toMatchObject({ kind: "unavailable" });
    expect(new Set(received.map(({ path }) => path))).toEqual(new Set(["/"]));
  });
});

describe("getMany()", () => {
  test("requests each id once, a hundred per call, with a matching page size", async () => {
    const { provider, received } = await ecs(describeTasks(numbered(150)));
    const { sightings } = await provider.getMany([...numbered(150), ...numbered(150)], never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(numbered(150));
    expect(received.map(({ query }) => [query["TaskIds"]?.split(",").length, query["PageSize"]])).toEqual([
      [100, "100"],
      [50, "100"],
    ]);
  });

  test("makes one call for a hundred ids", async () => {
    const { provider, received } = await ecs(describeTasks([]));
    expect(await provider.getMany(numbered(100), never)).toEqual({ sightings: [], unreadable: [] });
    expect(received).toHaveLength(1);
  });

  test("reads a second page instead of treating hidden tasks as missing", async () => {
    const { provider } = await ecs((received) =>
      describeTasks(numbered(25))({ ...received, query: { ...received.query, PageSize: "10" } }),
    );
    const { sightings } = await provider.getMany(numbered(30), never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(numbered(25));
  });

  test("omits missing tasks and tasks that were not requested", async () => {
    const { provider } = await ecs(() => tasks(["t-2", "t-other"], 2));
    const { sightings, unreadable } = await provider.getMany(["t-1", "t-2"], never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(["t-2"]);
    expect(unreadable).toEqual([]);
  });

  test("makes no call for malformed ids", async () => {
    const { provider, received } = await ecs(() => tasks([], 0));
    expect(await provider.getMany(["a,b", "", "t 1"], never)).toEqual({ sightings: [], unreadable: [] });
    expect(await provider.getMany([], never)).toEqual({ sightings: [], unreadable: [] });
    expect(received).toEqual([]);
  });

  test("reports an unreadable row alongside the others", async () => {
    const { provider } = await ecs(() => json(fixture("describe-tasks-unreadable-rows.json")));
    const { sightings, unreadable } = await provider.getMany(["t-good", "t-without-status"], never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(["t-good"]);
    expect(unreadable.map(({ nativeId }) => nativeId)).toEqual([null, "t-without-status", null]);
  });
});

describe("get()", () => {
  const detail = fixture("describe-task-attribute-partly-failed.json");

  test("combines the details with the resource that only the list knows", async () => {
    const { provider, received } = await ecs(({ action }) =>
      action === "DescribeTasks" ? tasks(["t-partly"], 1) : json(detail),
    );
    expect(await provider.get("t-partly", never)).toMatchObject({
      id: "aliyun:cn-hangzhou:t-partly",
      status: "failed",
      partial: true,
      resource: { type: "image", id: "m-t-partly", name: null },
      observedAt: "2026-03-01T09:00:30.000Z",
      requestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000002",
    });
    expect(received.map(({ action, query }) => [action, query])).toEqual([
      ["DescribeTaskAttribute", { RegionId: "cn-hangzhou", TaskId: "t-partly" }],
      ["DescribeTasks", { RegionId: "cn-hangzhou", TaskIds: "t-partly", PageSize: "100" }],
    ]);
  });

  test("makes one call for a task that a list has just shown", async () => {
    const { provider, received } = await ecs(({ action }) =>
      action === "DescribeTasks" ? tasks(["t-partly"], 1) : json(detail),
    );
    const [row] = (await provider.getMany(["t-partly"], never)).sightings;
    received.length = 0;
    expect(await provider.get("t-partly", never, row?.task)).toEqual(await provider.get("t-partly", never));
    expect(received.map(({ action }) => action)).toEqual([
      "DescribeTaskAttribute",
      "DescribeTaskAttribute",
      "DescribeTasks",
    ]);
  });

  test("returns the given row of a task whose action has no details", async () => {
    const { provider } = await ecs(({ action }) =>
      action === "DescribeTasks" ? tasks(["t-1"], 1) : refused("task-not-found", 400),
    );
    const [row] = (await provider.getMany(["t-1"], never)).sightings;
    expect(await provider.get("t-1", never, row?.task)).toEqual(row?.task);
  });

  test("leaves the resource empty when the list does not have the task", async () => {
    const { provider } = await ecs(({ action }) => (action === "DescribeTasks" ? tasks([], 0) : json(detail)));
    expect(await provider.get("t-partly", never)).toMatchObject({ status: "failed", resource: null });
  });

  test("fails when the list is unreadable instead of returning no resource", async () => {
    const { provider } = await ecs(({ action }) =>
      action === "DescribeTasks" ? refused("lower-case", 403) : json(detail),
    );
    await expect(provider.get("t-partly", never)).rejects.toMatchObject({ kind: "unauthorized" });
  });

  test("returns undefined when neither call knows the task or the id is malformed", async () => {
    const { provider, received } = await ecs(({ action }) =>
      action === "DescribeTasks" ? tasks([], 0) : refused("task-not-found", 400),
    );
    expect(await provider.get("t-gone", never)).toBeUndefined();
    expect(received).toHaveLength(2);
    expect(await provider.get("t,gone", never)).toBeUndefined();
    expect(received).toHaveLength(2);
  });

  test("uses the list's row for a task whose action has no details", async () => {
    const row = { TaskId: "t-1", TaskAction: "RedeployInstance", TaskStatus: "Finished", ResourceId: "i-1" };
    const { provider } = await ecs(({ action }) =>
      action === "DescribeTasks" ? json({ TotalCount: 1, TaskSet: { Task: [row] } }) : refused("task-not-found", 400),
    );
    expect(await provider.get("t-1", never)).toMatchObject({
      status: "succeeded",
      resource: { type: "instance", id: "i-1" },
    });
  });

  test("does not take a code that only looks like the one of a missing task for it", async () => {
    const row = { TaskId: "t-1", TaskAction: "RedeployInstance", TaskStatus: "Finished", ResourceId: "i-1" };
    const { provider } = await ecs(({ action }) =>
      action === "DescribeTasks"
        ? json({ TotalCount: 1, TaskSet: { Task: [row] } })
        : json({ Code: "InvalidTaskId.NotFo\u200bund", Message: "no" }),
    );
    await expect(provider.get("t-1", never)).rejects.toMatchObject({
      kind: "bad-request",
      code: "InvalidTaskId.NotFound",
    });
  });

  test("rejects another task's details", async () => {
    const { provider } = await ecs(() => json(detail));
    await expect(provider.get("t-1", never)).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTaskAttribute: the answer is about another task",
      requestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000002",
    });
  });

  test("fails when the details fail for any reason other than a missing task", async () => {
    const { provider, received } = await ecs(() => refused("lower-case", 403));
    await expect(provider.get("t-1", never)).rejects.toMatchObject({ kind: "unauthorized" });
    expect(received).toHaveLength(1);
  });
});

describe("cancel()", () => {
  test("cancels with a single call", async () => {
    const { provider, received } = await ecs(() => json({ RequestId: "R" }));
    await expect(provider.cancel?.("t-1", never)).resolves.toBeUndefined();
    expect(received.map(({ action, query }) => [action, query])).toEqual([
      ["CancelTask", { RegionId: "cn-hangzhou", TaskId: "t-1" }],
    ]);
  });

  test("throws conflict when the task has ended", async () => {
    const { provider } = await ecs(() => refused("cancel-status", 403));
    await expect(provider.cancel?.("t-1", never)).rejects.toMatchObject({
      kind: "conflict",
      code: "InvalidTaskId.IncorrectTaskStatus",
    });
  });

  test("does not retry when the outcome is unknown", async () => {
    const { provider, received } = await ecs(() => ({ status: 503, body: "" }));
    await expect(provider.cancel?.("t-1", never)).rejects.toMatchObject({ kind: "unavailable" });
    expect(received).toHaveLength(1);
  });

  test("throws not-found for an unknown task and bad-request for a malformed id", async () => {
    const { provider, received } = await ecs(() => refused("task-not-found", 400));
    await expect(provider.cancel?.("t-1", never)).rejects.toMatchObject({ kind: "not-found" });
    await expect(provider.cancel?.("t,1", never)).rejects.toMatchObject({
      kind: "bad-request",
      message: expect.stringContaining("an ECS task id has"),
    });
    expect(received).toHaveLength(1);
  });
});

describe("get()", () => {
  test("retries when the provider is busy", async () => {
    const { provider, received } = await ecs(({ action }, count) => {
      if (count === 1) return { status: 503, body: "" };
      if (action === "DescribeTasks") return tasks(["t-1"], 1);
      return json({ RequestId: "R", TaskId: "t-1", TaskStatus: "Processing" });
    });
    expect(await provider.get("t-1", never)).toMatchObject({ nativeId: "t-1", status: "running" });
    expect(received.map(({ action }) => action).slice(0, 2)).toEqual([
      "DescribeTaskAttribute",
      "DescribeTaskAttribute",
    ]);
  });
});

describe("nativeIdProblem()", () => {
  test("accepts ids in every published format", async () => {
    const { provider } = await ecs(() => json({}));
    for (const id of ["t-bp122w42o0rbfmfkali3", "tsk-bp1", "t-ce946ntx4wr****", "a".repeat(128)]) {
      expect(provider.nativeIdProblem(id)).toBeUndefined();
    }
  });

  test("rejects an empty id, a long id, and one that would be read as two", async () => {
    const { provider } = await ecs(() => json({}));
    for (const id of ["", "a".repeat(129), "t-1,t-2", "t 1", "t-1\n", "t:1"]) {
      expect(provider.nativeIdProblem(id)).toMatch(/1 to 128 characters/);
    }
  });
});
