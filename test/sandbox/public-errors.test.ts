import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callApsara, callEcm, callEcs, listIn } from "./signed-calls.ts";
import { createTestClock } from "./test-clock.ts";

/** Errors that clients of these clouds have met in public, armed from outside as another process would. */

const startMs = Date.UTC(2026, 10, 21, 12);
const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;

let clock: ReturnType<typeof createTestClock>;
let clouds: SandboxClouds;
beforeEach(async () => {
  clock = createTestClock(startMs);
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

async function control(path: string, body: object): Promise<number> {
  const response = await fetch(clouds.controlUrl + path, { method: "POST", body: JSON.stringify(body) });
  return response.status;
}

const calls = {
  "alibaba-ecs": () => callEcs(clouds, { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" } }),
  "apsara-route": () => callApsara(clouds, {}),
  "tencent-ecm": () => callEcm(clouds, { action: "DescribeImage" }),
};
const all = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;

describe.each(["alibaba-ecs", "apsara-route"] as const)("errors of the ECS API behind %s", (cloud) => {
  test.each([
    ["SystemBusy", {}, 400],
    ["ServiceBusy", {}, 400],
    ["RequestTimeout", {}, 400],
    ["FlowControlError", {}, 400],
    ["TooManyRequests", {}, 400],
    ["throttling.user", {}, 400],
    ["ServiceUnavailable", {}, 503],
    ["ServiceUnavailable", { status: 400 }, 400],
    ["InternalError", {}, 500],
    ["InternalError", { status: 400 }, 400],
    ["InvalidAccessKeyId.NotFound", {}, 404],
    ["InvalidAccessKeyId.Inactive", { status: 403 }, 403],
    ["SignatureDoesNotMatch", {}, 400],
    ["SignatureDoesNotMatch", { status: 403 }, 403],
    ["IncompleteSignature", {}, 400],
    ["InvalidSecurityToken.Expired", {}, 400],
    ["InvalidTimeStamp.Expired", {}, 400],
    ["InvalidOperation.NotSupportedEndpoint", { status: 404 }, 404],
  ])("%s with %j arrives once, with status %i", async (code, changed, status) => {
    expect(await control("/faults", { cloud, kind: "error", api: "DescribeTasks", code, ...changed })).toBe(201);
    const refused = await calls[cloud]();
    expect([refused.status, refused.json["Code"]]).toEqual([status, code]);
    expect(refused.json).toMatchObject({ RequestId: expect.any(String), Message: expect.any(String) });
    const well = await calls[cloud]();
    expect([well.status, well.json["TotalCount"]]).toEqual([200, 0]);
  });
});

describe.each(all)("any error of %s", (cloud) => {
  test("an expired time arrives with the cloud's Date, another Date, or none", async () => {
    const code = cloud === "tencent-ecm" ? "AuthFailure.SignatureExpire" : "InvalidTimeStamp.Expired";
    const dateOf = async (headers: object) => {
      await control("/faults", { cloud, kind: "error", code, ...headers });
      return (await calls[cloud]()).headers.get("date");
    };
    expect(await dateOf({})).toBe("Sat, 21 Nov 2026 12:00:00 GMT");
    const later = "Sat, 21 Nov 2026 13:00:00 GMT";
    expect(await dateOf({ headers: { Date: later } })).toBe(later);
    expect(await dateOf({ headers: { Date: null } })).toBeNull();
  });

  test("a proxy's page arrives with status 200", async () => {
    await control("/faults", { cloud, kind: "html", status: 200 });
    const { status, headers, text } = await calls[cloud]();
    expect([status, headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(text).toContain("<html>");
  });

  test("a proxy's request for credentials arrives with status 407", async () => {
    const headers = { "proxy-authenticate": 'Basic realm="office"', "content-type": "text/plain" };
    await control("/faults", { cloud, kind: "answer", status: 407, headers, body: "Log in." });
    expect(await getAnswer(urlOf(cloud))).toEqual({
      status: 407,
      challenge: 'Basic realm="office"',
      body: "Log in.",
    });
  });

  test("the next three calls get the same error, and the fourth an answer", async () => {
    await control("/faults", { cloud, kind: "error", code: "InternalError", status: 500, times: 3 });
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await calls[cloud]()).status);
    expect(statuses).toEqual([500, 500, 500, 200]);
  });

  test("an error needs a code, and its headers must be valid", async () => {
    expect(await control("/faults", { cloud, kind: "error" })).toBe(400);
    expect(await control("/faults", { cloud, kind: "answer", headers: { "x-a": "1\r\nx-b: 2" } })).toBe(400);
    expect((await calls[cloud]()).status).toBe(200);
  });
});

describe("errors of the gateways", () => {
  test.each([
    ["AuthFailure.SecretIdNotFound"],
    ["AuthFailure.SignatureFailure"],
    ["AuthFailure.SignatureExpire"],
    ["RequestLimitExceeded"],
    ["RequestLimitExceeded.UinLimitExceeded"],
    ["RequestLimitExceeded.GlobalRegionUinLimitExceeded"],
    ["RequestLimitExceeded.IPLimitExceeded"],
  ])("ECM's %s arrives with status 200", async (code) => {
    await control("/faults", { cloud: "tencent-ecm", kind: "error", api: "DescribeImage", code, message: "No." });
    const { status, json } = await calls["tencent-ecm"]();
    expect([status, json["Response"]]).toEqual([
      200,
      { Error: { Code: code, Message: "No." }, RequestId: expect.any(String) },
    ]);
  });

  test("the route gateway's own code arrives in its headers", async () => {
    await control("/faults", { cloud: "apsara-route", kind: "error", code: "D504BE", status: 504, message: "Late" });
    const { status, headers, text } = await calls["apsara-route"]();
    expect([status, headers.get("x-ca-error-code"), headers.get("x-ca-error-message"), text]).toEqual([
      504,
      "D504BE",
      "Late",
      "",
    ]);
  });
});

describe("answers that do not add up", () => {
  test("overcount announces two tasks and returns one", async () => {
    for (const cloud of all) {
      clouds.tasks.addTask({ cloud, nativeId: "21", action: "ImportImage", plan });
      await control("/faults", { cloud, kind: "overcount", times: 2 });
    }
    const ecs = (await calls["alibaba-ecs"]()).json;
    expect([ecs["TotalCount"], listIn(ecs["TaskSet"]?.["Task"]).length]).toEqual([2, 1]);
    const ecm = (await calls["tencent-ecm"]()).json["Response"];
    expect([ecm?.["TotalCount"], listIn(ecm?.["ImageSet"]).length]).toEqual([2, 1]);
    const apsara = (await calls["apsara-route"]()).json;
    expect([apsara["TotalCount"], listIn(apsara["TaskSet"]?.["Task"]).length]).toEqual([2, 1]);
    clouds.apsaraRoute.setEnvelope("result-string");
    const inner: unknown = JSON.parse(String((await calls["apsara-route"]()).json["result"]));
    expect(inner).toMatchObject({ TotalCount: 2, TaskSet: { Task: [{ TaskId: "21" }] } });
  });

  test.each(all)("a task of %s stays hidden for its first seconds", async (cloud) => {
    const hidden = { cloud, nativeId: "21", action: "ImportImage", plan: { ...plan, hiddenMs: 5_000 } };
    expect(await control("/tasks", hidden)).toBe(201);
    const total = async () => {
      const { json } = await calls[cloud]();
      return (json["Response"] ?? json)["TotalCount"];
    };
    clock.advance(4_999);
    expect(await total()).toBe(0);
    expect(clouds.tasks.find(cloud, "21")).toBeUndefined();
    clock.advance(1);
    expect(await total()).toBe(1);
    expect(clouds.tasks.find(cloud, "21")?.state.phase).toBe("running");
  });
});

describe("a key that is replaced while the cloud runs", () => {
  test("alibaba-ecs accepts the new key only", async () => {
    const next = { accessKeyId: "LTAInext", accessKeySecret: "next-secret" };
    expect(await control("/credentials", { cloud: "alibaba-ecs", ...next })).toBe(204);
    expect((await calls["alibaba-ecs"]()).json["Code"]).toBe("InvalidAccessKeyId.NotFound");
    const call = { action: "DescribeTasks", params: { RegionId: "cn-hangzhou" }, ...next };
    expect((await callEcs(clouds, call)).status).toBe(200);
  });

  test("apsara-route accepts the new key only", async () => {
    const next = { appKey: "next", appSecret: "next-secret" };
    expect(await control("/credentials", { cloud: "apsara-route", ...next })).toBe(204);
    expect((await calls["apsara-route"]()).headers.get("x-ca-error-code")).toBe("A400IK");
    expect((await callApsara(clouds, next)).status).toBe(200);
  });

  test("tencent-ecm accepts the new key and its token only", async () => {
    const next = { secretId: "AKIDnext", secretKey: "next-secret", token: "next-token" };
    expect(await control("/credentials", { cloud: "tencent-ecm", ...next })).toBe(204);
    const codeOf = async (call: object) =>
      (await callEcm(clouds, { action: "DescribeImage", ...call })).json["Response"]?.["Error"]?.["Code"];
    expect(await codeOf({})).toBe("AuthFailure.SecretIdNotFound");
    expect(await codeOf({ ...next, token: "other" })).toBe("AuthFailure.TokenFailure");
    expect(await codeOf(next)).toBeUndefined();
  });

  test("the control endpoint rejects a credential of another cloud and never returns one", async () => {
    const body = JSON.stringify({ cloud: "tencent-ecm", accessKeyId: "LTAInext", accessKeySecret: "next-secret" });
    const response = await fetch(`${clouds.controlUrl}/credentials`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("next-secret");
  });
});

function urlOf(cloud: (typeof all)[number]): string {
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  return { "alibaba-ecs": alibabaEcs.url, "apsara-route": apsaraRoute.url, "tencent-ecm": tencentEcm.url }[cloud];
}

/** `fetch` turns a 407 into a network error before anyone can look at it. */
function getAnswer(url: string): Promise<{ status: number | undefined; challenge: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, async (response) => {
      const chunks: string[] = [];
      for await (const chunk of response) chunks.push(String(chunk));
      const challenge = response.headers["proxy-authenticate"];
      resolve({ status: response.statusCode, challenge, body: chunks.join("") });
    });
    sent.on("error", reject);
    sent.end();
  });
}
