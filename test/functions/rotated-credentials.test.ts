import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { openAccount } from "./rotating-account.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
  for (let n = 0; n < 250; n += 1) api.addTask({ cloud: "alibaba-ecs", region: "cn-hangzhou" });
  for (let n = 0; n < 3; n += 1) api.addTask({ cloud: "alibaba-ecs", region: "cn-beijing" });
  for (let n = 0; n < 120; n += 1) api.addTask({ cloud: "apsara-route", region: "cn-qingdao-env17-d01" });
  for (let n = 0; n < 6; n += 1) api.addTask({ cloud: "tencent-ecm" });
  // The answer that follows the replacement of a key is still under way at that time.
  for (const cloud of ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const) {
    api.clouds.faults.add({ cloud, kind: "latency", ms: 100, times: "always" });
  }
}, 30_000);
afterAll(() => api.stop());
afterEach(() => api.restart(api.env));

const accounts = [
  { connection: "aliyun", token: true, cloud: "alibabaEcs", refused: "InvalidSecurityToken.Expired", tasks: 253 },
  { connection: "edge", token: true, cloud: "tencentEcm", refused: "AuthFailure.TokenFailure", tasks: 6 },
  { connection: "aliyun", token: false, cloud: "alibabaEcs", refused: "InvalidAccessKeyId.NotFound", tasks: 253 },
  { connection: "stack", token: false, cloud: "apsaraRoute", refused: "A400IK", tasks: 120 },
  { connection: "edge", token: false, cloud: "tencentEcm", refused: "AuthFailure.SecretIdNotFound", tasks: 6 },
] as const;

describe.each(accounts)("a key of $connection (token: $token) that is replaced", (account) => {
  const { connection, token, cloud, refused, tasks } = account;
  const requests = () => api.clouds[cloud].requests;
  const refusals = () => requests().filter(({ code }) => code === refused).length;

  test("between two pages of a sweep costs no failed sweep", async () => {
    await using keys = await openAccount({ connection, token }, api);
    await api.restart(keys.rotate("1"));
    requests().length = 0;
    const sweeping = api.sweep();
    await vi.waitUntil(() => requests().length > 0, { interval: 5, timeout: 20_000 });
    Object.assign(process.env, keys.rotate("2"));
    const reports = (await sweeping) as { target: string; listed: number; problems: unknown[]; finished: boolean }[];
    expect(refusals()).toBeGreaterThan(0);
    const swept = reports.filter(({ target }) => target.startsWith(connection));
    expect(swept.reduce((sum, { listed }) => sum + listed, 0)).toBe(tasks);
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    expect(reports.every(({ finished }) => finished)).toBe(true);
    const { body } = await api.connections();
    expect(body.connections.map(({ lastError }) => lastError)).toEqual([null, null, null, null]);
  });

  test("during a live list hides no task", async () => {
    await using keys = await openAccount({ connection, token }, api);
    await api.restart(keys.rotate("1"));
    await api.list(`connection=${connection}&limit=1`);
    Object.assign(process.env, keys.rotate("2"));
    requests().length = 0;
    const { body } = await api.list(`connection=${connection}&limit=50`);
    expect(refusals()).toBeGreaterThan(0);
    expect(body.errors).toEqual([]);
    expect(body.tasks.length).toBe(Math.min(50, tasks));
  });

  test("in the cloud alone costs each later call one request for each region", async () => {
    await using keys = await openAccount({ connection, token }, api);
    await api.restart(keys.rotate("1"));
    await api.list(`connection=${connection}&limit=1`);
    keys.rotate("2");
    const counts: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      requests().length = 0;
      const { body } = await api.list(`connection=${connection}&limit=1`);
      expect(body.errors).not.toEqual([]);
      counts.push(requests().length);
    }
    const targets = connection === "aliyun" ? 2 : 1;
    expect(counts).toEqual([targets, targets, targets]);
  });
});
