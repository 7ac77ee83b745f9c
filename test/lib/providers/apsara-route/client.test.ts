import { afterEach, describe, expect, test } from "vitest";
import type { ListQuery, TaskPage } from "../../../../lib/domain/provider.ts";
import { createApsaraRoute } from "../../../../lib/providers/apsara-route/client.ts";
import { apsaraRoute } from "../../../../lib/providers/apsara-route/descriptor.ts";
import { createProvider } from "../../../../lib/providers/create-provider.ts";
import { createCaller } from "../../../../lib/transport/caller.ts";
import { createTransport } from "../../../../lib/transport/node-transport.ts";
import { xCaStringToSign, signXCa } from "../../../../lib/transport/signing/x-ca.ts";
import { bodyOf, listenHttp } from "../../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../../fakes/loopback-server.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

const start = Date.UTC(2026, 2, 1, 10);
const never = new AbortController().signal;
const servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Form = Readonly<Record<string, string>>;
interface Seen {
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly form: Form;
}
type Reply = object | { status: number; headers: Record<string, string> };

/** The adapter before a real server whose answers `reply` makes, and what that server has seen. */
async function scene(reply: (form: Form, count: number) => Reply, changes: { path?: string; version?: string } = {}) {
  const seen: Seen[] = [];
  const server = await listenHttp(async (request, response) => {
    const body = await bodyOf(request);
    const form = Object.fromEntries(new URLSearchParams(body));
    seen.push({ path: request.url, headers: request.headers, body, form });
    const made = reply(form, seen.length);
    if ("status" in made && "headers" in made) response.writeHead(Number(made.status), { ...made.headers }).end();
    else response.end(JSON.stringify(made));
  });
  servers.push(server);
  const clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 10_000 });
  let nonce = 0;
  const client = createApsaraRoute(
    {
      region: "cn-qingdao-env17-d01",
      endpoint: new URL(changes.path ?? "/", server.url),
      userEmail: "ops@example.com",
      version: changes.version,
    },
    {
      clock,
      credential: async () => ({ appKey: "the-key", appSecret: "the-secret" }),
      call: createCaller({
        clock,
        transport: createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, maxBodyBytes: 1_000_000 }),
        random: { next: () => 0.5, nonce: () => `nonce-${++nonce}` },
        rate: { perSecond: 1_000, burst: 1_000 },
        deadlineMs: 60_000,
        maxTries: 3,
      }),
    },
  );
  const target = { connection: "stack", provider: apsaraRoute.name, region: "cn-qingdao-env17-d01" };
  return { provider: createProvider(client, { ...apsaraRoute, target, clockSkewMs: () => null }), seen, clock };
}

function rowsOf(from: number, to: number): object[] {
  const rows: object[] = [];
  for (let index = from; index <= to; index += 1) rows.push({ TaskId: `t-${index}`, TaskStatus: "Processing" });
  return rows;
}

/** Pages of `total` tasks as the API numbers them, never more than `cap` rows. */
function pageOf(total: number, cap = 100) {
  return ({ PageNumber, PageSize }: Form) => {
    const size = Math.min(cap, Number(PageSize ?? 10));
    const from = (Number(PageNumber ?? 1) - 1) * size + 1;
    const Task = rowsOf(from, Math.min(total, from + size - 1));
    return { RequestID: "R", PageNumber: Number(PageNumber), PageSize: size, TotalCount: total, TaskSet: { Task } };
  };
}

async function pagesOf(pages: AsyncIterable<TaskPage>): Promise<TaskPage[]> {
  const all: TaskPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

function idsOf(page: Pick<TaskPage, "sightings">): string[] {
  return page.sightings.map(({ task }) => task.nativeId);
}

describe("createApsaraRoute()", () => {
  test("sends a signed form with the region in both spellings", async () => {
    const { provider, seen } = await scene(pageOf(0), { version: "2016-01-01" });
    await pagesOf(provider.list({}, never));
    expect(seen).toHaveLength(1);
    expect(seen[0]?.path).toBe("/apsara/route/Ecs/DescribeTasks");
    expect(seen[0]?.form).toEqual({
      PageNumber: "1",
      PageSize: "100",
      RegionId: "cn-qingdao-env17-d01",
      regionId: "cn-qingdao-env17-d01",
      version: "2016-01-01",
    });
    expect(seen[0]?.headers).toMatchObject({
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "user-agent": "image-tasks",
      useremail: "ops@example.com",
      "x-ca-key": "the-key",
      "x-ca-nonce": "nonce-1",
      "x-ca-stage": "RELEASE",
      "x-ca-timestamp": "1772359200000",
      "x-ca-version": "1",
      "x-ca-signature-headers": "x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp",
    });
    expect(seen[0]?.headers).not.toHaveProperty("content-md5");
    expect(seen[0]?.headers).not.toHaveProperty("date");
  });

  test("lists the open tasks by each word for one that the API can filter by, without a window", async () => {
    const totals: Record<string, number> = { Processing: 120, Pending: 0, Paused: 3 };
    const { provider, seen } = await scene((form) => pageOf(totals[form["TaskStatus"] ?? ""] ?? 999)(form));
    const pages = await pagesOf(provider.list({ openOnly: true }, never));
    expect(seen.map(({ form }) => [form["TaskStatus"], form["PageNumber"], form["StartTime"]])).toEqual([
      ["Processing", "1", undefined],
      ["Processing", "2", undefined],
      ["Pending", "1", undefined],
      ["Paused", "1", undefined],
    ]);
    expect(pages.map((page) => [idsOf(page).length, page.next])).toEqual([
      [100, "2"],
      [20, "1"],
      [0, "1"],
      [3, null],
    ]);
  });

  test("signs for the configured stage and path with a resolved credential", async () => {
    const asked: object[] = [];
    const paths: string[] = [];
    const provider = createApsaraRoute(
      {
        region: "cn-qingdao-env17-d01",
        endpoint: new URL("http://127.0.0.1/a//b//"),
        userEmail: "ops@example.com",
        stage: "TEST",
      },
      {
        clock: createManualClock(start),
        credential: async (wish) => {
          asked.push(wish);
          return { appKey: "the-key", appSecret: "the-secret" };
        },
        call: async (call) => {
          const request = await call.sign({ nowMs: start, nonce: "n", freshCredential: true, call: {} });
          paths.push(request.url.pathname);
          expect(call).toMatchObject({ api: "DescribeTasks", safeToRepeat: true });
          expect(request).toMatchObject({ method: "POST", headers: { "X-Ca-Stage": "TEST" } });
          expect(request.body).not.toContain("version");
          return call.read({ status: 200, headers: {}, body: JSON.stringify(pageOf(1)({ PageNumber: "1" })) });
        },
      },
    );
    expect(await provider.get("t-1", never)).toMatchObject({ nativeId: "t-1", observedAt: "2026-03-01T10:00:00.000Z" });
    expect(asked).toEqual([{ fresh: true, call: {} }]);
    expect(paths).toEqual(["/a//b/apsara/route/Ecs/DescribeTasks"]);
  });

  test("signs exactly the parameters in the body", async () => {
    const { provider, seen } = await scene(pageOf(0), { path: "/gateway/", version: "Import Image & more" });
    await pagesOf(provider.list({}, never));
    const [request] = seen;
    const digest = {
      method: "POST",
      path: "/gateway/apsara/route/Ecs/DescribeTasks",
      params: request?.form ?? {},
      accept: "application/json",
      contentType: "application/x-www-form-urlencoded; charset=UTF-8",
      signedHeaders: {
        "x-ca-key": "the-key",
        "x-ca-nonce": "nonce-1",
        "x-ca-stage": "RELEASE",
        "x-ca-timestamp": "1772359200000",
      },
    };
    expect(request?.path).toBe(digest.path);
    expect(xCaStringToSign(digest)).toContain("version=Import Image & more");
    expect(request?.headers["x-ca-signature"]).toBe(signXCa(digest, "the-secret").signature);
  });

  test.each<[ListQuery, Form]>([
    [
      { createdAfter: new Date("2026-03-01T09:58:31.500Z"), createdBefore: new Date("2026-03-01T09:59:01Z") },
      { StartTime: "2026-03-01T09:58:00Z", EndTime: "2026-03-01T10:00:00Z" },
    ],
    [{ createdBefore: new Date("2026-03-01T09:59:00Z") }, { EndTime: "2026-03-01T10:00:00Z" }],
    [{ action: "import-image" }, { TaskAction: "ImportImage" }],
    [{ action: "export-image" }, { TaskAction: "ExportImage" }],
    [{ action: "other" }, {}],
    [{ action: "import-image", nativeAction: "IMPORT_IMAGE" }, { TaskAction: "ImportImage" }],
    [{ nativeAction: "exportimage" }, { TaskAction: "ExportImage" }],
    [{ nativeAction: "import_image" }, { TaskAction: "ImportImage" }],
    [{ nativeStatus: "finished" }, { TaskStatus: "Finished" }],
    [{ nativeAction: "ModifyDiskSpec" }, {}],
    [{ status: "running" }, { TaskStatus: "Processing" }],
    [{ status: "succeeded" }, { TaskStatus: "Finished" }],
    [{ status: "paused" }, { TaskStatus: "Paused" }],
    [{ status: "canceled" }, {}],
    [{ status: "pending" }, {}],
    [{ status: "failed" }, {}],
    [{ status: "unknown" }, {}],
    [{ nativeStatus: "Pending" }, { TaskStatus: "Pending" }],
    [{ nativeStatus: "pending" }, { TaskStatus: "Pending" }],
    [{ nativeStatus: "DELETED", status: "canceled" }, { TaskStatus: "Deleted" }],
    [{ nativeStatus: "Failed" }, {}],
    [{ nativeStatus: "Hibernating", status: "running" }, { TaskStatus: "Processing" }],
    [{ resourceIds: ["m-1"], imageName: "golden" }, {}],
  ])("sends for %j the filter %j", async (query, filter) => {
    const { provider, seen } = await scene(pageOf(0));
    await pagesOf(provider.list(query, never));
    const { PageNumber, PageSize, RegionId, regionId, ...rest } = seen[0]?.form ?? {};
    expect(rest).toEqual(filter);
    expect([PageNumber, PageSize, RegionId, regionId]).toEqual([
      "1",
      "100",
      "cn-qingdao-env17-d01",
      "cn-qingdao-env17-d01",
    ]);
  });
});

describe("createApsaraRoute().list()", () => {
  test("throws bad-request without a call for an invalid time", async () => {
    const { provider, seen } = await scene(pageOf(1));
    for (const query of [{ createdAfter: new Date("never") }, { createdBefore: new Date("never") }]) {
      await expect(pagesOf(provider.list(query, never))).rejects.toMatchObject({
        kind: "bad-request",
        message: "a time of creation is no time",
      });
    }
    expect(seen).toEqual([]);
  });

  test("returns all pages", async () => {
    const { provider, seen } = await scene(pageOf(250));
    const pages = await pagesOf(provider.list({}, never));
    expect(pages.map(({ next }) => next)).toEqual(["2", "3", null]);
    expect(new Set(pages.flatMap(idsOf)).size).toBe(250);
    expect(seen).toHaveLength(3);
  });

  test("reads pages of another size", async () => {
    const { provider, seen } = await scene(pageOf(25));
    const pages = await pagesOf(provider.list({ pageSize: 10 }, never));
    expect(pages.map(({ next }) => next)).toEqual(["2", "3", null]);
    expect(idsOf(pages[2] ?? { sightings: [] })).toEqual(["t-21", "t-22", "t-23", "t-24", "t-25"]);
    expect(seen.map(({ form }) => form["PageSize"])).toEqual(["10", "10", "10"]);
  });

  test.each([
    [1, "1"],
    [100, "100"],
  ])("asks for pages of %i rows as for %s", async (pageSize, sent) => {
    const { provider, seen } = await scene(pageOf(0));
    await pagesOf(provider.list({ pageSize }, never));
    expect(seen[0]?.form).toMatchObject({ PageSize: sent, PageNumber: "1" });
  });

  test.each([0, 500])("throws bad-request for pages of %i rows", async (pageSize) => {
    const { provider, seen } = await scene(pageOf(0));
    await expect(pagesOf(provider.list({ pageSize }, never))).rejects.toMatchObject({
      kind: "bad-request",
      message: "a page has 1 to 100 tasks",
    });
    expect(seen).toEqual([]);
  });

  test("gives all pages of a gateway that counts only the rows of each page", async () => {
    const { provider } = await scene((form) => {
      const page = pageOf(150)(form);
      return { ...page, TotalCount: page.TaskSet.Task.length };
    });
    expect((await pagesOf(provider.list({}, never))).flatMap(idsOf)).toHaveLength(150);
  });

  test("gives all pages of a gateway that gives fewer rows than it is asked for", async () => {
    const { provider } = await scene(pageOf(120, 50));
    expect((await pagesOf(provider.list({}, never))).flatMap(idsOf)).toHaveLength(120);
  });

  test("returns all pages when the gateway returns fewer rows and no count", async () => {
    const { provider } = await scene((form) => ({ ...pageOf(120, 50)(form), TotalCount: null }));
    expect((await pagesOf(provider.list({}, never))).flatMap(idsOf)).toHaveLength(120);
  });

  test("gives pages until one is empty when nothing is counted", async () => {
    const { provider, seen } = await scene((form) => ({ RequestID: "R", TaskSet: pageOf(25)(form).TaskSet }));
    const pages = await pagesOf(provider.list({ pageSize: 10 }, never));
    expect(pages.flatMap(idsOf)).toHaveLength(25);
    expect(seen).toHaveLength(4);
  });

  test("returns one empty page when the answer has only a request id", async () => {
    const { provider, seen } = await scene(() => ({ RequestID: "R" }));
    expect(await pagesOf(provider.list({}, never))).toEqual([{ sightings: [], unreadable: [], next: null }]);
    expect(seen).toHaveLength(1);
  });

  test("throws malformed when the pages do not advance", async () => {
    const { provider, seen } = await scene(() => pageOf(25)({ PageNumber: "1", PageSize: "10" }));
    await expect(pagesOf(provider.list({ pageSize: 10 }, never))).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 brings nothing new",
    });
    expect(seen).toHaveLength(2);
  });

  test("throws unavailable, after returning what it read, when rows shifted between pages", async () => {
    const { provider } = await scene((form) => {
      const page = pageOf(20)(form);
      return form["PageNumber"] === "2" ? { ...page, TaskSet: { Task: rowsOf(10, 19) } } : page;
    });
    const given: string[] = [];
    const reading = (async () => {
      for await (const page of provider.list({ pageSize: 10 }, never)) given.push(...idsOf(page), String(page.next));
    })();
    await expect(reading).rejects.toMatchObject({
      kind: "unavailable",
      message: "DescribeTasks: rows moved between pages, only 19 of 20 tasks were listed",
    });
    expect(given.slice(0, 11)).toEqual(["t-1", "t-2", "t-3", "t-4", "t-5", "t-6", "t-7", "t-8", "t-9", "t-10", "2"]);
    expect(given.slice(11)).toEqual(["t-11", "t-12", "t-13", "t-14", "t-15", "t-16", "t-17", "t-18", "t-19", "3"]);
  });

  test("throws unavailable when the pages end before all counted rows were returned", async () => {
    const { provider } = await scene((form) => ({ ...pageOf(5)(form), TotalCount: 500 }));
    await expect(pagesOf(provider.list({}, never))).rejects.toMatchObject({
      message: "DescribeTasks: rows moved between pages, only 5 of 500 tasks were listed",
    });
  });

  test("counts unreadable rows as seen", async () => {
    const Task = [{ TaskId: "t-1", TaskStatus: "Finished" }, { TaskId: "t-2" }, "?", "?"];
    const { provider } = await scene(() => ({ TotalCount: 4, TaskSet: { Task } }));
    const [page, ...more] = await pagesOf(provider.list({}, never));
    expect([page?.sightings.length, page?.unreadable.length, page?.next, more]).toEqual([1, 3, null, []]);
  });
});

describe("createApsaraRoute().getMany()", () => {
  /** Answers as the API does: the asked ids that exist, in pages. */
  function existing(exists: (id: string) => boolean, cap = 100) {
    return ({ TaskIds = "", PageNumber, PageSize }: Form) => {
      const found = TaskIds.split(",").filter(exists);
      const size = Math.min(cap, Number(PageSize ?? 10));
      const from = (Number(PageNumber ?? 1) - 1) * size;
      const Task = found.slice(from, from + size).map((TaskId) => ({ TaskId, TaskStatus: "Finished" }));
      return { TotalCount: found.length, TaskSet: { Task } };
    };
  }
  const ids = Array.from({ length: 250 }, (_, index) => `t-${index + 1}`);

  test("requests a hundred ids per call, each once, and returns the tasks found", async () => {
    const { provider, seen } = await scene(existing((id) => id !== "t-7"));
    const { sightings, unreadable } = await provider.getMany([...ids, ...ids], never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(ids.filter((id) => id !== "t-7"));
    expect(unreadable).toEqual([]);
    expect(seen.map(({ form }) => form["TaskIds"]?.split(",").length)).toEqual([100, 100, 50]);
    expect(seen.map(({ form }) => form["PageSize"])).toEqual(["100", "100", "100"]);
  });

  test("makes one call for a hundred ids, whether or not they exist", async () => {
    const { provider, seen } = await scene(existing(() => false));
    expect((await provider.getMany(ids.slice(0, 100), never)).sightings).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  test("reports unreadable rows, except those of ids that were not requested", async () => {
    const Task = [{ TaskId: "t-1" }, { TaskId: "t-2" }, "?"];
    const { provider } = await scene(() => ({ TotalCount: 3, TaskSet: { Task } }));
    expect(await provider.getMany(["t-1"], never)).toEqual({
      sightings: [],
      unreadable: [
        { nativeId: "t-1", reason: "missing or of a wrong type: TaskStatus" },
        { nativeId: null, reason: "not an object" },
      ],
    });
  });

  test("continues when the gateway returns fewer rows than ids", async () => {
    const { provider } = await scene(existing(() => true, 10));
    expect((await provider.getMany(ids.slice(0, 35), never)).sightings).toHaveLength(35);
  });

  test("drops rows that were not requested", async () => {
    const { provider } = await scene(() => ({ TotalCount: 3, TaskSet: { Task: rowsOf(1, 3) } }));
    expect(idsOf(await provider.getMany(["t-2"], never))).toEqual(["t-2"]);
  });

  test("stops when all ids were found, even if the gateway would continue with others", async () => {
    const { provider, seen } = await scene(pageOf(250));
    expect(idsOf(await provider.getMany(["t-2"], never))).toEqual(["t-2"]);
    expect(seen).toHaveLength(1);
  });

  test("makes no call without ids or for malformed ids", async () => {
    const { provider, seen } = await scene(existing(() => true));
    expect(await provider.getMany([], never)).toEqual({ sightings: [], unreadable: [] });
    expect(await provider.getMany(["t-1,t-2", "", "é"], never)).toEqual({ sightings: [], unreadable: [] });
    expect(seen).toEqual([]);
  });

  test("does not treat ids as missing when rows are missing", async () => {
    const { provider } = await scene(() => ({ TotalCount: 2, TaskSet: { Task: rowsOf(1, 1) } }));
    await expect(provider.getMany(["t-1", "t-2"], never)).rejects.toMatchObject({ kind: "malformed" });
    const moved = await scene(({ PageNumber }) => ({
      TotalCount: 2,
      TaskSet: { Task: PageNumber === "1" ? rowsOf(1, 1) : [] },
    }));
    await expect(moved.provider.getMany(["t-1", "t-2"], never)).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("createApsaraRoute().get()", () => {
  test("returns the task, or undefined when there is none", async () => {
    const { provider } = await scene(({ TaskIds }) => ({
      TaskSet: { Task: TaskIds === "t-1" ? rowsOf(1, 1) : [] },
      RequestID: "R",
    }));
    expect((await provider.get("t-1", never))?.nativeId).toBe("t-1");
    expect(await provider.get("t-2", never)).toBeUndefined();
  });

  test("throws malformed when the row is unreadable", async () => {
    const { provider } = await scene(() => ({ TaskSet: { Task: [{ TaskId: "t-1" }] } }));
    await expect(provider.get("t-1", never)).rejects.toMatchObject({
      kind: "malformed",
      message: "missing or of a wrong type: TaskStatus",
    });
  });

  test("returns the task beside an unreadable row", async () => {
    const { provider } = await scene(() => ({ TaskSet: { Task: ["?", ...rowsOf(1, 1)] } }));
    expect((await provider.get("t-1", never))?.nativeId).toBe("t-1");
  });

  test("throws the provider's error", async () => {
    const { provider } = await scene(() => ({ Code: "InvalidRegionId.NotFound", Message: "x", RequestId: "R" }));
    await expect(provider.get("t-1", never)).rejects.toMatchObject({ kind: "bad-request" });
  });

  test("returns undefined when the provider reports that the task does not exist", async () => {
    const { provider } = await scene(() => ({ Code: "InvalidTaskId.NotFound", Message: "x", RequestId: "R" }));
    expect(await provider.get("t-1", never)).toBeUndefined();
  });

  test("retries after the portal's system error", async () => {
    const { provider, seen, clock } = await scene((_form, count) =>
      count === 1 ? { resultCode: -1, resultMsg: "system error", result: null } : { TaskSet: { Task: rowsOf(1, 1) } },
    );
    expect((await provider.get("t-1", never))?.status).toBe("running");
    expect(seen.map(({ headers }) => headers["x-ca-nonce"])).toEqual(["nonce-1", "nonce-2"]);
    expect(clock.now()).toBe(start + 100);
  });

  test("signs with the gateway's time after its timestamp was refused", async () => {
    const { provider, seen } = await scene((_form, count) =>
      count === 1
        ? {
            status: 400,
            headers: {
              "x-ca-error-code": "S403TE",
              "x-ca-error-message": "Timestamp Expired",
              date: "Sun, 01 Mar 2026 11:00:00 GMT",
            },
          }
        : { TaskSet: { Task: rowsOf(1, 1) } },
    );
    await provider.get("t-1", never);
    expect(seen.map(({ headers }) => headers["x-ca-timestamp"])).toEqual(["1772359200000", "1772362800000"]);
  });
});

describe("createApsaraRoute() describes", () => {
  test("its capabilities", async () => {
    const { provider } = await scene(pageOf(0));
    expect(provider.target).toEqual({ connection: "stack", provider: "apsara-route", region: "cn-qingdao-env17-d01" });
    expect(provider.capabilities).toEqual({
      batchSize: 100,
      listsWithoutIds: true,
      reportsProgress: false,
      cancels: false,
    });
    expect(provider.cancel).toBeUndefined();
  });

  test.each(["t-bp1hvgwromzv32iq****", "tsk-1_2.3", "x".repeat(128)])("no problem with the id %s", async (id) => {
    const { provider } = await scene(pageOf(0));
    expect(provider.nativeIdProblem(id)).toBeUndefined();
  });

  test.each(["", "a,b", "a b", "é", "a\n", "x".repeat(129), "a:b"])("the problem with the id %j", async (id) => {
    const { provider } = await scene(pageOf(0));
    expect(provider.nativeIdProblem(id)).toBe(
      "an ECS task id has 1 to 128 characters of A-Z, a-z, 0-9, '_', '.', '*' and '-'",
    );
  });
});
