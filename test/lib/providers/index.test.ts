import { describe, expect, test } from "vitest";
import { parseConnections } from "../../../lib/config/connections.ts";
import { createProviders, descriptorOf } from "../../../lib/providers/index.ts";
import { providerNames } from "../../../lib/providers/names.ts";
import type { Caller, WireRequest } from "../../../lib/transport/call.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const connections = parseConnections(
  JSON.stringify({
    connections: [
      {
        name: "aliyun",
        provider: "alibaba-ecs",
        regions: ["cn-hangzhou", "cn-beijing"],
        credential: { accessKeyId: "env:A_ID", accessKeySecret: "env:A_SECRET", securityToken: "env:A_TOKEN" },
      },
      {
        name: "stack",
        provider: "apsara-route",
        regions: ["cn-qingdao-env17-d01"],
        endpoint: "http://127.0.0.1:4022",
        userEmail: "ops@example.com",
        credential: { appKey: "env:S_KEY", appSecret: "env:S_SECRET" },
      },
      {
        name: "edge",
        provider: "tencent-ecm",
        endpoint: "http://127.0.0.1:4023",
        credential: { secretId: "env:E_ID", secretKey: "env:E_KEY", token: "env:E_TOKEN" },
      },
    ],
  }),
  { allowedHosts: [], allowLoopback: true },
);

/** Signs the first attempt of every call and refuses to send it. */
function setUp() {
  const callers: string[] = [];
  const resolved: string[] = [];
  const requests: WireRequest[] = [];
  const providers = createProviders(connections, {
    clock: createManualClock(0),
    secrets: {
      async resolve(reference, { fresh }) {
        resolved.push(`${reference} ${fresh}`);
        return `value-of-${reference.slice("env:".length)}`;
      },
    },
    callerFor({ name }) {
      callers.push(name);
      const signOnly: Caller = async (call) => {
        requests.push(await call.sign({ nowMs: 0, nonce: "n", freshCredential: true, call: {} }));
        throw new Error("not sent");
      };
      return Object.assign(signOnly, { clockSkewMs: () => (name === "aliyun" ? 5000 : null) });
    },
  });
  return { callers, providers, requests, resolved };
}

async function firstRequest(connection: string, nativeId: string) {
  const { providers, requests, resolved } = setUp();
  const provider = providers.find(({ target }) => target.connection === connection);
  await provider?.get(nativeId, new AbortController().signal).catch(() => undefined);
  return { request: requests[0], resolved: resolved.toSorted() };
}

describe("createProviders()", () => {
  test("gives each provider the clock skew of its connection", () => {
    const { providers } = setUp();
    expect(providers.map((provider) => provider.clockSkewMs())).toEqual([5000, 5000, null, null]);
  });

  test("creates one provider per target and one caller per connection", () => {
    const { callers, providers } = setUp();
    expect(providers.map(({ target }) => target)).toEqual([
      { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" },
      { connection: "aliyun", provider: "alibaba-ecs", region: "cn-beijing" },
      { connection: "stack", provider: "apsara-route", region: "cn-qingdao-env17-d01" },
      { connection: "edge", provider: "tencent-ecm", region: "global" },
    ]);
    expect(callers).toEqual(["aliyun", "stack", "edge"]);
  });

  test("keeps the former name of a renamed connection in its ids, and tells the present one", () => {
    const unused = () => Promise.reject(new Error("no call is made"));
    const deps = {
      clock: createManualClock(0),
      secrets: { resolve: unused },
      callerFor: () => Object.assign(unused, { clockSkewMs: () => null }),
    };
    const [aliyun, , edge] = connections.map((connection) => ({ ...connection, formerName: `old-${connection.name}` }));
    const renamed = createProviders([aliyun!, edge!], deps);
    expect(renamed.map(({ target, renamedTo }) => [target.connection, renamedTo])).toEqual([
      ["old-aliyun", "aliyun"],
      ["old-aliyun", "aliyun"],
      ["old-edge", "edge"],
    ]);
    expect(createProviders(connections, deps).filter((provider) => "renamedTo" in provider)).toEqual([]);
  });

  test("signs for Alibaba ECS with the resolved key and token, at the region's own host", async () => {
    const { request, resolved } = await firstRequest("aliyun", "t-bp1abc");
    expect(request?.url.host).toBe("ecs.cn-hangzhou.aliyuncs.com");
    expect(request?.headers).toMatchObject({
      "x-acs-security-token": "value-of-A_TOKEN",
      authorization: expect.stringMatching(/^ACS3-HMAC-SHA256 Credential=value-of-A_ID,/),
    });
    expect(resolved).toEqual(["env:A_ID true", "env:A_SECRET true", "env:A_TOKEN true"]);
  });

  test("signs for the route gateway with the resolved key, at its endpoint", async () => {
    const { request, resolved } = await firstRequest("stack", "t-bp1abc");
    expect(request?.url.href).toBe("http://127.0.0.1:4022/apsara/route/Ecs/DescribeTasks");
    expect(JSON.stringify(request?.headers)).toContain("value-of-S_KEY");
    expect(JSON.stringify(request)).toContain("ops");
    expect(resolved).toEqual(["env:S_KEY true", "env:S_SECRET true"]);
  });

  test("signs for Tencent ECM with the resolved key and token, at the endpoint override", async () => {
    const { request, resolved } = await firstRequest("edge", "21");
    expect(request?.url.origin).toBe("http://127.0.0.1:4023");
    expect(
      Object.fromEntries(Object.entries(request?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    ).toMatchObject({
      "x-tc-token": "value-of-E_TOKEN",
      authorization: expect.stringMatching(/^TC3-HMAC-SHA256 Credential=value-of-E_ID\//),
    });
    expect(resolved).toEqual(["env:E_ID true", "env:E_KEY true", "env:E_TOKEN true"]);
  });

  test("puts no secret into any request", async () => {
    for (const [connection, nativeId] of [
      ["aliyun", "t-bp1abc"],
      ["stack", "t-bp1abc"],
      ["edge", "21"],
    ] as const) {
      const { request } = await firstRequest(connection, nativeId);
      expect(JSON.stringify([request, request?.url.href])).not.toMatch(/value-of-(A_SECRET|S_SECRET|E_KEY)/);
    }
  });
});

test("providerNames lists every provider", () => {
  const [...used] = new Set(connections.map(({ provider }) => provider));
  expect(providerNames).toEqual(used);
});

test("descriptorOf() throws when a connection was checked against other descriptors", () => {
  expect(() => descriptorOf({ provider: "nimbus" })).toThrow(new RangeError("there is no provider nimbus"));
});
