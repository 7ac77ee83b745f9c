import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createTencentEcm } from "../../../../lib/providers/tencent-ecm/client.ts";
import { errorReply, never, noTask, openCloud, taskReply, unreadableCounts } from "./cloud.ts";
import type { Received } from "./cloud.ts";
import { fixture } from "./fixture.ts";

/** The published steps of TC3 for a received request, with `AKIDtest` and `key`; shares no code with the product. */
function expectedAuthorization({ headers, body }: Received): string {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const canonical =
    `POST\n/\n\ncontent-type:application/json; charset=utf-8\nhost:${headers["host"]}\n` +
    `x-tc-action:${String(headers["x-tc-action"]).toLowerCase()}\n\ncontent-type;host;x-tc-action\n${sha256(body)}`;
  const text = `TC3-HMAC-SHA256\n1592294400\n2020-06-16/ecm/tc3_request\n${sha256(canonical)}`;
  const signature = hmac(hmac(hmac(hmac("TC3key", "2020-06-16"), "ecm"), "tc3_request"), text).toString("hex");
  return (
    "TC3-HMAC-SHA256 Credential=AKIDtest/2020-06-16/ecm/tc3_request, " +
    `SignedHeaders=content-type;host;x-tc-action, Signature=${signature}`
  );
}

describe("createTencentEcm()", () => {
  test("describes the API's capabilities", async () => {
    await using cloud = await openCloud(() => noTask);
    expect(cloud.provider.target).toEqual({ connection: "edge", provider: "tencent-ecm", region: "global" });
    expect(cloud.provider.capabilities).toEqual({
      batchSize: 20,
      listsWithoutIds: false,
      reportsProgress: false,
      cancels: false,
      filtersByTime: false,
    });
    expect(cloud.provider.cancel).toBeUndefined();
    expect(cloud.provider.nativeIdProblem("21")).toBeUndefined();
    expect(cloud.provider.nativeIdProblem("t-21")).toContain("from 1 to 18446744073709551615");
  });

  test("throws RangeError for an invalid time zone", () => {
    const deps = {
      call: () => Promise.reject(new Error("called")),
      credential: () => Promise.reject(new Error("asked")),
      clock: { now: () => 0, sleep: () => Promise.resolve() },
    };
    expect(() => createTencentEcm({ timeZone: "CST" }, deps)).toThrow(RangeError);
  });
});

test("createTencentEcm() defaults to the API's own host and five concurrent calls", async () => {
  const hosts: string[] = [];
  const deps = {
    call: async (call: Parameters<Parameters<typeof createTencentEcm>[1]["call"]>[0]) => {
      const request = await call.sign({ nowMs: 0, nonce: "n", freshCredential: false, call: {} });
      hosts.push(request.url.href);
      return await new Promise<never>((_, reject) => setTimeout(() => reject(new Error("no network here")), 20));
    },
    credential: () => Promise.resolve({ secretId: "AKIDtest", secretKey: "key" }),
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  };
  const provider = createTencentEcm({ timeZone: "+08:00" }, deps);
  await expect(provider.getMany(["1", "2", "3", "4", "5", "6", "7"], never)).rejects.toThrow("no network here");
  expect(hosts).toEqual(Array(5).fill("https://ecm.tencentcloudapi.com/"));
});

describe("the request", () => {
  test("get() signs the exact bytes and the host with its port, for the product ecm", async () => {
    await using cloud = await openCloud(() => taskReply("PENDING"));
    await cloud.provider.get("21", never);
    const [received] = cloud.received;
    expect(received?.path).toBe("/");
    expect(received?.body).toBe('{"Filters":[{"Name":"task-id","Values":["21"]}]}');
    expect(received?.headers).toMatchObject({
      host: cloud.url.host,
      "content-type": "application/json; charset=utf-8",
      "x-tc-action": "DescribeCustomImageTask",
      "x-tc-version": "2019-07-19",
      "x-tc-timestamp": "1592294400",
      "x-tc-language": "en-US",
    });
    expect(received?.headers["authorization"]).toBe(received && expectedAuthorization(received));
    expect(received?.headers).not.toHaveProperty("x-tc-region");
    expect(received?.headers).not.toHaveProperty("x-tc-token");
  });

  test("get() sends a security token when there is one", async () => {
    await using cloud = await openCloud(() => taskReply("PENDING"), { token: "sts-token" });
    await cloud.provider.get("21", never);
    expect(cloud.received[0]?.headers["x-tc-token"]).toBe("sts-token");
  });

  test("get() calls the API's only path when the endpoint has another", async () => {
    await using origin = await openCloud(() => taskReply("PENDING"));
    await using cloud = await openCloud(() => noTask, { endpoint: new URL("/proxy/?a=b", origin.url) });
    await cloud.provider.get("21", never);
    expect(origin.received[0]?.path).toBe("/");
  });

  test.each([
    ["21", "task-id=21"],
    ["img-c1p90f6q", "image-id=img-c1p90f6q"],
    ["image-name:a:b 镜像", "image-name=a:b 镜像"],
  ])("get() asks for %s by one filter with one value, %s", async (nativeId, filter) => {
    await using cloud = await openCloud(() => noTask);
    await cloud.provider.get(nativeId, never);
    expect(cloud.received.map((one) => one.filter)).toEqual([filter]);
  });

  test("get() retries with the server's time when the signature has expired", async () => {
    const date = "Tue, 16 Jun 2020 08:30:00 GMT";
    await using cloud = await openCloud(
      ({ headers }) =>
        headers["x-tc-timestamp"] === "1592296200"
          ? taskReply("PENDING")
          : { body: fixture("error-signature-expired.json"), headers: { date } },
      { maxTries: 3 },
    );
    expect((await cloud.provider.get("21", never))?.status).toBe("pending");
    expect(cloud.received.map(({ headers }) => headers["x-tc-timestamp"])).toEqual(["1592294400", "1592296200"]);
  });

  test("get() fetches a fresh credential when its token is rejected", async () => {
    let calls = 0;
    const refusedOnce = () => (calls++ === 0 ? { body: fixture("error-token-failure.json") } : taskReply("PENDING"));
    await using cloud = await openCloud(refusedOnce, { maxTries: 3 });
    expect((await cloud.provider.get("21", never))?.status).toBe("pending");
    expect(cloud.fresh).toEqual([false, true]);
  });

  test("get() retries when throttled or when the gateway fails", async () => {
    const replies = [{ body: fixture("error-throttled.json") }, { status: 502, body: fixture("gateway-502.html") }];
    await using cloud = await openCloud(() => replies.shift() ?? taskReply("SUCCESS"), { maxTries: 3 });
    expect((await cloud.provider.get("21", never))?.status).toBe("succeeded");
    expect(cloud.received).toHaveLength(3);
  });
});

describe("get()", () => {
  test("returns the published example as a task", async () => {
    await using cloud = await openCloud(() => ({ body: fixture("task-success-published.json") }));
    expect(await cloud.provider.get("21", never)).toMatchObject({
      id: "edge:global:21",
      status: "succeeded",
      createdAt: "2020-06-16T07:43:30.000Z",
      observedAt: "2020-06-16T08:00:00.000Z",
      requestId: "854aeb35-e3e0-451d-87ad-b0894b99cea4",
      resource: { type: "image", id: null, name: "ecmtest" },
    });
  });

  test("names the image by which a task was found", async () => {
    await using cloud = await openCloud(() => taskReply("PENDING"));
    expect((await cloud.provider.get("img-c1p90f6q", never))?.resource).toEqual({
      type: "image",
      id: "img-c1p90f6q",
      name: "ecmtest",
    });
  });

  test.each(["tasks-none-null.json", "tasks-none-empty.json", "error-resource-not-found.json"])(
    "returns undefined when the answer is %s",
    async (name) => {
      await using cloud = await openCloud(() => ({ body: fixture(name) }));
      expect(await cloud.provider.get("21", never)).toBeUndefined();
    },
  );

  test("picks the exact match among several names", async () => {
    await using cloud = await openCloud(() => ({ body: fixture("tasks-name-matched-in-part.json") }));
    expect(await cloud.provider.get("image-name:ecmtest", never)).toMatchObject({
      id: "edge:global:image-name:ecmtest",
      status: "running",
    });
    expect(await cloud.provider.get("image-name:ecm", never)).toBeUndefined();
  });

  test.each([
    ["tasks-two.json", "ambiguous: 2 tasks answer to task-id 21"],
    ["tasks-count-without-rows.json", "TotalCount is 1, and no task is shown"],
    ["task-unreadable.json", "the task's row cannot be read: State is missing or of another type"],
    ["images-published.json", "the answer holds no ImageTaskSet"],
  ])("throws malformed when the answer is %s", async (name, message) => {
    await using cloud = await openCloud(() => ({ body: fixture(name) }));
    await expect(cloud.provider.get("21", never)).rejects.toMatchObject({ kind: "malformed", message });
  });

  test.each([
    ['"ImageTaskSet":"none","TotalCount":0', "ImageTaskSet is no list"],
    ['"RequestId":"r-1"', "the answer holds no ImageTaskSet"],
    ['"TotalCount":1', "the answer holds no ImageTaskSet"],
    ['"TotalCount":"0"', "the answer holds no ImageTaskSet"],
    ['"ImageTaskSet":null,"TotalCount":2', "TotalCount is 2, and no task is shown"],
    ['"ImageTaskSet":[{"State":"SUCCESS"}],"TotalCount":2', "ambiguous: 1 of 2 tasks are shown"],
    ['"ImageTaskSet":[{"State":"SUCCESS"}],"TotalCount":"2"', "ambiguous: 1 of 2 tasks are shown"],
    ['"ImageTaskSet":[],"TotalCount":"1"', "TotalCount is 1, and no task is shown"],
    ...unreadableCounts.flatMap((count) =>
      ["[]", "null", '[{"State":"SUCCESS"}]'].map((rows) => [
        `"ImageTaskSet":${rows},"TotalCount":${count}`,
        "TotalCount is not a count",
      ]),
    ),
  ])("throws malformed when the answer contains %s", async (fields, message) => {
    await using cloud = await openCloud(() => ({ body: `{"Response":{${fields}}}` }));
    await expect(cloud.provider.get("21", never)).rejects.toMatchObject({ kind: "malformed", message });
  });

  test.each(['"TotalCount":0', '"ImageTaskSet":[]', '"ImageTaskSet":null', '"ImageTaskSet":[],"TotalCount":null'])(
    "returns undefined when the answer contains %s",
    async (fields) => {
      await using cloud = await openCloud(() => ({ body: `{"Response":{${fields}}}` }));
      expect(await cloud.provider.get("21", never)).toBeUndefined();
    },
  );

  test.each(["1", '"1"', "0", '""', "null"])(
    "takes the only row of a response with the TotalCount %s",
    async (count) => {
      const body = `{"Response":{"ImageTaskSet":[{"State":"SUCCESS"}],"TotalCount":${count}}}`;
      await using cloud = await openCloud(() => ({ body }));
      expect(await cloud.provider.get("21", never)).toMatchObject({ nativeId: "21", status: "succeeded" });
    },
  );

  test("reports an id with a contradictory count in a batch, and neither takes its row nor drops it", async () => {
    await using cloud = await openCloud(({ filter }) => {
      const TotalCount =
        new Map<string, unknown>([
          ["task-id=21", 2],
          ["task-id=22", -1],
        ]).get(filter) ?? 1;
      return { body: JSON.stringify({ Response: { ImageTaskSet: [{ State: "SUCCESS" }], TotalCount } }) };
    });
    const { sightings, unreadable } = await cloud.provider.getMany(["21", "22", "23"], never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(["23"]);
    expect(unreadable).toEqual([
      { nativeId: "21", reason: "ambiguous: 1 of 2 tasks are shown" },
      { nativeId: "22", reason: "TotalCount is not a count" },
    ]);
  });

  test.each(["", ',"ImageName":""', ',"ImageName":null', ',"ImageName":7'])(
    "does not report a task as missing because its row has the name %s",
    async (name) => {
      const body = `{"Response":{"ImageTaskSet":[{"State":"PENDING"${name}}],"TotalCount":1}}`;
      await using cloud = await openCloud(() => ({ body }));
      const { sightings, unreadable } = await cloud.provider.getMany(["image-name:ecmtest"], never);
      expect(sightings.length + unreadable.length).toBe(1);
    },
  );

  test("assumes the requested name for a row without a readable name", async () => {
    await using cloud = await openCloud(() => ({ body: '{"Response":{"ImageTaskSet":[{"State":"PENDING"}]}}' }));
    expect(await cloud.provider.get("image-name:ecmtest", never)).toMatchObject({
      status: "pending",
      resource: { type: "image", id: null, name: null },
    });
  });

  test("throws bad-request without a call for a malformed id", async () => {
    await using cloud = await openCloud(() => noTask);
    await expect(cloud.provider.get("t-21", never)).rejects.toMatchObject({
      kind: "bad-request",
      message: expect.stringContaining("the native id must be a task id"),
    });
    expect(cloud.received).toEqual([]);
  });

  test.each([
    [{ body: fixture("error-unauthorized.json") }, "unauthorized"],
    [{ body: fixture("error-internal.json") }, "unavailable"],
    [{ body: fixture("error-throttled.json") }, "throttled"],
    [{ body: fixture("error-invalid-value.json") }, "bad-request"],
    [{ body: fixture("gateway-502.html"), status: 502 }, "unavailable"],
    [{ body: fixture("gateway-502.html") }, "malformed"],
  ])("throws for %j the kind %s", async (reply, kind) => {
    await using cloud = await openCloud(() => reply);
    await expect(cloud.provider.get("21", never)).rejects.toMatchObject({ name: "ProviderError", kind });
  });
});

describe("getMany()", () => {
  test("requests each id once and omits those not found", async () => {
    await using cloud = await openCloud(({ filter }) => {
      if (filter === "task-id=2") return noTask;
      if (filter === "task-id=3") return { body: fixture("error-resource-not-found.json") };
      return taskReply("PROCESSING");
    });
    const rows = await cloud.provider.getMany(["1", "2", "3", "img-a", "1"], never);
    expect(rows.sightings.map(({ task, needsDetail }) => [task.nativeId, task.status, needsDetail])).toEqual([
      ["1", "running", false],
      ["img-a", "running", false],
    ]);
    expect(rows.unreadable).toEqual([]);
    expect(cloud.received.map(({ filter }) => filter).sort()).toEqual([
      "image-id=img-a",
      "task-id=1",
      "task-id=2",
      "task-id=3",
    ]);
  });

  test("reports what is unreadable about one id and omits no other", async () => {
    await using cloud = await openCloud(({ filter }) => {
      if (filter === "task-id=1") return { body: fixture("tasks-two.json") };
      if (filter === "task-id=2") return { body: fixture("task-unreadable.json") };
      if (filter === "task-id=3") return { body: fixture("error-invalid-value.json") };
      return taskReply("SUCCESS");
    });
    const rows = await cloud.provider.getMany(["1", "2", "3", "nonsense", "4"], never);
    expect(rows.sightings.map(({ task }) => task.nativeId)).toEqual(["4"]);
    expect(rows.unreadable).toEqual([
      { nativeId: "1", reason: "ambiguous: 2 tasks answer to task-id 1" },
      { nativeId: "2", reason: "the task's row cannot be read: State is missing or of another type" },
      {
        nativeId: "3",
        reason: "DescribeCustomImageTask was refused with InvalidParameterValue: The parameter value is incorrect.",
      },
      { nativeId: "nonsense", reason: expect.stringContaining("the native id must be a task id") },
    ]);
  });

  test.each(["InvalidParameter", "InvalidParameter.InvalidDataFormat", "InvalidParameterValue.Malformed"])(
    "treats %s as an error of that id only",
    async (code) => {
      await using cloud = await openCloud(() => errorReply(code));
      const { unreadable } = await cloud.provider.getMany(["1"], never);
      expect(unreadable).toEqual([{ nativeId: "1", reason: `DescribeCustomImageTask was refused with ${code}: no` }]);
    },
  );

  test("makes no more concurrent calls than allowed", async () => {
    let running = 0;
    let most = 0;
    const slowly = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return taskReply("PENDING");
    };
    await using cloud = await openCloud(slowly, { concurrency: 3 });
    const ids = ["1", "2", "3", "4", "5", "6", "7", "8"];
    const [first, second] = await Promise.all([
      cloud.provider.getMany(ids, never),
      cloud.provider.getMany(["9", "10"], never),
    ]);
    expect([first.sightings.length, second.sightings.length]).toEqual([8, 2]);
    expect(most).toBe(3);
  });

  test.each([
    ["RequestLimitExceeded", "throttled"],
    ["AuthFailure.SignatureFailure", "unauthorized"],
    ["InternalError", "unavailable"],
    ["NoSuchVersion", "bad-request"],
    ["InvalidParameterCombination", "bad-request"],
    ["Service.InvalidParameter", "bad-request"],
  ])("rejects on %s, aborts the pending calls, and makes no more", async (code, kind) => {
    await using cloud = await openCloud(({ filter }) => (filter === "task-id=2" ? errorReply(code) : undefined), {
      concurrency: 2,
    });
    await expect(cloud.provider.getMany(["1", "2", "3", "4"], never)).rejects.toMatchObject({ kind, code });
    await expect.poll(() => cloud.hungUp).toEqual(["task-id=1"]);
    expect(cloud.received.map(({ filter }) => filter).sort()).toEqual(["task-id=1", "task-id=2"]);
  });

  test("makes no call without ids", async () => {
    await using cloud = await openCloud(() => noTask);
    expect(await cloud.provider.getMany([], never)).toEqual({ sightings: [], unreadable: [] });
    expect(cloud.received).toEqual([]);
  });

  test("still finds tasks under ids that earlier versions recorded", async () => {
    await using cloud = await openCloud(({ filter }) => taskReply("PENDING", filter.replace(/.*=/, "")));
    const ids = ["021", "img-a", "image-name:edge"];
    const { sightings } = await cloud.provider.getMany(ids, never);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(ids);
    expect(cloud.received.map(({ filter }) => filter)).toEqual(["task-id=021", "image-id=img-a", "image-name=edge"]);
  });
});
