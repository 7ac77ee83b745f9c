import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { callAsPage, foreignPages } from "../fakes/web-page.ts";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callApsara, callEcm, callEcs } from "./signed-calls.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12);
const running: SandboxClouds[] = [];
afterEach(async () => {
  for (const clouds of running.splice(0)) await clouds.stop();
});

async function start(options: Partial<Parameters<typeof startSandboxClouds>[0]> = {}): Promise<SandboxClouds> {
  const clouds = await startSandboxClouds({ clock: createTestClock(startMs), ...options });
  running.push(clouds);
  return clouds;
}

describe("startSandboxClouds()", () => {
  test("startSandboxClouds() names the port and leaves nothing listening when a port is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const free = await start();
    const freePort = Number(new URL(free.alibabaEcs.url).port);
    await free.stop();
    running.length = 0;
    const taken = start({ ports: { alibabaEcs: freePort, tencentEcm: port } });
    await expect(taken).rejects.toThrow(
      new Error(`Port ${port} is taken: the sandbox needs 127.0.0.1:${port} for tencent-ecm.`),
    );
    await expect(fetch(`http://127.0.0.1:${freePort}/`)).rejects.toThrow();
    other.close();
    const again = await start({ ports: { alibabaEcs: freePort } });
    expect(again.alibabaEcs.url).toBe(`http://127.0.0.1:${freePort}`);
  });

  test("startSandboxClouds() generates new credentials on every start", async () => {
    const [one, two] = [await start(), await start()];
    expect(one.alibabaEcs.credential).not.toEqual(two.alibabaEcs.credential);
    expect(one.apsaraRoute.credential.appSecret).not.toBe(two.apsaraRoute.credential.appSecret);
    expect(one.tencentEcm.credential.secretKey).not.toBe(two.tencentEcm.credential.secretKey);
  });

  test("startSandboxClouds() checks signatures by the wire's clock when it has its own", async () => {
    const clock = createTestClock(startMs);
    const clouds = await start({ clock, wireClock: { now: () => startMs } });
    clock.advance(3_600_000);
    const params = { RegionId: "cn-hangzhou" };
    expect((await callEcs(clouds, { action: "DescribeTasks", params, nowMs: startMs })).status).toBe(200);
  });

  test.each(foreignPages)("the clouds and their control refuse $page and do nothing", async ({ headers }) => {
    const clouds = await start();
    const { alibabaEcs, apsaraRoute, tencentEcm, controlUrl } = clouds;
    for (const { url, requests } of [alibabaEcs, apsaraRoute, tencentEcm]) {
      expect((await callAsPage(`${url}/?Action=DescribeTasks`, { headers })).status).toBe(403);
      expect(requests).toEqual([]);
    }
    const body = JSON.stringify({ cloud: "tencent-ecm", kind: "throttle" });
    expect((await callAsPage(`${controlUrl}/faults`, { method: "POST", headers, body })).status).toBe(403);
    expect(clouds.faults.pending()).toEqual([]);
    expect((await callAsPage(`${controlUrl}/tasks`, { headers })).status).toBe(403);
  });

  test("stop() also closes hanging connections", async () => {
    const clouds = await start();
    clouds.faults.add({ cloud: "tencent-ecm", kind: "hang" });
    const hanging = callEcm(clouds, { action: "DescribeImage" }).catch(() => "ended");
    await expect.poll(() => clouds.tencentEcm.requests.length).toBe(1);
    await clouds.stop();
    expect(await hanging).toBe("ended");
  });
});

describe("invalid requests", () => {
  const bodies = ["", "{", "null", "[]", '"x"', "%", "%zz=%", "\u0000\uffff", "a".repeat(70_000)];

  test("every cloud answers invalid input and keeps running", async () => {
    const clouds = await start();
    const urls = [clouds.alibabaEcs.url, clouds.apsaraRoute.url, clouds.tencentEcm.url, clouds.controlUrl];
    const paths = [
      "/",
      "/apsara/route/Ecs/DescribeTasks",
      "/?Action=DescribeTasks&%E0%A4%A=%",
      "/tasks",
      "/../..//",
      "/%",
    ];
    const headers = [
      {},
      { "content-type": "application/json", "x-tc-version": "2019-07-19", "x-tc-action": "toString" },
    ];
    const targets = urls.flatMap((url) => paths.map((path) => url + path));
    const requests = bodies.flatMap((body) => headers.map((each) => ({ method: "POST", body, headers: each })));
    for (const target of targets) {
      for (const request of requests) {
        const response = await fetch(target, request);
        await response.text();
        expect(response.status).toBeGreaterThanOrEqual(200);
      }
    }
    expect((await callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } })).status).toBe(200);
    expect((await callApsara(clouds, {})).status).toBe(200);
    expect((await callEcm(clouds, { action: "DescribeImage" })).json["Response"]?.["TotalCount"]).toBe(0);
  });

  test("every cloud rejects names that every object inherits", async () => {
    const clouds = await start();
    const ecs = await callEcs(clouds, { action: "constructor", params: {} });
    expect(ecs.json["Code"]).toBe("InvalidAction");
    const ecm = await callEcm(clouds, { action: "toString" });
    expect(ecm.json["Response"]?.["Error"]?.["Code"]).toBe("InvalidAction");
  });

  test("every cloud rejects a body over 1 MiB in its own format", async () => {
    const clouds = await start();
    const body = "a".repeat(1_100_000);
    const post = (url: string) => fetch(url, { method: "POST", body });
    expect((await post(clouds.alibabaEcs.url)).status).toBe(413);
    const apsara = await post(clouds.apsaraRoute.url);
    expect(apsara.headers.get("x-ca-error-code")).toBe("I413RL");
    expect(await (await post(clouds.tencentEcm.url)).json()).toMatchObject({
      Response: { Error: { Code: "RequestSizeLimitExceeded" } },
    });
  });

  test("every cloud rejects bytes that are not HTTP and keeps running", async () => {
    const clouds = await start();
    const { port } = new URL(clouds.alibabaEcs.url);
    const socket = connect(Number(port), "127.0.0.1");
    const answer = new Promise<string>((resolve) => socket.on("data", (data) => resolve(data.toString())));
    socket.write("\u0016\u0003\u0001 hello\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    expect((await callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } })).status).toBe(200);
  });
});
