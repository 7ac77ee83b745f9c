import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "../../lib/config/runtime.ts";
import { taskLocation } from "../../lib/http/task-path.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { record, write } from "../fakes/ledger-contract.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { startGateway } from "./gateway.ts";
import type { GatewayOptions } from "./gateway.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** The functions behind gateways that treat paths in different ways. */
let api: Harness;
let ledger: Ledger;
beforeAll(async () => {
  api = await startHarness();
  ({ ledger } = createRuntime(process.env));
  for (const nativeId of ["t-bp1****", "t-l1", "t-l2"]) api.addTask({ cloud: "alibaba-ecs", nativeId });
}, 30_000);
afterAll(() => api.stop());

async function through<Result>(options: GatewayOptions, use: (gateway: LoopbackServer) => Promise<Result>) {
  const gateway = await startGateway(options);
  try {
    return await use(gateway);
  } finally {
    await gateway.close();
  }
}

const { signal } = new AbortController();
const ways: readonly GatewayOptions[] = [
  { paths: "decoded" },
  { paths: "encoded" },
  { paths: "decoded", basePath: "/base" },
  { paths: "encoded", basePath: "/team/images" },
];
const json = { "content-type": "application/json" };
/** Only the ledger holds such ids, because no cloud has ids of this form. */
const oddIds = ["a%41", "a?wait=x", "a#b", "a/cancel", "100%", "a b", "é"].map((id) => `old:cn-hangzhou:${id}`);
const lookalikes = ["aA", "a", "a/"].map((id) => `old:cn-hangzhou:${id}`);

describe.each(ways)("behind a gateway with %j", (way) => {
  const { basePath = "" } = way;

  test("Location leads to the task that was tracked", async () => {
    await through(way, async ({ url }) => {
      const body = JSON.stringify({ connection: "aliyun", region: "cn-hangzhou", nativeId: "t-bp1****" });
      const tracked = await fetch(new URL(`${basePath}/tasks`, url), { method: "POST", body, headers: json });
      const location = tracked.headers.get("location") ?? "";
      expect(location).toMatch(new RegExp(`^${basePath}/tasks/~[\\w-]+$`));
      const found = await fetch(new URL(location, url));
      expect([found.status, await found.json()]).toMatchObject([200, { id: "aliyun:cn-hangzhou:t-bp1****" }]);
      expect((await fetch(new URL(location, url), { method: "DELETE" })).status).toBe(204);
    });
  });

  test("an odd id neither reads nor deletes another task", async () => {
    const ids = [...oddIds, ...lookalikes];
    const records = ids.map((id) => record(id.slice("old:cn-hangzhou:".length), { connection: "old" }));
    for (const one of records) {
      const { task, revision = 0 } = (await ledger.readTasks([one.task.id], signal)).records.get(one.task.id) ?? {};
      const ended = { ...one, task: { ...one.task, status: "failed", done: true } as const };
      if (task === undefined) await write(ledger, ended);
      else await ledger.writeTask({ ...ended, revision: revision + 1 }, revision, signal);
    }
    await through(way, async ({ url }) => {
      for (const id of oddIds) {
        const location = new URL(taskLocation({ rawPath: `${basePath}/tasks` }, id), url);
        const found = await fetch(location);
        expect([found.status, await found.json()]).toMatchObject([200, { id }]);
        expect((await fetch(location, { method: "DELETE" })).status).toBe(204);
      }
    });
    const { records: left } = await ledger.readTasks(ids, signal);
    const untracked = ids.filter((id) => left.get(id)?.tracking === "untracked");
    expect(untracked).toEqual(oddIds);
  });

  test("Link leads to the next page", async () => {
    await through(way, async ({ url }) => {
      const first = await fetch(
        new URL(`${basePath}/tasks?connection=aliyun&nativeId=t-l1&nativeId=t-l2&limit=1`, url),
      );
      const next = /^<([^<>]+)>/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
      expect(next).toMatch(new RegExp(`^${basePath}/tasks\\?`));
      expect((await fetch(new URL(next, url))).status).toBe(200);
    });
  });

  test("a wrong method is a 405 and an unknown path is a 404", async () => {
    await through(way, async ({ url }) => {
      const wrong = await fetch(new URL(`${basePath}/tasks`, url), { method: "PUT" });
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
      expect((await fetch(new URL(`${basePath}/nothing`, url), { method: "PUT" })).status).toBe(404);
    });
  });
});
