import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import { alibabaRpcSdk, alibabaSdk, tencentSdk } from "./official-sdks.ts";

/** The vendors' packages do not know about the sandbox, so their agreement shows that it follows the protocols. */

const { default: Client, $OpenApiUtil, OpenApiUtil } = alibabaSdk;
const importPlan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;
const token = "CAIS/abc+def==";
const tencentCredential = { secretId: "AKIDtest", secretKey: "testkey", token: "tok/abc+def==" };
const stsCredential = { accessKeyId: "STS.testid", accessKeySecret: "testsecret", securityToken: token };

let clouds: SandboxClouds;
beforeAll(async () => {
  // The packages read the machine's time themselves.
  clouds = await startSandboxClouds({
    clock: { now: () => Date.now() },
    credentials: { alibabaEcs: stsCredential, tencentEcm: tencentCredential },
    rates: { tencentEcmPerSecond: 1_000 },
  });
});
afterAll(() => clouds.stop());
beforeEach(() => {
  for (const { task } of clouds.tasks.all()) clouds.tasks.remove(task.cloud, task.nativeId);
});

interface AlibabaCallConfig {
  readonly method?: "GET" | "POST";
  readonly signatureAlgorithm?: "v2";
  readonly accessKeySecret?: string;
  readonly reqBodyType?: "formData" | "json" | "byte";
  readonly body?: unknown;
}

function callAlibaba(action: string, query: Record<string, unknown>, config: AlibabaCallConfig = {}) {
  const { method = "POST", reqBodyType = "formData", body, ...changed } = config;
  const endpoint = new URL(clouds.alibabaEcs.url).host;
  const client = new Client(new $OpenApiUtil.Config({ ...stsCredential, endpoint, protocol: "http", ...changed }));
  const params = new $OpenApiUtil.Params({
    action,
    version: "2014-05-26",
    protocol: "HTTP",
    pathname: "/",
    method,
    authType: "AK",
    style: "RPC",
    reqBodyType,
    bodyType: "json",
  });
  return client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query: OpenApiUtil.query(query), body }), {});
}

describe("@alicloud/openapi-core", () => {
  test.each([
    ["POST and the V3 signature", {}],
    ["GET and the V3 signature", { method: "GET" }],
    ["a form and the V3 signature", { body: { Note: "(a) b*'!~+未" } }],
    ["a JSON body and the V3 signature", { body: { Note: "未命名" }, reqBodyType: "json" }],
    ["POST and the older signature", { signatureAlgorithm: "v2" }],
    ["GET and the older signature", { signatureAlgorithm: "v2", method: "GET" }],
    ["a form and the older signature", { signatureAlgorithm: "v2", body: { Note: "(a) b*'!~+未" } }],
  ] as const)("lists and gets tasks from the sandbox with %s", async (_case, config) => {
    const task = clouds.tasks.addTask({ cloud: "alibaba-ecs", action: "ExportImage", plan: importPlan });
    const list = await callAlibaba(
      "DescribeTasks",
      { RegionId: "cn-hangzhou", TaskIds: `t-none,${task.nativeId}`, ResourceIds: [task.imageId, "m-(a) b*'!~"] },
      config,
    );
    expect(list.body).toMatchObject({
      TotalCount: 1,
      PageSize: 10,
      TaskSet: { Task: [{ TaskId: task.nativeId, TaskStatus: "Processing", ResourceId: task.imageId }] },
    });
    expect(list.headers["x-acs-request-id"]).toBe(list.body["RequestId"]);
    const detail = await callAlibaba(
      "DescribeTaskAttribute",
      { RegionId: "cn-hangzhou", TaskId: task.nativeId },
      config,
    );
    expect(detail.body).toMatchObject({ TaskId: task.nativeId, TaskProcess: "0%", TotalCount: 1, FailedCount: 0 });
  });

  test("cancels a task of the sandbox", async () => {
    const { nativeId } = clouds.tasks.addTask({ cloud: "alibaba-ecs", action: "ExportImage", plan: importPlan });
    await callAlibaba("CancelTask", { RegionId: "cn-hangzhou", TaskId: nativeId });
    expect(clouds.tasks.find("alibaba-ecs", nativeId)?.state.phase).toBe("canceled");
  });

  test("is rejected with a wrong secret", async () => {
    const call = (config: object) => callAlibaba("DescribeTasks", { RegionId: "cn-hangzhou" }, config);
    const refusal = { name: "ClientError", code: "SignatureDoesNotMatch", statusCode: 400 };
    await expect(call({ accessKeySecret: "wrong" })).rejects.toMatchObject(refusal);
    await expect(call({ accessKeySecret: "wrong", signatureAlgorithm: "v2" })).rejects.toMatchObject(refusal);
  });

  test("recognizes the sandbox's throttling error", async () => {
    clouds.faults.add({ cloud: "alibaba-ecs", kind: "throttle" });
    const call = callAlibaba("DescribeTasks", { RegionId: "cn-hangzhou" });
    await expect(call).rejects.toMatchObject({ name: "ThrottlingError", code: "Throttling.User" });
  });
});

describe("@alicloud/pop-core", () => {
  function request(method: "GET" | "POST", secret = stsCredential.accessKeySecret) {
    const { url: endpoint } = clouds.alibabaEcs;
    const client = new alibabaRpcSdk.RPCClient({
      ...stsCredential,
      accessKeySecret: secret,
      endpoint,
      apiVersion: "2014-05-26",
    });
    const params = { RegionId: "cn-hangzhou", TaskIds: "t-1,t-none", Note: "(a) b*'!~+未" };
    return client.request("DescribeTasks", params, { method });
  }

  test.each(["GET", "POST"] as const)("lists tasks from the sandbox with %s", async (method) => {
    clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId: "t-1", action: "ExportImage", plan: importPlan });
    expect(await request(method)).toMatchObject({ TotalCount: 1, TaskSet: { Task: [{ TaskId: "t-1" }] } });
  });

  test.each(["GET", "POST"] as const)("is rejected with a wrong secret and %s", async (method) => {
    await expect(request(method, "wrong")).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

describe("tencentcloud-sdk-nodejs-common", () => {
  interface Profile {
    readonly signMethod?: "TC3-HMAC-SHA256" | "HmacSHA256" | "HmacSHA1";
    readonly reqMethod?: "GET" | "POST";
    readonly language?: "zh-CN" | "en-US";
  }

  function client(profile: Profile = {}, credential: object = tencentCredential) {
    const { reqMethod = "POST", ...rest } = profile;
    return new tencentSdk.CommonClient(new URL(clouds.tencentEcm.url).host, "2019-07-19", {
      credential,
      ...(profile.language === undefined ? {} : { region: "ap-guangzhou" }),
      profile: { ...rest, httpProfile: { protocol: "http://", reqMethod } },
    });
  }

  const profiles: readonly Profile[] = (["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"] as const).flatMap((signMethod) =>
    (["POST", "GET"] as const).flatMap((reqMethod) => [
      { signMethod, reqMethod },
      { signMethod, reqMethod, language: "en-US" as const },
    ]),
  );

  test.each(profiles)("lists and gets tasks from the sandbox with %j", async (profile) => {
    const { nativeId, imageName } = clouds.tasks.addTask({
      cloud: "tencent-ecm",
      action: "ImportImage",
      imageName: "ecm (a)+b*'!~ 未命名",
      plan: importPlan,
    });
    const named = [{ Name: "image-name", Values: [imageName] }];
    expect(await client(profile).request("DescribeImage", { Limit: 100, Offset: 0, Filters: named })).toMatchObject({
      TotalCount: 1,
      ImageSet: [{ TaskId: nativeId, ImageName: imageName, ImageState: "IMPORTING", ImageSource: "EXTERNAL_IMPORT" }],
    });
    const filters = [{ Name: "task-id", Values: ["0", nativeId] }];
    expect(await client(profile).request("DescribeCustomImageTask", { Filters: filters })).toMatchObject({
      TotalCount: 1,
      ImageTaskSet: [{ State: "PROCESSING", Message: null, ImageName: imageName }],
    });
  });

  test.each(profiles)("is rejected with a wrong secret or token and %j", async (profile) => {
    const call = (credential: object) => client(profile, credential).request("DescribeImage", {});
    const { token: _left, ...withoutToken } = tencentCredential;
    await expect(call({ ...tencentCredential, secretKey: "wrong" })).rejects.toMatchObject({
      code: "AuthFailure.SignatureFailure",
    });
    await expect(call(withoutToken)).rejects.toMatchObject({ code: "AuthFailure.TokenFailure" });
  });

  test("is rejected with a wrong secret", async () => {
    const call = client({}, { ...tencentCredential, secretKey: "wrong" }).request("DescribeImage", {});
    await expect(call).rejects.toMatchObject({ code: "AuthFailure.SignatureFailure" });
  });

  test("recognizes the sandbox's error codes", async () => {
    const call = client().request("DescribeCustomImageTask", { Filters: [], Offset: 0 });
    await expect(call).rejects.toMatchObject({ code: "UnknownParameter", message: expect.stringContaining("Offset") });
  });
});
