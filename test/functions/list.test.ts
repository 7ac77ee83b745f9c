import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness({ cloudsBehindMs: 3 * 60 * 60_000 });
}, 30_000);
afterAll(() => api.stop());

beforeEach(() => {
  for (const cloud of [api.clouds.alibabaEcs, api.clouds.apsaraRoute, api.clouds.tencentEcm]) cloud.requests.length = 0;
});
afterEach(() => {
  api.clouds.faults.clear();
  for (const { task } of api.clouds.tasks.all()) api.clouds.tasks.remove(task.cloud, task.nativeId);
});

const failure = { kind: "failed", code: "InvalidOssObject", message: "The object cannot be read." } as const;

function callsMade(): number {
  const { alibabaEcs, apsaraRoute, tencentEcm } = api.clouds;
  return alibabaEcs.requests.length + apsaraRoute.requests.length + tencentEcm.requests.length;
}

/** All ids from the first page to the last. */
async function walk(search: string, limitOf: (page: number) => number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page += 1) {
    if (page > 200) throw new Error("the walk does not end");
    const suffix: string = cursor === null ? "" : `&cursor=${cursor}`;
    const answer = await api.list(`${search}&limit=${limitOf(page)}${suffix}`);
    expect([answer.status, answer.body.errors]).toEqual([200, []]);
    expect(answer.body.tasks.length).toBeLessThanOrEqual(limitOf(page));
    ids.push(...answer.body.tasks.map(({ id }) => id));
    cursor = answer.body.nextCursor;
  }
  return ids;
}

describe("GET /tasks", () => {
  test("returns the tasks of every cloud in one vocabulary, with the reason of a failure", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-a1" });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-a2", region: "cn-beijing", runningMs: 1, ending: failure });
    api.addTask({ cloud: "apsara-route", nativeId: "t-s1", runningMs: 1 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "21" });
    api.clock.advance(1000);
    const { body, headers, status } = await api.list();
    expect([status, headers["content-type"], body.nextCursor, body.errors]).toEqual([
      200,
      "application/json",
      null,
      [],
    ]);
    const rows = body.tasks.map(({ id, status: state, action, error }) => [id, state, action, error?.code ?? null]);
    expect(rows.toSorted()).toEqual([
      ["aliyun:cn-beijing:t-a2", "failed", "import-image", "InvalidOssObject"],
      ["aliyun:cn-hangzhou:t-a1", "running", "import-image", null],
      ["edge:global:21", "running", "import-image", null],
      ["stack:cn-qingdao-env17-d01:t-s1", "succeeded", "import-image", null],
    ]);
  });

  test("filters by target, status, action, image, native id, native status, and time", async () => {
    const startMs = api.clock.now();
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-run", imageId: "m-run" });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-out", action: "ExportImage", imageId: "m-out" });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-bad", runningMs: 1, ending: failure, imageId: "m-bad" });
    const finished = { ...failure, reportedAs: "Finished" } as const;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-odd", runningMs: 1, ending: finished, imageId: "m-odd" });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-good", runningMs: 1, imageId: "m-good", region: "cn-beijing" });
    api.addTask({ cloud: "tencent-ecm", nativeId: "22", imageName: "golden" });
    api.clock.advance(10 * 60_000);
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-new", imageId: "m-new" });
    const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16) + ":00Z";
    const found = async (search: string) => {
      const { body, status } = await api.list(search);
      expect([search, status]).toEqual([search, 200]);
      return body.tasks.map(({ nativeId }) => nativeId).toSorted();
    };
    expect(await found("status=running")).toEqual(["22", "t-new", "t-out", "t-run"]);
    expect(await found("status=failed")).toEqual(["t-bad", "t-odd"]);
    expect(await found("status=succeeded")).toEqual(["t-good"]);
    expect(await found("status=succeeded&status=failed")).toEqual(["t-bad", "t-good", "t-odd"]);
    expect(await found("action=export-image")).toEqual(["t-out"]);
    expect(await found("resourceId=m-bad&resourceId=m-run")).toEqual(["t-bad", "t-run"]);
    expect(await found("imageName=golden")).toEqual(["22"]);
    expect(await found("connection=edge&nativeId=image-name:golden&nativeId=022")).toEqual(["22"]);
    expect(await found("connection=aliyun&nativeId=t-run&nativeId=t-good&nativeId=t-none")).toEqual([
      "t-good",
      "t-run",
    ]);
    expect(await found("connection=aliyun&region=cn-beijing")).toEqual(["t-good"]);
    expect(await found("provider=tencent-ecm")).toEqual(["22"]);
    expect(await found("nativeStatus=Processing")).toContain("t-run");
    expect(await found("nativeStatus=Processing")).not.toContain("t-bad");
    expect(await found("nativeAction=ExportImage")).toEqual(["t-out"]);
    expect(await found(`connection=aliyun&createdAfter=${minute(startMs + 9 * 60_000)}`)).toEqual(["t-new"]);
    expect(await found(`connection=aliyun&createdBefore=${minute(startMs + 5 * 60_000)}`)).not.toContain("t-new");
    expect(
      await found("connection=aliyun&createdAfter=2020-01-01T00:00:00Z&createdBefore=2020-01-02T00:00:00Z"),
    ).toEqual([]);
  });

  test("returns every task once across all pages, live and from the ledger, with any limit", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 130; index += 1) {
      const ended = index % 3 === 0 ? { runningMs: 1, ...(index % 2 ? { ending: failure } : {}) } : {};
      const region = index % 5 === 0 ? "cn-beijing" : "cn-hangzhou";
      ids.push(`aliyun:${region}:t-w${index}`);
      api.addTask({ cloud: "alibaba-ecs", nativeId: `t-w${index}`, region, ...ended });
      if (index % 4 === 0) {
        ids.push(`stack:cn-qingdao-env17-d01:t-x${index}`);
        api.addTask({ cloud: "apsara-route", nativeId: `t-x${index}`, ...ended });
      }
      if (index % 10 === 0) api.clock.advance(61_000);
    }
    for (const nativeId of ["31", "32"]) {
      ids.push(`edge:global:${nativeId}`);
      api.addTask({ cloud: "tencent-ecm", nativeId });
    }
    api.clock.advance(1000);
    expect((await walk("", () => 37)).toSorted()).toEqual(ids.toSorted());
    expect((await walk("", (page) => [100, 1, 20, 7][page % 4] ?? 1)).toSorted()).toEqual(ids.toSorted());
    await api.sweep();
    const before = callsMade();
    expect((await walk("source=ledger", () => 17)).toSorted()).toEqual(ids.toSorted());
    expect((await walk("source=ledger&status=failed", () => 3)).length).toBe(22);
    expect(callsMade()).toBe(before);
  }, 60_000);

  test.each([
    [{ kind: "deny" }, "unauthorized", "Forbidden.RAM"],
    [{ kind: "throttle" }, "throttled", "Throttling.User"],
    [{ kind: "status", status: 503 }, "unavailable", "ServiceUnavailable"],
    [{ kind: "reset" }, "unavailable", null],
    [{ kind: "html" }, "unavailable", null],
    [{ kind: "wrong-shape" }, "malformed", null],
    [{ kind: "empty" }, "malformed", null],
    [{ kind: "truncate" }, "unavailable", null],
  ] as const)(
    "returns the other clouds' tasks when one cloud answers with %j, and reports %s",
    async (fault, kind, code) => {
      api.addTask({ cloud: "alibaba-ecs", nativeId: "t-hidden" });
      api.addTask({ cloud: "apsara-route", nativeId: "t-shown" });
      api.clouds.faults.add({ cloud: "alibaba-ecs", times: "always", ...fault });
      const { body, status, text } = await api.list("region=cn-hangzhou&region=cn-qingdao-env17-d01");
      expect([status, body.tasks.map(({ nativeId }) => nativeId)]).toEqual([200, ["t-shown"]]);
      expect(body.errors[0]).toMatchObject({ connection: "aliyun", region: "cn-hangzhou", kind, code });
      if (code !== null) expect(body.errors[0]?.requestId).toEqual(expect.stringMatching(/^[0-9A-F-]{36}$/));
      expect(text).not.toMatch(/<html|<!doctype|http:\/\/|Signature|authorization/i);
      for (const secret of secrets()) expect(text).not.toContain(secret);
    },
    20_000,
  );

  test("answers 304 while only the observations of running tasks change, and 200 when a task does", async () => {
    api.addTask({ cloud: "tencent-ecm", nativeId: "31", runningMs: 60_000, ending: failure });
    api.addTask({ cloud: "apsara-route", nativeId: "t-n1" });
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "deny", times: "always" });
    for (const search of ["", "connection=edge", "limit=1"]) {
      const first = await api.list(search);
      const headers = { "if-none-match": String(first.headers["etag"]) };
      expect((await api.list(search)).text).not.toBe(first.text);
      const unchanged = await api.list(search, undefined, headers);
      expect([search, unchanged.status, unchanged.text]).toEqual([search, 304, ""]);
      const tag = unchanged.headers["etag"];
      expect([tag, headers["if-none-match"]]).toEqual([expect.stringMatching(/^W\/"/), tag]);
    }
    const { headers } = await api.list("connection=edge");
    api.clock.advance(60_000);
    const again = await api.list("connection=edge", undefined, { "if-none-match": String(headers["etag"]) });
    expect([again.status, again.body.tasks.map(({ status }) => status)]).toEqual([200, ["failed"]]);
  });

  test("answers in time without a cloud that does not respond", async () => {
    api.addTask({ cloud: "apsara-route", nativeId: "t-shown" });
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "hang", times: "always" });
    const { body, status } = await api.list("", 5600);
    expect([status, body.tasks.map(({ nativeId }) => nativeId)]).toEqual([200, ["t-shown"]]);
    expect(body.errors.map(({ connection, region, kind }) => `${connection} ${region} ${kind}`).toSorted()).toEqual([
      "aliyun cn-beijing unavailable",
      "aliyun cn-hangzhou unavailable",
    ]);
  });

  test("answers 502 with every failure when all targets fail", async () => {
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "deny", times: "always" });
    const { body, headers, status, text } = await api.list<ProblemBody>("connection=aliyun");
    expect([status, headers["content-type"], body.type]).toEqual([
      502,
      "application/problem+json",
      "urn:image-tasks:problem:provider-failed",
    ]);
    expect(body.providers?.map(({ region, kind, requestId }) => [region, kind, typeof requestId])).toEqual([
      ["cn-hangzhou", "unauthorized", "string"],
      ["cn-beijing", "unauthorized", "string"],
    ]);
    for (const secret of secrets()) expect(text).not.toContain(secret);
  });

  test("reports a rejected credential when the key was changed at the cloud", async () => {
    const { credential } = api.clouds.apsaraRoute;
    api.clouds.apsaraRoute.rotateCredential({ ...credential, appSecret: "another" });
    const { body, status } = await api.list<ProblemBody>("connection=stack");
    api.clouds.apsaraRoute.rotateCredential(credential);
    expect([status, body.providers?.[0]?.kind]).toEqual([502, "unauthorized"]);
  });

  test("reports all invalid parameters at once, without a provider call", async () => {
    const { body, status } = await api.list<ProblemBody>(
      "page=2&status=done&limit=101&connection=nope&createdAfter=now",
    );
    expect([status, body.type]).toEqual([400, "urn:image-tasks:problem:invalid-parameters"]);
    expect(body.errors?.map(({ field }) => field).toSorted()).toEqual([
      "connection",
      "createdAfter",
      "limit",
      "page",
      "status",
    ]);
    expect(callsMade()).toBe(0);
  });

  test("rejects a truncated, forged, or mismatched cursor without a provider call", async () => {
    for (const nativeId of ["t-1", "t-2", "t-3"]) api.addTask({ cloud: "alibaba-ecs", nativeId });
    const { nextCursor } = (await api.list("limit=1&connection=aliyun")).body;
    expect(nextCursor).toEqual(expect.any(String));
    const cursor = nextCursor ?? "";
    const before = callsMade();
    const forged = Buffer.from(`${"0".repeat(16)}{"aliyun:cn-hangzhou":null}`).toString("base64url");
    for (const wrong of [
      `connection=aliyun&cursor=${cursor.slice(0, -1)}`,
      `connection=aliyun&cursor=${cursor.slice(1)}`,
      `connection=aliyun&cursor=${forged}`,
      "connection=aliyun&cursor=",
      "connection=aliyun&cursor=%00",
      `cursor=${cursor}`,
      `connection=aliyun&status=running&cursor=${cursor}`,
      `connection=aliyun&source=ledger&cursor=${cursor}`,
    ]) {
      const { body, status } = await api.list<ProblemBody>(wrong);
      expect([wrong, status, body.errors?.map(({ field }) => field)]).toEqual([wrong, 400, ["cursor"]]);
    }
    expect(callsMade()).toBe(before);
    expect((await api.list(`connection=aliyun&limit=2&cursor=${cursor}`)).body.tasks).toHaveLength(2);
  });
});

function secrets(): string[] {
  const { alibabaEcs, apsaraRoute, tencentEcm } = api.clouds;
  return [
    alibabaEcs.credential.accessKeySecret,
    alibabaEcs.credential.accessKeyId,
    apsaraRoute.credential.appSecret,
    tencentEcm.credential.secretKey,
  ];
}
