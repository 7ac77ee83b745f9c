import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callEcm, type Json, listIn } from "./signed-calls.ts";
import type { Plan } from "./task-state.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 23, 30, 15);
const plan: Plan = { pendingMs: 60_000, runningMs: 100_000, ending: { kind: "succeeded" } };
const brokenPlan: Plan = { ...plan, ending: { kind: "failed", code: "BadFormat", message: "The file is damaged." } };

let clock: ReturnType<typeof createTestClock>;
let clouds: SandboxClouds;
beforeEach(async () => {
  clock = createTestClock(startMs);
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

function addTask(nativeId: string, more: object = {}) {
  const imageName = `golden-${nativeId}`;
  return clouds.tasks.addTask({ cloud: "tencent-ecm", nativeId, imageName, action: "ImportImage", plan, ...more });
}

function filter(name: string, ...values: string[]) {
  return { Filters: [{ Name: name, Values: values }] };
}

async function ask(params: unknown, action = "DescribeCustomImageTask"): Promise<Json> {
  const { status, json } = await callEcm(clouds, { action, params });
  expect(status).toBe(200);
  return json["Response"] ?? {};
}

async function codeOf(call: ReturnType<typeof callEcm>) {
  const { status, json } = await call;
  return [status, json["Response"]?.["Error"]?.["Code"]];
}

describe("DescribeCustomImageTask", () => {
  test("DescribeCustomImageTask follows the clock, with rows that have no id and times without a zone", async () => {
    addTask("21");
    const row = async () => (await ask(filter("task-id", "21")))["ImageTaskSet"]?.[0];
    const fixed = { ImageName: "golden-21", CreateTime: "2026-11-22 07:30:15" };
    expect(await row()).toEqual({ State: "PENDING", Message: null, ...fixed });
    clock.advance(60_000);
    expect(await row()).toEqual({ State: "PROCESSING", Message: null, ...fixed });
    clock.advance(100_000);
    expect(await row()).toEqual({ State: "SUCCESS", Message: "success", ...fixed });
  });

  test("DescribeCustomImageTask returns the failure reason as the message", async () => {
    addTask("21", { plan: brokenPlan });
    clock.advance(160_000);
    expect((await ask(filter("task-id", "21")))["ImageTaskSet"]).toMatchObject([
      { State: "FAILED", Message: "The file is damaged." },
    ]);
  });

  test("DescribeCustomImageTask filters by image id, by part of the name, and by combined filters", async () => {
    const { imageId } = addTask("21");
    addTask("210");
    const total = async (params: unknown) => (await ask(params))["TotalCount"];
    expect(await total(filter("image-id", imageId))).toBe(1);
    expect(await total(filter("image-name", "golden-21"))).toBe(2);
    expect(await total(filter("task-id", "21", "210", "7"))).toBe(2);
    const both = [...filter("task-id", "21").Filters, ...filter("image-name", "golden-210").Filters];
    expect(await total({ Filters: both })).toBe(0);
  });

  test("DescribeCustomImageTask answers an unknown task with null or an error, as configured", async () => {
    expect(await ask(filter("task-id", "7"))).toMatchObject({ ImageTaskSet: null, TotalCount: 0 });
    clouds.tencentEcm.setNotFoundAs("error");
    expect(await ask(filter("task-id", "7"))).toMatchObject({ Error: { Code: "ResourceNotFound" } });
  });

  test.each([
    ["Filters are missing", {}, "MissingParameter"],
    ["Filters are empty", { Filters: [] }, "InvalidParameterValue"],
    ["a filter has no value", filter("image-name"), "InvalidParameterValue"],
    ["the only value is empty", filter("image-name", ""), "InvalidParameterValue"],
    ["a parameter is unknown", { ...filter("task-id", "1"), Limit: 1 }, "UnknownParameter"],
    ["a filter is unknown", filter("state", "FAILED"), "InvalidParameterValue.InvalidFilter"],
    ["a value is a number", { Filters: [{ Name: "task-id", Values: [21] }] }, "InvalidParameter"],
    ["Filters are no list", { Filters: "task-id" }, "InvalidParameter"],
    ["there are six values", filter("task-id", ..."123456"), "InvalidParameterValue.FilterLimitExceeded"],
  ])("DescribeCustomImageTask rejects the call when %s", async (_case, params, code) => {
    expect(await codeOf(callEcm(clouds, { action: "DescribeCustomImageTask", params }))).toEqual([200, code]);
  });
});

describe("DescribeImage", () => {
  test("DescribeImage names the task of an image while it imports or after it failed, but not once usable", async () => {
    const { imageId } = addTask("21");
    addTask("22", { plan: brokenPlan, createdAtMs: startMs - 1_000 });
    const images = async () => (await ask({}, "DescribeImage"))["ImageSet"];
    expect(await images()).toMatchObject([
      { ImageId: imageId, TaskId: "21", ImageState: "IMPORTING", ImageSource: "EXTERNAL_IMPORT" },
      { TaskId: "22", ImageState: "IMPORTING" },
    ]);
    clock.advance(160_000);
    expect(await images()).toMatchObject([
      { ImageId: imageId, TaskId: "", ImageState: "NORMAL", ImageCreateTime: "2026-11-22 07:30:15" },
      { TaskId: "22", ImageState: "IMPORT_FAILED" },
    ]);
    expect(await ask(filter("task-id", "21"))).toMatchObject({ ImageTaskSet: [{ State: "SUCCESS" }] });
  });

  test("DescribeImage filters by image id and by part of one name", async () => {
    const { imageId } = addTask("21");
    addTask("210");
    const found = async (...asked: Parameters<typeof filter>) => {
      const { ImageSet } = await ask(filter(...asked), "DescribeImage");
      return listIn(ImageSet)
        .map(({ TaskId }) => TaskId)
        .toSorted();
    };
    expect(await found("image-id", imageId)).toEqual(["21"]);
    expect(await found("image-name", "golden-21")).toEqual(["21", "210"]);
    const two = { action: "DescribeImage", params: filter("image-name", "golden-21", "golden-210") };
    expect(await codeOf(callEcm(clouds, two))).toEqual([200, "InvalidParameterValue.FilterLimitExceeded"]);
  });

  test("DescribeImage defaults to pages of twenty and allows up to a hundred", async () => {
    for (let n = 1; n <= 130; n += 1) addTask(String(n));
    const page = async (params: object) => listIn((await ask(params, "DescribeImage"))["ImageSet"]).length;
    expect(await page({})).toBe(20);
    expect(await page({ Limit: 100 })).toBe(100);
    expect(await page({ Limit: 100, Offset: 100 })).toBe(30);
    expect((await ask({ Offset: 500 }, "DescribeImage"))["TotalCount"]).toBe(130);
    expect(await ask({ Limit: 101 }, "DescribeImage")).toMatchObject({ Error: { Code: "InvalidParameterValue" } });
    expect(await ask({ Limit: "20" }, "DescribeImage")).toMatchObject({ Error: { Code: "InvalidParameterValue" } });
  });
});

describe("the ECM gateway", () => {
  const call = { action: "DescribeImage", params: {} };

  test.each([
    ["the key is wrong", { secretKey: "wrong" }, "AuthFailure.SignatureFailure"],
    ["the id is unknown", { secretId: "AKIDnobody" }, "AuthFailure.SecretIdNotFound"],
    ["the service is another", { service: "cvm" }, "AuthFailure.SignatureFailure"],
    ["the clock is 6 minutes late", { nowMs: startMs - 360_000 }, "AuthFailure.SignatureExpire"],
    ["the clock is 6 minutes early", { nowMs: startMs + 360_000 }, "AuthFailure.SignatureExpire"],
    ["a token comes with a key that has none", { token: "x" }, "AuthFailure.TokenFailure"],
    ["the action is unknown", { action: "ExportImage" }, "InvalidAction"],
    ["the body is not JSON", { body: "{" }, "InvalidParameter"],
    ["the signature is absent", { headersAfter: { authorization: "" } }, "AuthFailure.InvalidAuthorization"],
    ["the version is another", { headersAfter: { "x-tc-version": "2017-03-12" } }, "NoSuchVersion"],
    ["the region is empty", { headersAfter: { "x-tc-region": "" } }, "UnsupportedRegion"],
    ["the type is not JSON", { headersAfter: { "content-type": "text/plain" } }, "UnsupportedProtocol"],
  ])("rejects a call with status 200 when %s", async (_case, changed, code) => {
    expect(await codeOf(callEcm(clouds, { ...call, ...changed }))).toEqual([200, code]);
  });

  test("rejects a GET with TC3 and the type of JSON, and a POST of a form with TC3", async () => {
    const { url } = clouds.tencentEcm;
    const signature = "0".repeat(64);
    const authorization = `TC3-HMAC-SHA256 Credential=AKIDx/2026-11-21/ecm/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`;
    const headers = { authorization, "x-tc-action": "DescribeImage", "x-tc-version": "2019-07-19" };
    const codeWith = async (method: string, type: string) => {
      const response = await fetch(url, { method, headers: { ...headers, "content-type": type } });
      const body = (await response.json()) as Json;
      return body["Response"]?.["Error"]?.["Code"];
    };
    const form = "application/x-www-form-urlencoded";
    expect(await codeWith("GET", "application/json")).toBe("UnsupportedProtocol");
    expect(await codeWith("POST", form)).toBe("UnsupportedProtocol");
    expect(await codeWith("GET", form)).toBe("AuthFailure.SecretIdNotFound");
    expect(await codeWith("POST", "application/json; charset=utf-8")).toBe("AuthFailure.SecretIdNotFound");
  });

  test("accepts a clock that is 4 minutes slow, even across midnight UTC", async () => {
    clock.advance(31 * 60_000);
    expect(await codeOf(callEcm(clouds, { ...call, nowMs: clock.now() - 240_000 }))).toEqual([200, undefined]);
  });

  test("records whether the host was signed as sent", async () => {
    expect(await codeOf(callEcm(clouds, call))).toEqual([200, undefined]);
    expect(await codeOf(callEcm(clouds, { ...call, signPort: true }))).toEqual([200, undefined]);
    expect(clouds.tencentEcm.requests.map(({ note }) => note)).toEqual(["signed as sdk-loopback", "signed as exact"]);
  });

  test("rejects the 21st call in a second, per API, and accepts calls in the next second", async () => {
    const calls = Array.from({ length: 20 }, () => codeOf(callEcm(clouds, call)));
    expect(new Set((await Promise.all(calls)).map(([, code]) => code))).toEqual(new Set([undefined]));
    expect(await codeOf(callEcm(clouds, call))).toEqual([200, "RequestLimitExceeded"]);
    const other = callEcm(clouds, { action: "DescribeCustomImageTask", params: filter("task-id", "1") });
    expect(await codeOf(other)).toEqual([200, undefined]);
    clock.advance(1_000);
    expect(await codeOf(callEcm(clouds, call))).toEqual([200, undefined]);
  });

  test("rejects a replaced token", async () => {
    const first = { secretId: "AKIDone", secretKey: "key-one", token: "token-one" };
    clouds.tencentEcm.rotateCredential(first);
    expect(await codeOf(callEcm(clouds, { ...call, ...first }))).toEqual([200, undefined]);
    clouds.tencentEcm.rotateCredential({ secretId: "AKIDtwo", secretKey: "key-two", token: "token-two" });
    expect(await codeOf(callEcm(clouds, { ...call, ...first }))).toEqual([200, "AuthFailure.TokenFailure"]);
  });
});
