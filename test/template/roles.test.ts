import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callsOfSweep, callsOfTarget } from "./costs.ts";
import { tourFunctions } from "./function-tour.ts";
import { startFunctionWorld } from "./function-world.ts";
import { createPackagedTemplate } from "./packaged-template.ts";
import type { PackagedTemplate, Resources } from "./packaged-template.ts";
import type { AwsCall } from "./recording-aws.ts";
import { differences } from "./role-comparison.ts";
import { account, functionRoles } from "./role-grants.ts";
import { roleTables } from "./role-table.ts";

const prefix = "image-tasks-dev-";
const document = fileURLToPath(new URL("../../docs/roles.md", import.meta.url));
const mark = "<!-- recorded -->\n\n";
const keyArn = "arn:aws:kms:us-east-1:123456789012:key/0f343b09-31a1-426a-8d67-c2b018a3b111";

let template: PackagedTemplate;
let resources: Resources;
/** By the function's name: its own calls, and Lambda's with its role. */
const calls = new Map<string, readonly AwsCall[]>();
let events: readonly unknown[];
let quietSweep: readonly AwsCall[];
beforeAll(async () => {
  template = await createPackagedTemplate();
  const world = await startFunctionWorld(template);
  try {
    resources = world.resources;
    const names = functionRoles(resources, prefix).map(({ name }) => name);
    quietSweep = await tourFunctions(world, names);
    for (const name of names) calls.set(name, [...callsOfLambda(name), ...world.callsOf(name)]);
    events = await world.readEvents();
  } finally {
    await world.stop();
  }
}, 240_000);
afterAll(() => template.remove());

/** Lambda writes the log and the traces of a function with the function's role. */
function callsOfLambda(name: string): AwsCall[] {
  const group = `arn:aws:logs:${account.region}:${account.id}:log-group:/aws/lambda/${prefix}${name}`;
  const logs = ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) => {
    return { action, resource: `${group}:log-stream:2026/11/27/[$LATEST]0123`, item: null };
  });
  const traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"].map((action) => {
    return { action, resource: "*", item: null };
  });
  return [...logs, ...traces];
}

/** A copy of the template in which one place of one role has other text. */
function withRole(role: string, place: string, by: string): Resources {
  const text = JSON.stringify(resources[role]);
  const parts = text.split(place);
  if (parts.length !== 2) throw new Error(`${role} has ${parts.length - 1} times ${place}`);
  return { ...resources, [role]: JSON.parse(parts.join(by)) };
}

describe("the role of each function", () => {
  test("allows the calls that the function makes and no others", () => {
    expect([...calls.keys()].toSorted()).toEqual(
      [
        "cancel",
        "connections",
        "fallback",
        "get",
        "health",
        "list",
        "openapi",
        "page",
        "sweep",
        "track",
        "untrack",
      ].toSorted(),
    );
    expect(differences(functionRoles(resources, prefix), calls)).toEqual([]);
  });

  test("is another one for each function", () => {
    const roles = Object.values(resources).filter(({ Type }) => Type === "AWS::IAM::Role");
    expect(roles).toHaveLength(calls.size);
  });

  test("is written down in docs/roles.md", async () => {
    const [before = ""] = (await readFile(document, "utf8")).split(mark);
    const tables = roleTables(functionRoles(resources, prefix), calls);
    await expect(`${before}${mark}${tables}`).toMatchFileSnapshot(document);
  });

  test.each([
    [
      "an action",
      "OpenapiRole",
      '"logs:PutLogEvents"',
      '"logs:PutLogEvents","logs:DeleteLogStream"',
      "openapi may logs:DeleteLogStream",
    ],
    ["every action", "HealthRole", '"dynamodb:BatchGetItem"', '"dynamodb:*"', "health may not dynamodb:BatchGetItem"],
    [
      "every index",
      "ListRole",
      "index/tasks-by-target",
      "index/*",
      "list has a grant for arn:aws:dynamodb:us-east-1:123456789012:table/image-tasks-dev/index/*",
    ],
    [
      "other stages' parameters",
      "GetRole",
      "parameter/image-tasks/dev/*",
      "parameter/image-tasks/*",
      "get has a grant for arn:aws:ssm:us-east-1:123456789012:parameter/image-tasks/*",
    ],
    [
      "other stages' secrets",
      "SweepRole",
      "secret:image-tasks/dev/*",
      "secret:*",
      "sweep has a grant for arn:aws:secretsmanager:*:123456789012:secret:*",
    ],
    [
      "other accounts' secrets",
      "SweepRole",
      "secretsmanager:*:${AWS::AccountId}",
      "secretsmanager:*:*",
      "sweep has a grant for arn:aws:secretsmanager:*:*:secret:image-tasks/dev/*",
    ],
    [
      "every bus",
      "SweepRole",
      "event-bus/image-tasks-dev",
      "event-bus/*",
      "sweep has a grant for arn:aws:events:us-east-1:123456789012:event-bus/*",
    ],
    ["every item", "CancelRole", '"#rate#*"', '"*"', "cancel has a grant for *"],
    [
      "tasks",
      "GetRole",
      '{"ForAnyValue:StringLike":{"dynamodb:LeadingKeys":["#rate#*"]}}',
      '{"ForAnyValue:StringNotLike":{"dynamodb:LeadingKeys":["#*"]}}',
      "get may dynamodb:PutItem on",
    ],
    ["another function's log", "HealthRole", "HealthLogGroup", "ListLogGroup", "health may logs:PutLogEvents on"],
  ])("is reported when it is widened to %s", (_what, role, place, by, difference) => {
    const found = differences(functionRoles(withRole(role, place, by), prefix), calls);
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining(difference)]));
  });

  test.each([
    ["an action", "HealthRole", '"dynamodb:GetItem",', "", "health may not dynamodb:GetItem on"],
    ["an index", "SweepRole", "open-tasks-by-target", "opened-tasks", "index/open-tasks-by-target, but does"],
    ["a kind of item", "ListRole", "#cursor-key", "#cursors", "item #cursor-key, but does"],
    ["its log", "FallbackRole", "FallbackLogGroup", "OpenapiLogGroup", "fallback may not logs:PutLogEvents"],
  ])("is reported when it lacks %s", (_what, role, place, by, difference) => {
    const found = differences(functionRoles(withRole(role, place, by), prefix), calls);
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining(difference)]));
  });

  test.each([
    ["a managed policy", '{"AssumeRolePolicyDocument"', '{"ManagedPolicyArns":["a"],"AssumeRolePolicyDocument"'],
    ["everything but an action", '"Action":"dynamodb:Query"', '"NotAction":"dynamodb:Query"'],
    ["an unknown condition", "ForAnyValue:StringEquals", "ForAllValues:StringEquals"],
  ])("cannot have %s unnoticed", (_what, place, by) => {
    const widened = withRole("ListRole", place, by);
    expect(() => functionRoles(widened, prefix)).toThrow(/invalid|unrecognized/i);
  });
});

describe("the packaged functions, with the template's variables and Lambda's own", () => {
  test("list, get, track, and sweep, and an event arrives", () => {
    expect([...calls.keys()].filter((name) => (calls.get(name)?.length ?? 0) > 4).toSorted()).toEqual(
      ["cancel", "connections", "get", "health", "list", "sweep", "track", "untrack"].toSorted(),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: "image-tasks.task.completed", subject: "aliyun:cn-hangzhou:t-ended" }),
    );
  });
});

describe("a sweep of three targets without news", () => {
  test("makes no more calls than its documented cost allows for", () => {
    const counts = Map.groupBy(quietSweep, ({ action }) => action);
    const made = Object.fromEntries(Array.from(counts, ([action, all]) => [action, all.length]));
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(callsOfTarget).toSorted());
    expect(made["dynamodb:GetItem"]).toBe(3 * callsOfTarget["dynamodb:GetItem"] + callsOfSweep["dynamodb:GetItem"]);
    expect(made["dynamodb:Query"]).toBe(3 * callsOfTarget["dynamodb:Query"]);
    expect(made["dynamodb:BatchGetItem"]).toBeLessThanOrEqual(3 * callsOfTarget["dynamodb:BatchGetItem"]);
    expect(made["dynamodb:PutItem"]).toBeLessThanOrEqual(3 * callsOfTarget["dynamodb:PutItem"]);
  });
});

describe("the secrets of a stage", () => {
  const resourcesOf = (changed: Resources, action: string, name = prefix) => {
    const grants = functionRoles(changed, name).flatMap((role) =>
      role.grants.map((grant) => ({ ...grant, role: role.name })),
    );
    return grants.filter((grant) => grant.action === action);
  };
  const inStage = (stage: string) => (text: string) =>
    text.replace("  name: aws\n", `  name: aws\n  stage: ${stage}\n`);

  test("are the only ones that it can read, and a connections file with others is not packaged", async () => {
    await expect(template.package({}, inStage("prod"))).rejects.toThrow(/6 problem.*is not under image-tasks\/prod\//s);
    const example = await readFile(join(template.folder, "docs/connections.example.json"), "utf8");
    await writeFile(join(template.folder, "prod.json"), example.replaceAll("image-tasks/dev/", "image-tasks/prod/"));
    const prod = await template.package({ CONNECTIONS_FILE: "prod.json" }, inStage("prod"));
    const parameters = resourcesOf(prod, "ssm:GetParameter", "image-tasks-prod-").map(({ resource }) => resource);
    expect(new Set(parameters)).toEqual(new Set(["arn:aws:ssm:us-east-1:123456789012:parameter/image-tasks/prod/*"]));
    const secrets = resourcesOf(prod, "secretsmanager:GetSecretValue", "image-tasks-prod-");
    expect(new Set(secrets.map(({ resource }) => resource))).toEqual(
      new Set(["arn:aws:secretsmanager:*:123456789012:secret:image-tasks/prod/*"]),
    );
  }, 120_000);

  test("may keep a prefix of an earlier version", async () => {
    const older = await template.package({ SECRETS_PREFIX: "image-tasks" }, inStage("prod"));
    const parameters = resourcesOf(older, "ssm:GetParameter", "image-tasks-prod-").map(({ resource }) => resource);
    expect(new Set(parameters)).toEqual(new Set(["arn:aws:ssm:us-east-1:123456789012:parameter/image-tasks/*"]));
  }, 120_000);

  test("are decrypted with a key of one's own only by the functions that read them, if there is one", async () => {
    expect(resourcesOf(resources, "kms:Decrypt")).toEqual([]);
    const withKey = await template.package({ SECRETS_KEY_ARN: keyArn });
    const decrypting = resourcesOf(withKey, "kms:Decrypt");
    expect(new Set(decrypting.map(({ resource }) => resource))).toEqual(new Set([keyArn]));
    const readers = resourcesOf(withKey, "secretsmanager:GetSecretValue").map(({ role }) => role);
    expect(decrypting.map(({ role }) => role)).toEqual(readers);
  }, 120_000);
});
