import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { createFaults, type FaultKind } from "./faults.ts";
import { callApsara, callEcm, callEcs } from "./signed-calls.ts";
import { createTestClock } from "./test-clock.ts";

let clouds: SandboxClouds;
beforeEach(async () => {
  clouds = await startSandboxClouds({ clock: createTestClock(Date.UTC(2026, 10, 21, 12)) });
});
afterEach(() => clouds.stop());

const calls = {
  "alibaba-ecs": () => callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } }),
  "apsara-route": () => callApsara(clouds, {}),
  "tencent-ecm": () => callEcm(clouds, { action: "DescribeImage" }),
};
const all = Object.keys(calls) as (keyof typeof calls)[];

describe.each(all)("faults of %s", (cloud) => {
  const call = () => calls[cloud]();
  const add = (kind: FaultKind, more: object = {}) => clouds.faults.add({ cloud, kind, ...more });

  async function isWell() {
    const { status, json } = await call();
    return status === 200 && json["Response"]?.["Error"] === undefined && json["resultCode"] === undefined;
  }

  test("status answers one server error and then normally", async () => {
    add("status", { status: 500 });
    expect((await call()).status).toBe(500);
    expect(await isWell()).toBe(true);
  });

  test("html answers with a proxy's error page on every API", async () => {
    add("html", { times: 2 });
    const reply = await call();
    expect([reply.status, reply.headers.get("content-type")]).toEqual([502, "text/html"]);
    expect((await call()).text).toContain("<h1>Bad Gateway</h1>");
    expect(await isWell()).toBe(true);
  });

  test("empty answers with status 200 and no body", async () => {
    add("empty");
    const { status, text } = await call();
    expect([status, text]).toEqual([200, ""]);
  });

  test("reset, truncate, and hang break the connection", async () => {
    add("reset");
    await expect(call()).rejects.toThrow();
    add("truncate");
    await expect(call()).rejects.toThrow();
    add("hang");
    const outcome = await Promise.race([
      call().then(
        () => "answered",
        () => "broken",
      ),
      new Promise((resolve) => setTimeout(resolve, 150, "waiting")),
    ]);
    expect(outcome).toBe("waiting");
    expect(await isWell()).toBe(true);
  });

  test("latency answers late but correctly", async () => {
    add("latency", { ms: 120 });
    const beganMs = performance.now();
    expect(await isWell()).toBe(true);
    expect(performance.now() - beganMs).toBeGreaterThan(110);
  });

  test("a fault applies only to its API, and repeats until cleared", async () => {
    add("html", { api: "CancelTask" });
    expect(await isWell()).toBe(true);
    clouds.faults.clear();
    add("html", { times: "always" });
    expect([(await call()).status, (await call()).status]).toEqual([502, 502]);
    clouds.faults.clear();
    expect(await isWell()).toBe(true);
  });

  test("every fault is recorded with the request it affected", async () => {
    add("latency", { ms: 1 });
    add("html");
    await call();
    const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
    const recorded = [...alibabaEcs.requests, ...apsaraRoute.requests, ...tencentEcm.requests];
    expect(recorded).toMatchObject([{ cloud, fault: "latency html", status: 502 }]);
  });
});

describe("provider-specific faults", () => {
  test("throttle answers with each provider's throttling error", async () => {
    for (const cloud of all) clouds.faults.add({ cloud, kind: "throttle", ms: 1_500 });
    const ecs = await calls["alibaba-ecs"]();
    expect([ecs.status, ecs.json["Code"], ecs.headers.get("x-acs-retry-after")]).toEqual([
      400,
      "Throttling.User",
      "1500",
    ]);
    const apsara = await calls["apsara-route"]();
    expect([apsara.status, apsara.headers.get("retry-after")]).toEqual([429, "2"]);
    const ecm = await calls["tencent-ecm"]();
    expect([ecm.status, ecm.json["Response"]?.["Error"]?.["Code"]]).toEqual([200, "RequestLimitExceeded"]);
  });

  test("deny answers with each provider's permission error", async () => {
    for (const cloud of all) clouds.faults.add({ cloud, kind: "deny" });
    const ecs = await calls["alibaba-ecs"]();
    expect([ecs.status, ecs.json["Code"]]).toEqual([403, "Forbidden.RAM"]);
    const apsara = await calls["apsara-route"]();
    expect([apsara.status, apsara.headers.get("x-ca-error-code")]).toEqual([403, "I403AA"]);
    const ecm = await calls["tencent-ecm"]();
    expect(ecm.json["Response"]?.["Error"]?.["Code"]).toBe("AuthFailure.UnauthorizedOperation");
  });

  test("wrong-shape answers a success in which every type is wrong", async () => {
    for (const cloud of all) clouds.faults.add({ cloud, kind: "wrong-shape" });
    expect((await calls["alibaba-ecs"]()).json).toMatchObject({ TaskSet: { Task: "none" } });
    expect((await calls["apsara-route"]()).json).toMatchObject({ resultCode: "0", result: { TaskSet: [] } });
    expect((await calls["tencent-ecm"]()).json).toMatchObject({ Response: { ImageSet: { 0: null } } });
  });
});

describe("createFaults()", () => {
  test("createFaults() applies a fault with its probability", () => {
    const draws = [0.5, 0.2];
    const faults = createFaults(() => draws.shift() ?? 0);
    faults.add({ cloud: "alibaba-ecs", kind: "reset", probability: 0.3 });
    expect(faults.strike("alibaba-ecs", "DescribeTasks")).toEqual([]);
    expect(faults.strike("alibaba-ecs", "DescribeTasks")).toMatchObject([{ kind: "reset" }]);
    expect(faults.pending()).toEqual([]);
  });
});
