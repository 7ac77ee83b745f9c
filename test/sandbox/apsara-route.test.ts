import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callApsara } from "./signed-calls.ts";
import type { Plan } from "./task-state.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12, 0, 30);
const region = { RegionId: "cn-qingdao-env17-d01", regionId: "cn-qingdao-env17-d01" };
const plan: Plan = { pendingMs: 60_000, runningMs: 100_000, ending: { kind: "succeeded" } };

let clock: ReturnType<typeof createTestClock>;
let clouds: SandboxClouds;
beforeEach(async () => {
  clock = createTestClock(startMs);
  clouds = await startSandboxClouds({ clock, rates: { apsaraRoutePerMinute: 5 } });
});
afterEach(() => clouds.stop());

function addTask(nativeId: string, more: object = {}) {
  return clouds.tasks.addTask({ cloud: "apsara-route", nativeId, action: "ImportImage", plan, ...more });
}

describe("POST /apsara/route/Ecs/DescribeTasks", () => {
  test("returns flat tasks beside RequestID, with the gateway's own status for waiting", async () => {
    const { imageId } = addTask("t-1");
    const { status, headers, json } = await callApsara(clouds, {});
    expect(status).toBe(200);
    expect(headers.get("x-ca-request-id")).toBe(json["RequestID"]);
    expect(headers.get("x-ca-error-code")).toBeNull();
    expect(json).toEqual({
      RequestID: expect.stringMatching(/^[0-9A-F-]{36}$/),
      RegionId: "cn-qingdao-env17-d01",
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
      TaskSet: {
        Task: [
          {
            TaskId: "t-1",
            TaskAction: "ImportImage",
            TaskStatus: "Pending",
            SupportCancel: true,
            ResourceId: imageId,
            CreationTime: "2026-11-21T12:00Z",
            FinishedTime: "",
          },
        ],
      },
    });
  });

  test("shows the failure reason in the row, since the route has no detail call", async () => {
    const ending = { kind: "failed", code: "OSSReadFailed", message: "No.", reportedAs: "Finished" };
    addTask("t-1", { plan: { pendingMs: 0, runningMs: 0, ending } });
    const { json } = await callApsara(clouds, {});
    expect(json["TaskSet"]?.["Task"]?.[0]).toMatchObject({
      TaskStatus: "Finished",
      FailedCount: 1,
      OperationProgressSet: { OperationProgress: [{ OperationStatus: "Failed", ErrorCode: "OSSReadFailed" }] },
    });
  });

  test("wraps the payload when another envelope is selected", async () => {
    addTask("t-1");
    clouds.apsaraRoute.setEnvelope("result-object");
    const asObject = await callApsara(clouds, {});
    expect(asObject.json).toMatchObject({ resultCode: "0", resultMsg: "success", result: { TotalCount: 1 } });
    clouds.apsaraRoute.setEnvelope("result-string");
    const asString = await callApsara(clouds, {});
    expect(JSON.parse(String(asString.json["result"]))).toMatchObject({ TotalCount: 1 });
  });

  test("filters by the five documented statuses and by id", async () => {
    addTask("t-1");
    addTask("t-2", { plan: { ...plan, pendingMs: 0 } });
    const total = async (more: Record<string, string>) =>
      (await callApsara(clouds, { form: { ...region, ...more } })).json["TotalCount"];
    expect(await total({ TaskStatus: "Pending" })).toBe(1);
    expect(await total({ TaskStatus: "Waiting" })).toBe(2);
    expect(await total({ TaskIds: "t-2,t-none" })).toBe(1);
  });

  test.each([
    ["the portal knows no such user", { userEmail: "nobody@example.com" }, "user does not exist"],
    ["the two regions differ", { form: { ...region, regionId: "cn-wulan-sta1-d01" } }, "system error"],
    ["the region is unknown", { form: { RegionId: "x", regionId: "x" } }, expect.stringMatching(/^InvalidRegionId/)],
    ["the page is too large", { form: { ...region, PageSize: "101" } }, expect.stringMatching(/^InvalidParameter/)],
  ])("fails with resultCode -1 when %s", async (_case, changed, resultMsg) => {
    const { status, json } = await callApsara(clouds, changed);
    expect(status).toBe(200);
    expect(json).toEqual({ resultCode: -1, resultMsg, result: null });
  });

  test.each([
    ["the key is unknown", { appKey: "nobody" }, 400, "A400IK", "Invalid AppKey"],
    ["the secret is wrong", { appSecret: "wrong" }, 400, "A400IS", /^Invalid Signature, Server StringToSign:`POST#/],
    ["the clock is 16 minutes late", { nowMs: startMs - 960_000 }, 403, "S403TE", "X-Ca-Timestamp is expired"],
    ["the user's e-mail is missing", { userEmail: null }, 400, "I400MH", "Header `UserEmail` is Required"],
    ["regionId is missing", { form: { RegionId: "x" } }, 400, "I400MP", "Parameter `regionId` is required"],
    ["RegionId is missing", { form: { regionId: "x" } }, 400, "I400MP", "Parameter `RegionId` is required"],
    ["the path is another", { path: "/apsara/route/Ecs/CopyImage" }, 404, "I404NF", "API not found"],
    ["the body is not a form", { contentType: "application/json" }, 400, "I400BD", "Invalid Body: not a form"],
  ])("is rejected by the gateway when %s", async (_case, changed, status, code, message) => {
    const reply = await callApsara(clouds, changed);
    expect([reply.status, reply.headers.get("x-ca-error-code"), reply.text]).toEqual([status, code, ""]);
    const shown = reply.headers.get("x-ca-error-message");
    if (typeof message === "string") expect(shown).toBe(message);
    else expect(shown).toMatch(message);
  });

  /** The headers that the page lists, in its spelling. It leaves the nonce out of those that are signed. */
  async function callAsPublished(changed: Readonly<Record<string, string>> = {}) {
    const { url, credential, userEmail } = clouds.apsaraRoute;
    const covered = {
      "X-Ca-Key": credential.appKey,
      "X-Ca-Request-Mode": "debug",
      "X-Ca-Stage": "RELEASE",
      "X-Ca-Timestamp": String(startMs),
    };
    const framed = {
      Accept: "application/json",
      "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
      "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
      Date: new Date(startMs).toUTCString(),
    };
    const lines = Object.entries(covered).map(([name, value]) => `${name}:${value}\n`);
    const params = "RegionId=cn-qingdao-env17-d01&TaskIds=t-1,t-2&regionId=cn-qingdao-env17-d01";
    const target = "/apsara/route/Ecs/DescribeTasks";
    const stringToSign = ["POST", ...Object.values(framed), `${lines.join("")}${target}?${params}`].join("\n");
    const response = await fetch(url + target, {
      method: "POST",
      body: "regionId=cn-qingdao-env17-d01&TaskIds=t-1%2Ct-2&RegionId=cn-qingdao-env17-d01",
      headers: {
        ...framed,
        ...covered,
        "X-Ca-Nonce": "n-1",
        "X-Ca-Version": "1",
        "X-Ca-Signature-Headers": "X-Ca-Key,X-Ca-Stage,X-Ca-Timestamp,X-Ca-Request-Mode",
        "X-Ca-Signature": createHmac("sha256", credential.appSecret).update(stringToSign).digest("base64"),
        UserEmail: userEmail,
        ...changed,
      },
    });
    return [response.status, response.headers.get("x-ca-error-code")];
  }

  test("accepts the published headers in their own spelling, and any others beside them", async () => {
    expect(await callAsPublished({ "X-Ca-Proxy-Signature": "1", "X-Forwarded-For": "10.0.0.1" })).toEqual([200, null]);
  });

  test.each([
    ["a signed header", { "X-Ca-Stage": "TEST" }],
    ["the type that is accepted", { Accept: "text/html" }],
    ["the date", { Date: new Date(startMs + 1_000).toUTCString() }],
    ["the digest of the body", { "Content-MD5": "" }],
    ["the list of signed headers", { "X-Ca-Signature-Headers": "X-Ca-Key,X-Ca-Stage,X-Ca-Timestamp" }],
  ])("rejects the published headers with a change to %s", async (_case, changed) => {
    expect(await callAsPublished(changed)).toEqual([400, "A400IS"]);
  });

  test("rejects a reused nonce", async () => {
    const first = await callApsara(clouds, { nonce: "n-1" });
    const second = await callApsara(clouds, { nonce: "n-1" });
    expect([first.status, second.status]).toEqual([200, 403]);
    expect(second.headers.get("x-ca-error-message")).toBe("Nonce Used");
  });

  test("answers with valid headers for any form value", async () => {
    const reply = await callApsara(clouds, { form: { ...region, note: "\r\n\u0001名" }, appSecret: "wrong" });
    expect(reply.status).toBe(400);
    expect(reply.headers.get("x-ca-error-code")).toBe("A400IS");
  });

  test("throttles until the next minute", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await callApsara(clouds, {})).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    clock.advance(30_000);
    expect((await callApsara(clouds, {})).status).toBe(200);
  });
});
