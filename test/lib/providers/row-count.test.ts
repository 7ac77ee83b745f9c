import { afterEach, describe, expect, test } from "vitest";
import type { Provider, TaskPage } from "../../../lib/domain/provider.ts";
import { normalizeTaskList } from "../../../lib/providers/alibaba-ecs/normalize.ts";
import { normalizePage } from "../../../lib/providers/apsara-route/normalize.ts";
import { createProviders } from "../../../lib/providers/index.ts";
import { describeImages } from "../../../lib/providers/tencent-ecm/describe-images.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const { signal } = new AbortController();
const context = { observedAt: "2026-01-31T12:00:00.000Z", requestId: "r-1" };
const servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const regional = { regions: ["cn-hangzhou"] };
const connections = {
  "alibaba-ecs": { ...regional, credential: { accessKeyId: "env:A", accessKeySecret: "env:B" } },
  "apsara-route": { ...regional, userEmail: "ops@example.com", credential: { appKey: "env:A", appSecret: "env:B" } },
  "tencent-ecm": { credential: { secretId: "env:A", secretKey: "env:B" }, timeZone: "+08:00" },
};
type CloudName = keyof typeof connections;
const cloudNames = Object.keys(connections) as CloudName[];

/** A provider of the cloud, whose server gives the same answer to every call. */
async function providerAnswered(cloud: CloudName, body: string): Promise<Provider> {
  const server = await listenHttp(async (_request, response) => void response.end(body));
  servers.push(server);
  const clock = createManualClock(Date.UTC(2026, 0, 31, 12), { autoAdvance: true, autoAdvanceUpToMs: 5_000 });
  const call = createCaller({
    transport: createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 10_000, maxBodyBytes: 4 * 1024 * 1024 }),
    clock,
    random: { next: () => 0.5, nonce: () => "nonce" },
    rate: { perSecond: 1_000, burst: 1_000 },
    deadlineMs: 60_000,
    maxTries: 1,
  });
  const connection = { name: "c", provider: cloud, endpoint: server.url.href, ...connections[cloud] };
  const deps = { callerFor: () => call, secrets: { resolve: async () => "secret" }, clock };
  const [provider] = createProviders([connection], deps);
  if (provider === undefined) throw new Error("there is no provider");
  return provider;
}

function listBody(cloud: CloudName, rows: string): string {
  return cloud === "tencent-ecm"
    ? `{"Response":{"ImageSet":[${rows}],"TotalCount":1,"RequestId":"r-1"}}`
    : `{"TaskSet":{"Task":[${rows}]},"TotalCount":1,"RequestId":"r-1"}`;
}

const rowsOf = (count: number, row = "{}") => Array.from({ length: count }, () => row).join(",");
const apiOf = (cloud: CloudName) => (cloud === "tencent-ecm" ? "DescribeImage" : "DescribeTasks");

async function pagesOf(pages: AsyncIterable<TaskPage>): Promise<TaskPage[]> {
  const all: TaskPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe.each(cloudNames)("a list of %s", (cloud) => {
  test.each([
    [11, 10],
    [101, 100],
    [2_900, 100],
  ])("is malformed with %i rows when %i were requested", async (count, pageSize) => {
    const provider = await providerAnswered(cloud, listBody(cloud, rowsOf(count)));
    await expect(pagesOf(provider.list({ pageSize }, signal))).rejects.toMatchObject({
      name: "ProviderError",
      kind: "malformed",
      requestId: "r-1",
      message: `${apiOf(cloud)}: the answer has ${count} rows, and at most ${pageSize} were requested`,
    });
  });

  test("is malformed with a million rows, which are not parsed", async () => {
    const provider = await providerAnswered(cloud, listBody(cloud, rowsOf(1_000_000)));
    await expect(pagesOf(provider.list({ pageSize: 100 }, signal))).rejects.toMatchObject({
      name: "ProviderError",
      kind: "malformed",
      message: "the answer has more than 20000 objects and lists",
    });
  });

  test("reads as many rows as were requested", async () => {
    const provider = await providerAnswered(cloud, listBody(cloud, rowsOf(10)));
    const pages: TaskPage[] = [];
    for await (const page of provider.list({ pageSize: 10 }, signal)) {
      pages.push(page);
      break;
    }
    expect(pages[0]?.unreadable).toHaveLength(10);
  });
});

describe.each(["alibaba-ecs", "apsara-route"] as const)("a batch of ids of %s", (cloud) => {
  test("is malformed with more rows than its page was to have", async () => {
    const provider = await providerAnswered(cloud, listBody(cloud, rowsOf(101, '{"TaskId":"t-1"}')));
    await expect(provider.getMany(["t-1", "t-2"], signal)).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: the answer has 101 rows, and at most 100 were requested",
    });
  });
});

describe("rows beyond those that were requested", () => {
  /** Throws when anything of it is read. */
  const untouchable = new Proxy(
    {},
    {
      get() {
        throw new Error("a row was read");
      },
    },
  );
  const rows = Array.from({ length: 101 }, () => untouchable);
  const tooMany = expect.objectContaining({ kind: "malformed", message: expect.stringContaining("101 rows") });

  test("keep every row unread", async () => {
    const payload = { TaskSet: { Task: rows } };
    expect(() => normalizeTaskList(payload, context)).toThrow(tooMany);
    expect(() => normalizePage({ payload, requestId: null }, context)).toThrow(tooMany);
    const fields = { ImageSet: rows, TotalCount: 101 };
    const images = describeImages({ Offset: 0, Limit: 100 }, async () => ({ requestId: null, fields }), signal);
    await expect(images).rejects.toEqual(tooMany);
  });
});

describe("a lookup of a Tencent task", () => {
  const tasks = (count: number) =>
    `{"Response":{"ImageTaskSet":[${rowsOf(count, '{"ImageName":"other"}')}],"RequestId":"r-1"}}`;

  test("reads at most a hundred rows", async () => {
    const provider = await providerAnswered("tencent-ecm", tasks(101));
    await expect(provider.get("image-name:edge", signal)).rejects.toMatchObject({
      kind: "malformed",
      message: "101 tasks are shown, and at most 100 are read",
    });
    expect(await (await providerAnswered("tencent-ecm", tasks(100))).get("image-name:edge", signal)).toBeUndefined();
  });
});
