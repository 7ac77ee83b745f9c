import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigurationError, parseConnections } from "../../../lib/config/connections.ts";
import { descriptorOf } from "../../../lib/providers/index.ts";

const rule = { allowedHosts: [], allowLoopback: false, hasVariable: () => true };
const aliyun = {
  name: "aliyun",
  provider: "alibaba-ecs",
  regions: ["cn-hangzhou"],
  credential: { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: "ssm:/prod/aliyun/secret" },
};
const stack = {
  name: "stack",
  provider: "apsara-route",
  regions: ["cn-qingdao-env17-d01"],
  endpoint: "https://server.asapi.cn-qd.apigateway.res.openbill.com",
  userEmail: "ops@example.com",
  credential: { appKey: "secretsmanager:prod/stack#appKey", appSecret: "secretsmanager:prod/stack#appSecret" },
};
const edge = {
  name: "edge",
  provider: "tencent-ecm",
  timeZone: "+08:00",
  credential: { secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" },
};

function parse(...connections: readonly unknown[]) {
  return parseConnections(JSON.stringify({ connections }), rule);
}

function problemsOf(text: string, changes: Partial<Parameters<typeof parseConnections>[1]> = {}): readonly string[] {
  try {
    parseConnections(text, { ...rule, ...changes });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function problemsWith(...connections: readonly unknown[]): readonly string[] {
  return problemsOf(JSON.stringify({ connections }));
}

describe("parseConnections()", () => {
  test("reads a connection of every provider", () => {
    expect(parse(aliyun, stack, edge)).toEqual([aliyun, stack, edge]);
  });

  test("keeps the endpoint's path for the cloud that signs it", () => {
    const behindProxy = { ...stack, endpoint: `${stack.endpoint}/portal/` };
    expect(parse(behindProxy)).toEqual([behindProxy]);
  });

  test.each(["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "API_TOKEN", "https_proxy", "LAMBDA_TASK_ROOT", "_HANDLER"])(
    "never sends the function's own variable %s to a cloud",
    (variable) => {
      const credential = { secretId: `env:${variable}`, secretKey: "env:EDGE_KEY" };
      expect(problemsWith({ ...edge, credential })).toEqual([
        "connections[0].credential.secretId must not name a variable of the function itself, such as " +
          "AWS_SECRET_ACCESS_KEY or API_TOKEN",
      ]);
    },
  );

  test.each([
    [aliyun, "https://ecs.aliyuncs.com"],
    [aliyun, "https://ecs-cn-hangzhou.aliyuncs.com"],
    [aliyun, "https://ecs.cn-beijing.aliyuncs.com"],
    [aliyun, "https://ecs-vpc.cn-hangzhou.aliyuncs.com"],
    [edge, "https://ecm.tencentcloudapi.com"],
    [edge, "https://ecm.ap-guangzhou.tencentcloudapi.com"],
  ])("accepts for %j the cloud's own host %s", (connection, endpoint) => {
    expect(parse({ ...connection, endpoint })).toEqual([{ ...connection, endpoint }]);
  });

  test.each(["secretsmanager:prod/env:AWS_KEY", "secretsmanager:pair", "env:PATH_TO_KEY", "env:A_9", "ssm:/a.b/c-d"])(
    "accepts the reference %s",
    (secretKey) => {
      const connections = [{ ...edge, credential: { secretId: "env:EDGE_ID", secretKey } }];
      expect(problemsWith(...connections)).toEqual([]);
    },
  );

  test.each(["xenv:A", "env:A b", "env:9", "ssm:a", "secretsmanager:", "secretsmanager:a#", "my ssm:/a"])(
    "rejects the reference %s",
    (secretKey) => {
      const problem = "must be a reference, one of env:NAME, ssm:/path, secretsmanager:name or secretsmanager:name#key";
      expect(problemsWith({ ...edge, credential: { secretId: "env:EDGE_ID", secretKey } })).toEqual([
        `connections[0].credential.secretKey ${problem}`,
      ]);
    },
  );

  test("accepts every member at the edge of what it may hold", () => {
    const most = {
      ...stack,
      name: "a".repeat(32),
      regions: ["b".repeat(63)],
      userEmail: `${"o".repeat(242)}@example.com`,
      stage: "PRE",
      version: "2016-01-01",
      rate: { perSecond: 100, burst: 1000 },
    };
    const least = {
      ...stack,
      name: "0",
      regions: ["0"],
      userEmail: "o@e",
      stage: "TEST",
      rate: { perSecond: 0.01, burst: 1 },
    };
    expect(parse(most, least)).toEqual([most, least]);
  });

  test.each(["-14:00", "+10:30", "+00:00"])("accepts the time zone %s", (timeZone) => {
    expect(parse({ ...edge, timeZone })).toEqual([{ ...edge, timeZone }]);
  });

  test("reads the example file of the project", () => {
    const example = readFileSync(new URL("../../../docs/connections.example.json", import.meta.url), "utf8");
    expect(problemsOf(example)).toEqual([]);
  });

  test.each([
    ["{", ["the connections file is not JSON at line 1, column 2: it ends too early"]],
    [
      '{"connections":{},"connections":[]}',
      ["connections is given more than once", "connections must hold at least one connection"],
    ],
    ["[]", ['the file must be of type object, as in { "connections": [...] }']],
    ["{}", ["connections is missing; its type is array"]],
    ['{"connections":{}}', ["connections must be of type array"]],
    ['{"connections":[]}', ["connections must hold at least one connection"]],
    [
      '{"connections":[3],"version":1}',
      ["the file has unknown fields: version", "connections[0] must be of type object"],
    ],
    ['{"connections":[3]}', ["connections[0] must be of type object"]],
  ])("rejects the file %s", (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test.each([
    [{ ...aliyun, name: "Aliyun" }, "name must be 1 to 32 of a-z, 0-9 and -, not starting with -"],
    [{ ...aliyun, name: "ali_yun" }, "name must be 1 to 32 of a-z, 0-9 and -, not starting with -"],
    [{ ...aliyun, name: "a".repeat(33) }, "name must be 1 to 32 of a-z, 0-9 and -, not starting with -"],
    [{ ...aliyun, name: undefined }, "name is missing; its type is string"],
    [{ ...aliyun, provider: "aws" }, "provider must be one of alibaba-ecs, apsara-route, tencent-ecm"],
    [{ ...aliyun, regions: [] }, "regions must name at least one region"],
    [{ ...aliyun, regions: ["a", "b", "a"] }, "regions names a region more than once"],
    [{ ...aliyun, regions: ["cn:hangzhou"] }, "regions[0] must be 1 to 63 of a-z, 0-9 and -"],
    [{ ...aliyun, region: "cn-hangzhou" }, "has unknown fields: region"],
    [{ ...aliyun, endpoint: "http://ecs.aliyuncs.com" }, "endpoint must begin with https://"],
    [
      { ...aliyun, endpoint: "https://ecs.aliyuncs.com/ecs/" },
      "endpoint must have no path: this cloud is signed for a host and the path /, so a proxy to it needs a host of its own",
    ],
    [
      { ...edge, endpoint: "https://ecm.tencentcloudapi.com/ecm" },
      "endpoint must have no path: this cloud is signed for a host and the path /, so a proxy to it needs a host of its own",
    ],
    [{ ...aliyun, rate: { perSecond: 0 } }, "rate.perSecond must be more than 0"],
    [{ ...aliyun, rate: { perSecond: 101 } }, "rate.perSecond must be at most 100"],
    [{ ...aliyun, rate: { perSecond: 5, burst: 0 } }, "rate.burst must be at least 1"],
    [{ ...aliyun, rate: { perSecond: 5, burst: 1001 } }, "rate.burst must be at most 1000"],
    [{ ...aliyun, rate: { perSecond: 5, burst: 1.5 } }, "rate.burst must be of type int"],
    [{ ...aliyun, ca: "ca.pem" }, "ca must be a PEM certificate"],
    [{ ...stack, endpoint: undefined }, "endpoint is missing; its type is string"],
    [{ ...stack, userEmail: "ops" }, "userEmail must be an e-mail address"],
    [{ ...stack, userEmail: "a@b@c" }, "userEmail must be an e-mail address"],
    [{ ...stack, userEmail: `${"o".repeat(254)}@example.com` }, "userEmail must have at most 254 characters"],
    ...["jos\u00e9@example.com", "ops\u200b@example.com", "ops@ex\u0000ample.com", "\u8fd0\u7ef4@example.com"].map(
      (userEmail): [object, string] => [
        { ...stack, userEmail },
        "userEmail must have only visible ASCII characters, because it is sent as a header",
      ],
    ),
    [{ ...stack, stage: "PROD" }, "stage must be one of RELEASE, PRE, TEST"],
    [{ ...stack, finishedWithoutDetail: "failed" }, "finishedWithoutDetail must be one of succeeded"],
    [{ ...aliyun, finishedWithoutDetail: "succeeded" }, "has unknown fields: finishedWithoutDetail"],
    ...["1", "12016-01-01", "2016-01-011", "2016-1-01"].map((version): [object, string] => [
      { ...stack, version },
      "version must be a date such as 2016-01-01",
    ]),
    ...["Asia/Shanghai", "x+08:00", "+08:000", "+15:00", "+08:60"].map((timeZone): [object, string] => [
      { ...edge, timeZone },
      "timeZone must be an offset such as +08:00",
    ]),
    [{ ...edge, regions: ["ap-guangzhou"] }, "has unknown fields: regions"],
    [{ ...edge, credential: { secretId: "env:A" } }, "credential.secretKey is missing; its type is string"],
  ])("rejects %j", (connection, problem) => {
    const place = problem.startsWith("has ") ? "connections[0] " : "connections[0].";
    expect(problemsWith(connection)).toEqual([`${place}${problem}`]);
  });

  test("reports every problem of every connection at once", () => {
    const problems = problemsOf(
      JSON.stringify({
        connections: [
          { ...aliyun, regions: [], endpoint: "https://evil.example", extra: 1 },
          { ...aliyun, name: "aliyun", credential: { accessKeyId: "env:NOT_SET", accessKeySecret: "plain" } },
          { ...edge, provider: "aws", endpoint: "ftp://x" },
        ],
      }),
      { hasVariable: (name) => name !== "NOT_SET" },
    );
    expect(problems.map((problem) => problem.replace(/ \(.*\)/, ""))).toEqual([
      "connections[0].regions must name at least one region",
      "connections[0] has unknown fields: extra",
      "connections[0].endpoint names a host outside the allow-list; add it to ALLOWED_ENDPOINT_HOSTS",
      "connections[1].credential.accessKeySecret must be a reference, one of env:NAME, ssm:/path, secretsmanager:name or secretsmanager:name#key",
      "connections[1].credential.accessKeyId refers to NOT_SET, which is not set",
      "connections[2].provider must be one of alibaba-ecs, apsara-route, tencent-ecm",
      "connections[2].endpoint must begin with https://",
      'the connection name "aliyun" is used more than once',
    ]);
  });

  test("reports what is wrong with the connections beside an unknown field of the file", () => {
    const wrong = [{ ...aliyun, name: "A", provider: "aws" }, { ...edge, timeZone: "Asia/Shanghai" }, edge, edge];
    expect(problemsOf(JSON.stringify({ version: 1, connections: wrong }))).toEqual([
      "the file has unknown fields: version",
      "connections[0].name must be 1 to 32 of a-z, 0-9 and -, not starting with -",
      "connections[0].provider must be one of alibaba-ecs, apsara-route, tencent-ecm",
      "connections[1].timeZone must be an offset such as +08:00",
      'the connection name "edge" is used more than once',
    ]);
  });

  test("reads a former name, and rejects one that is in use", () => {
    const renamed = { ...aliyun, name: "prod", formerName: "aliyun" };
    expect(parse(renamed, edge)).toEqual([renamed, edge]);
    const taken = ['the connection name "aliyun" is used more than once'];
    expect(problemsWith(renamed, aliyun)).toEqual(taken);
    expect(problemsWith(renamed, { ...edge, formerName: "aliyun" })).toEqual(taken);
    expect(problemsWith({ ...aliyun, formerName: "aliyun" })).toEqual(taken);
    expect(problemsWith({ ...aliyun, formerName: "No" })).toEqual([
      "connections[0].formerName must be 1 to 32 of a-z, 0-9 and -, not starting with -",
    ]);
  });

  test.each([
    "hV9kQ2wZ7rT4yU1iO8pA3sD6fG",
    "env:hV9kQ2wZ7rT4yU1iO8pA3sD6fG",
    "env:HV9KQ2WZ7RT4YU1IO8PA3SD6FG",
    "hV9k/Q2wZ+7rT4=",
    "env:hV9k/Q2wZ+7rT4=",
  ])("never shows a secret written in place of its reference: %s", (secret) => {
    const connection = { ...aliyun, credential: { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: secret } };
    const problems = problemsOf(JSON.stringify({ connections: [connection] }), {
      hasVariable: (name) => name === "ALIYUN_KEY_ID",
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("connections[0].credential.accessKeySecret");
    expect(problems.join().toLowerCase()).not.toContain(secret.replace("env:", "").toLowerCase());
  });

  test.each(["hV9kQ2wZ7rT4yU1iO8pA3sD6fG", "LTAI5tFakeFakeFake", "hV9k/Q2wZ+7rT4=", "two words"])(
    "never shows a secret written in place of a name: %s",
    (secret) => {
      const credential = { ...aliyun.credential, [secret]: "env:A_KEY" };
      const twice = JSON.stringify({ connections: [{ ...aliyun, credential, [secret]: 1 }], [secret]: 1 });
      const problems = problemsOf(twice.replace('"env:A_KEY"', `"env:A_KEY",${JSON.stringify(secret)}:1`));
      expect(problems).toEqual([
        "connections[0].credential.(a name that is not shown) is given more than once",
        "the file has unknown fields: (a name that is not shown)",
        "connections[0].credential has unknown fields: (a name that is not shown)",
        "connections[0] has unknown fields: (a name that is not shown)",
      ]);
    },
  );

  test("rejects the host of another cloud, to which this one's requests would go signed", () => {
    expect(problemsWith({ ...aliyun, endpoint: "https://x.apigateway.res.openbill.com" })).toEqual([
      expect.stringContaining("connections[0].endpoint names a host outside the allow-list (ecs.aliyuncs.com, "),
    ]);
    expect(problemsWith({ ...edge, endpoint: "https://ecs.aliyuncs.com" })).toHaveLength(1);
    const endpoint = "https://ecm.tencentcloudapi.com";
    expect(parse({ ...edge, endpoint })).toEqual([{ ...edge, endpoint }]);
  });

  test("rejects a member that its object already has, by its path", () => {
    const [edgeText, aliyunText] = [JSON.stringify(edge), JSON.stringify(aliyun)];
    const twiceNamed = edgeText.replace('"name"', '"name":"first","name"');
    const twiceKeyed = aliyunText.replace('"accessKeySecret"', '"accessKeySecret":"env:OTHER","access\\u004beySecret"');
    expect(problemsOf(`{"connections":[${twiceNamed},${twiceKeyed}]}`)).toEqual([
      "connections[0].name is given more than once",
      "connections[1].credential.accessKeySecret is given more than once",
    ]);
  });

  test("reads a file that begins with a byte order mark", () => {
    expect(problemsOf(`\uFEFF${JSON.stringify({ connections: [edge] })}`)).toEqual([]);
  });

  test("never shows the content of a file that is not JSON", () => {
    expect(problemsOf('{"accessKeySecret": hV9kQ2wZ7rT4').join()).not.toContain("hV9kQ2wZ7rT4");
  });
});

describe("regionsOf()", () => {
  test("is global for a provider without regions", () => {
    const regions = parse(aliyun, edge).map((connection) => descriptorOf(connection).regionsOf(connection));
    expect(regions).toEqual([["cn-hangzhou"], ["global"]]);
  });
});
