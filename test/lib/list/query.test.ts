import { describe, expect, test } from "vitest";
import { filtersOf, parseListQuery, readsLedger } from "../../../lib/list/query.ts";
import { problemOf } from "../../fakes/problem-of.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";

const providers = [
  createScriptedProvider({ target: { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" } }),
  createScriptedProvider({ target: { connection: "aliyun", provider: "alibaba-ecs", region: "cn-beijing" } }),
  createScriptedProvider({ target: { connection: "edge", provider: "tencent-ecm", region: "global" } }),
];

async function errorsOf(search: string): Promise<Record<string, string>> {
  const { type, detail } = await problemOf(() => parseListQuery(search, providers));
  expect(type).toBe("invalid-parameters");
  return Object.fromEntries((detail.errors ?? []).map(({ field, detail: text }) => [field, text]));
}

const known =
  "connection, provider, region, status, action, resourceId, nativeId, nativeStatus, nativeAction, imageName, label, " +
  "createdAfter, createdBefore, limit, cursor, source, pendingEvent, stalled";
const aTime = "must be an RFC 3339 time such as 2026-01-31T12:00:00Z or 2026-01-31T20:00:00%2B08:00";

describe("parseListQuery()", () => {
  test("lists fifty live tasks of every provider by default", () => {
    expect(parseListQuery("", providers)).toMatchObject({ limit: 50, source: "live" });
  });

  test.each(["pendingEvent=true", "stalled=true", "stalled=true&source=ledger", "source=ledger", "status=vanished"])(
    "selects the ledger for ?%s",
    (search) => {
      expect(parseListQuery(search, providers)).toMatchObject({ source: "ledger" });
    },
  );

  test("selects the clouds for a status that they report, beside one that only the sweep finds", () => {
    expect(parseListQuery("status=vanished&status=failed", providers)).toMatchObject({ source: "live" });
  });

  test("reads every parameter", () => {
    const search =
      "connection=aliyun&provider=alibaba-ecs&region=cn-hangzhou&region=cn-beijing&status=failed&status=running" +
      "&action=import-image&resourceId=m-1&nativeId=t-1&nativeStatus=Finished&nativeAction=ImportImage" +
      "&imageName=gold%20en&createdAfter=2026-01-31T20:00:00%2B08:00&createdBefore=2026-01-31T12:00:00.5Z" +
      "&limit=100&cursor=abc&source=ledger";
    expect(parseListQuery(search, providers)).toEqual({
      connection: ["aliyun"],
      provider: ["alibaba-ecs"],
      region: ["cn-hangzhou", "cn-beijing"],
      status: ["failed", "running"],
      action: ["import-image"],
      resourceId: ["m-1"],
      nativeId: ["t-1"],
      nativeStatus: "Finished",
      nativeAction: "ImportImage",
      imageName: "gold en",
      createdAfter: new Date("2026-01-31T12:00:00Z"),
      createdBefore: new Date("2026-01-31T12:00:00.500Z"),
      limit: 100,
      cursor: "abc",
      source: "ledger",
    });
  });

  test.each([
    ["sort=asc", { sort: `is not a parameter of this call; allowed: ${known}` }],
    ["Status=failed", { Status: `is not a parameter of this call; allowed: ${known}` }],
    [
      "status=done",
      {
        status: "must be one of pending, running, paused, canceling, unknown, succeeded, failed, canceled, vanished",
      },
    ],
    ["action=import", { action: "must be one of import-image, export-image, other" }],
    ["source=cache", { source: "must be one of live, ledger" }],
    ["limit=0", { limit: "must be a whole number from 1 to 100" }],
    ["limit=101", { limit: "must be a whole number from 1 to 100" }],
    ["limit=ten", { limit: "must be a whole number from 1 to 100" }],
    ["limit=1e1", { limit: "must be a whole number from 1 to 100" }],
    ["limit=", { limit: "must be a whole number from 1 to 100" }],
    ["limit=5&limit=6", { limit: "may be given once" }],
    ["createdAfter=yesterday", { createdAfter: aTime }],
    ["createdAfter=2026-01-31", { createdAfter: aTime }],
    ["createdAfter=2026-02-30T00:00:00Z", { createdAfter: aTime }],
    ["createdBefore=2026-01-31T12:00:00", { createdBefore: aTime }],
    ["createdBefore=2026-01-31T20:00:00+08:00", { createdBefore: aTime }],
    ["createdBefore=1767225600", { createdBefore: aTime }],
    [
      "createdAfter=2026-01-02T00:00:00Z&createdBefore=2026-01-01T00:00:00Z",
      { createdAfter: "must not be later than createdBefore" },
    ],
    ["imageName=", { imageName: "must not be empty" }],
    ["connection=nope", { connection: "is not configured; allowed: aliyun, edge" }],
    ["region=us-west-1", { region: "is not configured; allowed: cn-hangzhou, cn-beijing, global" }],
    ["pendingEvent=false", { pendingEvent: "must be one of true" }],
    ["stalled=1", { stalled: "must be one of true" }],
    ["stalled=true&stalled=true", { stalled: "may be given once" }],
    ["status=vanished&source=live", { status: "is answered only from the ledger; leave out source=live" }],
    ["stalled=true&source=live", { stalled: "is answered only from the ledger; leave out source=live" }],
    ["label=build", { label: "must be <name>=<value>, such as build=1742; no label is named __proto__" }],
    ["label==1742", { label: "must be <name>=<value>, such as build=1742; no label is named __proto__" }],
    [`label=a%3D${"b".repeat(320)}`, { label: "must have at most 321 characters" }],
    ["label=a%3D1&source=live", { label: "is answered only from the ledger; leave out source=live" }],
    ["pendingEvent=true&source=live", { pendingEvent: "is answered only from the ledger; leave out source=live" }],
    ["nativeId=t-1", { nativeId: "requires exactly one connection" }],
    ["nativeId=t-1&connection=aliyun&connection=edge", { nativeId: "requires exactly one connection" }],
    ["nativeId=t-1&nativeId=x-1&connection=aliyun", { nativeId: "must begin with t-" }],
  ])("rejects ?%s and describes what is allowed", async (search, errors) => {
    expect(await errorsOf(search)).toEqual(errors);
  });

  test("reports every problem at once, each one only once", async () => {
    const search =
      "bogus=1&status=done&status=gone&limit=0&createdAfter=2026-01-02T00:00:00Z&createdBefore=2026-01-01T00:00:00Z" +
      "&connection=nope&connection=neither&region=us-west-1&nativeId=t-1&imageName=a&imageName=b";
    const { detail } = await problemOf(() => parseListQuery(search, providers));
    expect((detail.errors ?? []).map(({ field }) => field).toSorted()).toEqual([
      "bogus",
      "connection",
      "createdAfter",
      "imageName",
      "limit",
      "nativeId",
      "region",
      "status",
    ]);
  });

  test("rejects targets that are valid individually but not in combination", async () => {
    const there = "alibaba-ecs aliyun cn-hangzhou, alibaba-ecs aliyun cn-beijing, tencent-ecm edge global";
    const detail = `matches no target together with the other parameters; configured: ${there}`;
    expect(await errorsOf("connection=edge&region=cn-hangzhou")).toEqual({ connection: detail, region: detail });
    expect(await errorsOf("provider=apsara-route")).toEqual({ provider: detail });
  });

  test("reads a label filter with any value, from the ledger", () => {
    const labels = ["build=1742", "none=", "a=b=c", `${"n".repeat(64)}=${"v".repeat(256)}`];
    const search = labels.map((label) => `label=${encodeURIComponent(label)}`).join("&");
    expect(parseListQuery(search, providers)).toMatchObject({ label: labels, source: "ledger" });
  });

  test("rejects a value longer than 200 characters and more than 100 values", async () => {
    expect(await errorsOf(`imageName=${"a".repeat(201)}`)).toEqual({ imageName: "must have at most 200 characters" });
    const many = Array.from({ length: 101 }, (_, index) => `resourceId=m-${index}`).join("&");
    expect(await errorsOf(many)).toEqual({ resourceId: "may be given at most 100 times" });
    const labels = Array.from({ length: 21 }, (_, index) => `label=a%3D${index}`).join("&");
    expect(await errorsOf(labels)).toEqual({ label: "may be given at most 20 times" });
  });
});

describe("filtersOf()", () => {
  const filters = (search: string) => filtersOf(parseListQuery(search, providers));

  test("is the same for another page and page size of the same filters", () => {
    expect(filters("status=failed&limit=5&cursor=x&region=cn-beijing")).toBe(
      filters("region=cn-beijing&status=failed"),
    );
  });

  test.each([
    "status=running",
    "source=ledger",
    "stalled=true",
    "createdAfter=2026-01-01T00:00:00Z",
    "connection=edge",
    "imageName=a",
    "label=build%3D1",
  ])("differs with %s", (search) => {
    expect(filters(search)).not.toBe(filters(""));
  });
});

describe("parseListQuery() with a renamed connection", () => {
  const renamed = [createScriptedProvider({ renamedTo: "prod" }), ...providers.slice(2)];

  test("accepts both names, and filters by the name in ids", () => {
    for (const name of ["prod", "aliyun"]) {
      const query = parseListQuery(`connection=${name}&connection=edge`, renamed);
      expect(query.connection).toEqual(["aliyun", "edge"]);
      expect(filtersOf(query)).toBe(filtersOf(parseListQuery("connection=aliyun&connection=edge", renamed)));
    }
  });

  test("names it by its present name", async () => {
    const { detail } = await problemOf(() => parseListQuery("connection=nope", renamed));
    expect(detail.errors).toEqual([{ field: "connection", detail: "is not configured; allowed: prod, edge" }]);
  });
});

describe("readsLedger()", () => {
  test.each([
    ["", false],
    ["source=live", false],
    ["source=ledger", true],
    ["pendingEvent=true", true],
    ["limit=5&stalled=true", true],
    ["status=vanished", true],
    ["status=vanished&status=running", false],
  ])("is for ?%s %s", (search, expected) => {
    expect(readsLedger(search)).toBe(expected);
  });
});
