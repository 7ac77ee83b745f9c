import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** The same tasks, live and as the sweep recorded them: every filter must select the same ones from both. */

const hour = 60 * 60_000;
let api: Harness;
let createdMs: number;

beforeAll(async () => {
  api = await startHarness({ cloudsBehindMs: 3 * hour });
  // Created half a minute after the time that ECS and the gateway show.
  api.clock.advance(90_000 - (api.clock.now() % 60_000));
  createdMs = api.clock.now();
  for (const cloud of ["alibaba-ecs", "apsara-route"] as const) {
    const add = (nativeId: string, more: Partial<Parameters<Harness["addTask"]>[0]> = {}) =>
      api.addTask({ cloud, nativeId, imageId: `m-${nativeId}`, runningMs: 9 * hour, ...more });
    add("t-import");
    add("t-export", { action: "ExportImage" });
    add("t-disk", { action: "ModifyDiskSpec" });
    add("t-copy", { action: "CopyImage" });
    add("t-good", { runningMs: 1 });
    add("t-canceled", { runningMs: 1, ending: { kind: "canceled" } });
    add("t-waits", { plan: { pendingMs: 9 * hour, runningMs: 1, ending: { kind: "succeeded" } } });
    add("t-bad", { runningMs: 1, ending: { kind: "failed", code: "InvalidOssObject", message: "no" } });
  }
  api.addTask({ cloud: "tencent-ecm", nativeId: "21", imageId: "img-a", imageName: "golden", runningMs: 9 * hour });
  api.addTask({ cloud: "tencent-ecm", nativeId: "22", imageId: "img-b", imageName: "golden-2", runningMs: 9 * hour });
  api.clock.advance(1_000);
  await api.sweep();
  // Disk tasks are recorded only if somebody tracks them.
  for (const target of ["aliyun:cn-hangzhou", "stack:cn-qingdao-env17-d01"]) {
    const [connection, region] = target.split(":");
    expect((await api.track({ connection, region, nativeId: "t-disk" })).status).toBe(201);
  }
}, 60_000);
afterAll(() => api.stop());

async function found(search: string): Promise<string[]> {
  const { body, status } = await api.list(`${search}&limit=100`);
  expect([search, status, body.errors, body.nextCursor]).toEqual([search, 200, [], null]);
  return body.tasks.map(({ id }) => id).toSorted();
}

/** What a query finds, which must be the same in both sources. */
async function foundInBoth(search: string): Promise<string[]> {
  const live = await found(`${search}&source=live`);
  expect([search, await found(`${search}&source=ledger`)]).toEqual([search, live]);
  return live;
}

const both = (...nativeIds: string[]) =>
  [
    ...nativeIds.map((id) => `aliyun:cn-hangzhou:${id}`),
    ...nativeIds.map((id) => `stack:cn-qingdao-env17-d01:${id}`),
  ].toSorted();
const edge = (...nativeIds: string[]) => nativeIds.map((id) => `edge:global:${id}`);
const imports = ["t-import", "t-good", "t-canceled", "t-waits", "t-bad"];
const open = ["t-import", "t-export", "t-disk", "t-copy"];

/** The spellings of one word. */
const spellings = (word: string) => [
  word,
  word.toLowerCase(),
  word.toUpperCase(),
  word.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(),
  `%20${word}`,
];

describe("a filter finds the same tasks live and in the ledger", () => {
  test("without any filter", async () => {
    expect(await foundInBoth("")).toEqual(
      [...both(...imports, "t-export", "t-disk", "t-copy"), ...edge("21", "22")].toSorted(),
    );
  });

  test.each<[string, string[]]>([
    ["ImportImage", both(...imports)],
    ["ExportImage", both("t-export")],
    ["ModifyDiskSpec", both("t-disk")],
    ["CopyImage", both("t-copy")],
    ["ImportCustomImage", edge("21", "22")],
    ["Import", []],
    ["ImportImages", []],
  ])("by the native action %s in any spelling", async (word, expected) => {
    for (const spelling of spellings(word)) expect(await foundInBoth(`nativeAction=${spelling}`)).toEqual(expected);
  });

  test.each<[string, string[]]>([
    ["Processing", both(...open)],
    ["Finished", both("t-good")],
    ["Failed", both("t-bad")],
    ["Deleted", both("t-canceled")],
    ["Paused", []],
  ])("by the native status %s in any spelling", async (word, expected) => {
    const ecs = "provider=alibaba-ecs&provider=apsara-route";
    for (const spelling of spellings(word)) {
      expect(await foundInBoth(`${ecs}&nativeStatus=${spelling}`)).toEqual(expected.toSorted());
    }
  });

  test("by a native status that two clouds share", async () => {
    const expected = [...both(...open), ...edge("21", "22")].toSorted();
    expect(await foundInBoth("nativeStatus=processing")).toEqual(expected);
    expect(await foundInBoth("nativeStatus=PROCESSING")).toEqual(expected);
  });

  test("by a native status of one cloud only", async () => {
    for (const spelling of spellings("Waiting")) {
      expect(await foundInBoth(`nativeStatus=${spelling}&connection=aliyun`)).toEqual(["aliyun:cn-hangzhou:t-waits"]);
    }
    for (const spelling of spellings("Pending")) {
      expect(await foundInBoth(`nativeStatus=${spelling}&connection=stack`)).toEqual([
        "stack:cn-qingdao-env17-d01:t-waits",
      ]);
    }
  });

  test.each<[string, string[]]>([
    ["status=running", [...both(...open), ...edge("21", "22")]],
    ["connection=aliyun&connection=stack&status=succeeded", both("t-good")],
    ["connection=aliyun&connection=stack&status=failed", both("t-bad")],
    ["connection=aliyun&connection=stack&status=canceled", both("t-canceled")],
    ["status=pending", both("t-waits")],
    ["connection=aliyun&connection=stack&status=pending&status=canceled", both("t-waits", "t-canceled")],
    ["connection=aliyun&connection=stack&status=paused", []],
    ["action=import-image", [...both(...imports), ...edge("21", "22")]],
    ["action=export-image", both("t-export")],
    ["action=other", both("t-copy", "t-disk")],
    ["action=import-image&nativeAction=importimage&status=running", both("t-import")],
    ["action=export-image&nativeAction=importimage", []],
    ["status=running&nativeStatus=failed", []],
    ["provider=tencent-ecm", edge("21", "22")],
    ["connection=edge&nativeId=21&nativeId=99", edge("21")],
    ["connection=stack&nativeId=t-bad&nativeId=T-BAD", ["stack:cn-qingdao-env17-d01:t-bad"]],
  ])("by %s", async (search, expected) => {
    expect(await foundInBoth(search)).toEqual(expected.toSorted());
  });

  test("by resource and image name, letter by letter", async () => {
    expect(await foundInBoth("resourceId=m-t-bad&resourceId=img-a")).toEqual(
      [...both("t-bad"), ...edge("21")].toSorted(),
    );
    expect(await foundInBoth("resourceId=M-T-BAD&resourceId=img-A")).toEqual([]);
    expect(await foundInBoth("imageName=golden")).toEqual(edge("21"));
    expect(await foundInBoth("imageName=Golden")).toEqual([]);
    expect(await foundInBoth("imageName=golde")).toEqual([]);
  });

  test("by a time of creation within the minute that a provider shows", async () => {
    const at = (offsetMs: number) => new Date(createdMs + offsetMs).toISOString();
    const onEcs = (search: string) => foundInBoth(`connection=aliyun&connection=stack&${search}`);
    const every = both(...imports, "t-export", "t-disk", "t-copy");
    // ECM shows seconds, ECS and the gateway the start of the minute.
    expect(await foundInBoth(`createdBefore=${at(-15_000)}`)).toEqual(every);
    expect(await foundInBoth(`createdAfter=${at(15_000)}`)).toEqual([...every, ...edge("21", "22")].toSorted());
    expect(await foundInBoth(`createdAfter=${at(30_000)}`)).toEqual([]);
    expect(await onEcs(`createdBefore=${at(15_000)}`)).toEqual(every);
    expect(await onEcs(`createdBefore=${at(-30_000)}`)).toEqual(every);
    expect(await onEcs(`createdBefore=${at(-30_001)}`)).toEqual([]);
    expect(await onEcs(`createdAfter=${at(-15_000)}&createdBefore=${at(-10_000)}`)).toEqual(every);
  });
});
