import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { callEcs, callEcsRpc1, listIn } from "./signed-calls.ts";
import type { Plan } from "./task-state.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12, 0, 30);
const region = { RegionId: "cn-hangzhou" };
const plan: Plan = { pendingMs: 60_000, runningMs: 100_000, ending: { kind: "succeeded" } };
const failure = { code: "OSSWriteFailed", message: "No." };

let clock: ReturnType<typeof createTestClock>;
let clouds: SandboxClouds;
beforeEach(async () => {
  clock = createTestClock(startMs);
  clouds = await startSandboxClouds({ clock, rates: { alibabaEcsPerMinute: 20 } });
});
afterEach(() => clouds.stop());

function addTask(nativeId: string, more: object = {}) {
  return clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId, action: "ImportImage", plan, ...more });
}

async function codeOf(call: ReturnType<typeof callEcs>) {
  const { status, json } = await call;
  return [status, json["Code"]];
}

async function listedIds(params: Record<string, string>): Promise<string[]> {
  const { json } = await callEcs(clouds, { action: "DescribeTasks", params: { ...region, ...params } });
  return listIn(json["TaskSet"]?.["Task"]).map((row) => String(row["TaskId"]));
}

describe("DescribeTasks", () => {
  test("DescribeTasks returns rows as documented, with times to the minute and no FinishedTime while running", async () => {
    const { imageId } = addTask("t-1");
    const { status, headers, json } = await callEcs(clouds, { action: "DescribeTasks", params: region });
    expect(status).toBe(200);
    expect(headers.get("x-acs-request-id")).toBe(json["RequestId"]);
    expect(headers.get("date")).toBe("Sat, 21 Nov 2026 12:00:30 GMT");
    expect(json).toEqual({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
      RegionId: "cn-hangzhou",
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
      TaskSet: {
        Task: [
          {
            TaskId: "t-1",
            TaskAction: "ImportImage",
            TaskStatus: "Waiting",
            SupportCancel: "true",
            CreationTime: "2026-11-21T12:00Z",
            ResourceId: imageId,
          },
        ],
      },
    });
    clock.advance(160_000);
    const ended = await callEcs(clouds, { action: "DescribeTasks", params: region });
    expect(ended.json["TaskSet"]?.["Task"]?.[0]).toMatchObject({
      TaskStatus: "Finished",
      FinishedTime: "2026-11-21T12:03Z",
      SupportCancel: "false",
    });
  });

  test("DescribeTasks defaults to pages of ten and allows up to a hundred", async () => {
    for (let n = 0; n < 120; n += 1) addTask(`t-${n}`, { createdAtMs: startMs - n * 1_000 });
    expect(await listedIds({})).toHaveLength(10);
    expect(await listedIds({ PageSize: "100" })).toHaveLength(100);
    expect(await listedIds({ PageSize: "100", PageNumber: "2" })).toEqual(
      Array.from({ length: 20 }, (_, index) => `t-${100 + index}`),
    );
    expect(await listedIds({ PageSize: "100", PageNumber: "3" })).toEqual([]);
  });

  test("DescribeTasks filters by id, region, action, resource, and creation time", async () => {
    const { imageId } = addTask("t-1");
    addTask("t-2", { action: "ExportImage", createdAtMs: startMs - 90_000 });
    addTask("t-3", { region: "cn-beijing" });
    expect(await listedIds({})).toEqual(["t-1", "t-2"]);
    expect(await listedIds({ TaskIds: "t-2,t-3,t-none,t-2" })).toEqual(["t-2"]);
    expect(await listedIds({ RegionId: "cn-beijing" })).toEqual(["t-3"]);
    expect(await listedIds({ TaskAction: "ExportImage" })).toEqual(["t-2"]);
    expect(await listedIds({ "ResourceIds.1": imageId, "ResourceIds.2": "m-none" })).toEqual(["t-1"]);
    expect(await listedIds({ StartTime: "2026-11-21T12:00:30Z" })).toEqual(["t-1"]);
    expect(await listedIds({ StartTime: "2026-11-21T12:00:31Z" })).toEqual([]);
    expect(await listedIds({ EndTime: "2026-11-21T12:00:00Z" })).toEqual(["t-2"]);
  });

  test("DescribeTasks filters by the three documented statuses and ignores every other status", async () => {
    addTask("t-waiting");
    addTask("t-running", { plan: { ...plan, pendingMs: 0 } });
    addTask("t-failed", { plan: { pendingMs: 0, runningMs: 0, ending: { kind: "failed", ...failure } } });
    addTask("t-done", { plan: { pendingMs: 0, runningMs: 0, ending: { kind: "succeeded" } } });
    expect(await listedIds({ TaskStatus: "Processing" })).toEqual(["t-running"]);
    expect(await listedIds({ TaskStatus: "Failed" })).toEqual(["t-failed"]);
    expect(await listedIds({ TaskStatus: "Finished" })).toEqual(["t-done"]);
    expect(await listedIds({ TaskStatus: "Waiting" })).toHaveLength(4);
  });

  test.each([
    ["the region is missing", { RegionId: "" }, 400, "MissingParameter"],
    ["the region is unknown", { RegionId: "cn-nowhere" }, 400, "InvalidRegionId.NotFound"],
    ["the page is too large", { PageSize: "101" }, 400, "InvalidParameter"],
    ["the page number is zero", { PageNumber: "0" }, 400, "InvalidParameter"],
    ["the time has milliseconds", { StartTime: "2026-11-21T12:00:30.000Z" }, 400, "InvalidParameter"],
    ["there are 101 ids", { TaskIds: "t,".repeat(100) }, 400, "InvalidParameter"],
  ])("DescribeTasks rejects the call when %s", async (_case, params, status, code) => {
    const call = callEcs(clouds, { action: "DescribeTasks", params: { ...region, ...params } });
    expect(await codeOf(call)).toEqual([status, code]);
  });
});

describe("DescribeTaskAttribute", () => {
  async function attribute(nativeId: string) {
    const { json } = await callEcs(clouds, {
      action: "DescribeTaskAttribute",
      params: { ...region, TaskId: nativeId },
    });
    return json;
  }

  test("DescribeTaskAttribute advances progress with the clock and shows sub-operations once started", async () => {
    addTask("t-1", { action: "ExportImage" });
    expect(await attribute("t-1")).toMatchObject({
      TaskProcess: "0%",
      OperationProgressSet: { OperationProgress: [] },
    });
    clock.advance(85_000);
    expect(await attribute("t-1")).toMatchObject({
      TaskStatus: "Processing",
      TaskProcess: "25%",
      TotalCount: 1,
      SuccessCount: 0,
      FailedCount: 0,
      OperationProgressSet: { OperationProgress: [{ OperationStatus: "Processing", ErrorCode: "" }] },
    });
  });

  test("DescribeTaskAttribute shows Finished with a failed count when a task failed partly", async () => {
    const ending = { kind: "partly-failed", succeeded: 1, failed: 1, ...failure };
    addTask("t-1", { plan: { pendingMs: 0, runningMs: 0, ending } });
    expect(await attribute("t-1")).toMatchObject({
      TaskStatus: "Finished",
      TotalCount: 2,
      SuccessCount: 1,
      FailedCount: 1,
      OperationProgressSet: {
        OperationProgress: [
          { OperationStatus: "Success", ErrorCode: "", ErrorMsg: "" },
          { OperationStatus: "Failed", ErrorCode: "OSSWriteFailed", ErrorMsg: "No." },
        ],
      },
    });
  });

  test("DescribeTaskAttribute shows an error code on a successful sub-operation when the plan requests it", async () => {
    const strayError = { code: "ParameterInvalid", message: "The specified RegionId parameter is invalid." };
    addTask("t-1", { plan: { pendingMs: 0, runningMs: 0, ending: { kind: "succeeded", strayError } } });
    expect((await attribute("t-1"))["OperationProgressSet"]?.["OperationProgress"]?.[0]).toMatchObject({
      OperationStatus: "Success",
      ErrorCode: "ParameterInvalid",
    });
  });

  test("DescribeTaskAttribute rejects a missing or unknown id and an id of another region", async () => {
    addTask("t-beijing", { region: "cn-beijing" });
    const call = (params: Record<string, string>) =>
      codeOf(callEcs(clouds, { action: "DescribeTaskAttribute", params: { ...region, ...params } }));
    expect(await call({})).toEqual([400, "MissingParameter"]);
    expect(await call({ TaskId: "t-none" })).toEqual([400, "InvalidTaskId.NotFound"]);
    expect(await call({ TaskId: "t-beijing" })).toEqual([400, "InvalidTaskId.NotFound"]);
  });
});

describe("CancelTask", () => {
  function cancel(nativeId: string) {
    return codeOf(callEcs(clouds, { action: "CancelTask", params: { ...region, TaskId: nativeId } }));
  }

  test("CancelTask cancels once and rejects a second call or a call after the end", async () => {
    addTask("t-1", { plan: { ...plan, cancelTakesMs: 10_000 } });
    expect(await cancel("t-1")).toEqual([200, undefined]);
    expect(await cancel("t-1")).toEqual([403, "InvalidTaskId.IncorrectTaskStatus"]);
    clock.advance(10_000);
    expect(clouds.tasks.find("alibaba-ecs", "t-1")?.state.phase).toBe("canceled");
    expect(await cancel("t-1")).toEqual([403, "InvalidTaskId.IncorrectTaskStatus"]);
  });

  test("CancelTask rejects a task that is unknown, of another kind, or not cancelable", async () => {
    addTask("t-disk", { action: "ModifyDiskSpec" });
    addTask("t-stubborn", { plan: { ...plan, cancelable: false } });
    expect(await cancel("t-none")).toEqual([400, "InvalidTaskId.NotFound"]);
    expect(await cancel("t-disk")).toEqual([403, "InvalidTaskId.TaskActionNotSupport"]);
    expect(await cancel("t-stubborn")).toEqual([403, "CancelTaskFailed"]);
  });
});

describe("the ECS gateway", () => {
  const call = { action: "DescribeTasks", params: region };

  test.each([
    ["the secret is wrong", { accessKeySecret: "wrong" }, 400, "SignatureDoesNotMatch"],
    ["the key is unknown", { accessKeyId: "LTAInobody" }, 404, "InvalidAccessKeyId.NotFound"],
    ["the clock is 16 minutes late", { nowMs: startMs - 960_000 }, 400, "InvalidTimeStamp.Expired"],
    ["the clock is 16 minutes early", { nowMs: startMs + 960_000 }, 400, "InvalidTimeStamp.Expired"],
    ["the action is unknown", { action: "DescribeInstances" }, 403, "InvalidAction"],
    [
      "a token comes with a key that has none",
      { securityToken: "x" },
      400,
      "InvalidSecurityToken.MismatchWithAccessKey",
    ],
    ["the signature is absent", { headersAfter: { authorization: "" } }, 400, "IncompleteSignature"],
    ["a header is not signed", { headersAfter: { "x-acs-regionid": "cn-beijing" } }, 400, "IncompleteSignature"],
    ["the version is another", { headersAfter: { "x-acs-version": "2016-01-01" } }, 400, "InvalidVersion"],
  ])("rejects a call when %s", async (_case, changed, status, code) => {
    expect(await codeOf(callEcs(clouds, { ...call, ...changed }))).toEqual([status, code]);
  });

  test("accepts a clock that is 14 minutes slow", async () => {
    expect(await codeOf(callEcs(clouds, { ...call, nowMs: startMs - 840_000 }))).toEqual([200, undefined]);
  });

  test("rejects a reused nonce until its request would be too old anyway", async () => {
    expect(await codeOf(callEcs(clouds, { ...call, nonce: "n-1" }))).toEqual([200, undefined]);
    expect(await codeOf(callEcs(clouds, { ...call, nonce: "n-1" }))).toEqual([400, "SignatureNonceUsed"]);
    clock.advance(14 * 60_000);
    expect(await codeOf(callEcs(clouds, { ...call, nonce: "n-1" }))).toEqual([400, "SignatureNonceUsed"]);
  });

  test("does not consume a nonce on a request with an invalid signature", async () => {
    await callEcs(clouds, { ...call, nonce: "n-1", accessKeySecret: "wrong" });
    expect(await codeOf(callEcs(clouds, { ...call, nonce: "n-1" }))).toEqual([200, undefined]);
  });

  test("throttles with status 400 until the next minute, per API and region", async () => {
    for (let n = 0; n < 20; n += 1) expect(await codeOf(callEcs(clouds, call))).toEqual([200, undefined]);
    expect(await codeOf(callEcs(clouds, call))).toEqual([400, "Throttling.User"]);
    const elsewhere = callEcs(clouds, { ...call, params: { RegionId: "cn-beijing" } });
    expect(await codeOf(elsewhere)).toEqual([200, undefined]);
    clock.advance(29_999);
    expect(await codeOf(callEcs(clouds, call))).toEqual([400, "Throttling.User"]);
    clock.advance(1);
    expect(await codeOf(callEcs(clouds, call))).toEqual([200, undefined]);
  });

  test("distinguishes an expired token from a wrong one after the credential was replaced", async () => {
    const first = { accessKeyId: "STS.one", accessKeySecret: "secret-one", securityToken: "token-one" };
    const second = { accessKeyId: "STS.two", accessKeySecret: "secret-two", securityToken: "token-two" };
    clouds.alibabaEcs.rotateCredential(first);
    expect(await codeOf(callEcs(clouds, { ...call, ...first }))).toEqual([200, undefined]);
    clouds.alibabaEcs.rotateCredential(second);
    expect(await codeOf(callEcs(clouds, { ...call, ...first }))).toEqual([400, "InvalidSecurityToken.Expired"]);
    const mixed = { ...second, securityToken: "token-one" };
    expect(await codeOf(callEcs(clouds, { ...call, ...mixed }))).toEqual([
      400,
      "InvalidSecurityToken.MismatchWithAccessKey",
    ]);
    const { securityToken: _left, ...without } = second;
    expect(await codeOf(callEcs(clouds, { ...call, ...without }))).toEqual([400, "MissingSecurityToken"]);
    expect(await codeOf(callEcs(clouds, { ...call, ...second }))).toEqual([200, undefined]);
    expect(await codeOf(callEcs(clouds, call))).toEqual([404, "InvalidAccessKeyId.NotFound"]);
  });

  test("answers in XML unless JSON is requested", async () => {
    addTask("t-1");
    const xml = await callEcsRpc1(clouds, { action: "DescribeTasks", params: region });
    expect(xml.headers.get("content-type")).toBe("text/xml;charset=utf-8");
    expect(xml.text).toContain("<TaskSet><Task><TaskId>t-1</TaskId>");
    const refused = await callEcsRpc1(clouds, { action: "DescribeTasks", params: region, secret: "wrong" });
    expect(refused.text).toContain("<Error><RequestId>");
    const json = await callEcsRpc1(clouds, { action: "DescribeTasks", params: { ...region, Format: "JSON" } });
    expect(json.json["TotalCount"]).toBe(1);
  });

  test("reads the action of the older signature where it is signed, whatever the headers say", async () => {
    addTask("t-1");
    const params = { ...region, TaskId: "t-1", Format: "JSON" };
    const headers = { "x-acs-action": "CancelTask", "x-acs-version": "2016-01-01" };
    const reply = await callEcsRpc1(clouds, { action: "DescribeTaskAttribute", params, headers });
    expect([reply.status, reply.json["TaskId"]]).toEqual([200, "t-1"]);
    expect(clouds.tasks.find("alibaba-ecs", "t-1")?.task.cancelRequestedAtMs).toBeNull();
  });

  test("rejects a parameter that was added to the older signature under a signed name", async () => {
    const params = { ...region, Format: "JSON" };
    const added = { action: "DescribeTasks", params, queryBefore: "RegionId=cn-beijing&" };
    expect(await codeOf(callEcsRpc1(clouds, added))).toEqual([400, "SignatureDoesNotMatch"]);
  });

  test("does not read parameters from the body", async () => {
    expect(await codeOf(callEcs(clouds, { action: "DescribeTasks", form: region }))).toEqual([400, "MissingParameter"]);
    expect(await codeOf(callEcs(clouds, { ...call, form: { a: "b" } }))).toEqual([200, undefined]);
  });

  test("records requests and answers without credentials", async () => {
    await callEcsRpc1(clouds, { action: "DescribeTasks", params: { ...region, Format: "JSON" } });
    expect(clouds.alibabaEcs.requests).toEqual([
      {
        atMs: startMs,
        cloud: "alibaba-ecs",
        api: "DescribeTasks",
        method: "GET",
        params: expect.objectContaining({ RegionId: "cn-hangzhou", Action: "DescribeTasks" }),
        status: 200,
        code: null,
        requestId: expect.any(String),
        fault: null,
        note: null,
      },
    ]);
    const recorded = JSON.stringify(clouds.alibabaEcs.requests);
    expect(recorded).not.toContain(clouds.alibabaEcs.credential.accessKeyId);
    expect(recorded).not.toContain('"Signature"');
  });
});
