import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scheduled } from "../../lib/sweep/scheduled.ts";
import { emptyReport } from "../../lib/sweep/target-sweep.ts";
import { alarmBreachesOf } from "./alarm-rules.ts";
import { costTables } from "./costs.ts";
import { createPackagedTemplate } from "./packaged-template.ts";
import type { PackagedTemplate, Template } from "./packaged-template.ts";
import { breakages, broken } from "./stack-breakages.ts";
import { breachesOf, objectAt, ofType } from "./stack-rules.ts";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/0f343b09-31a1-426a-8d67-c2b018a3b111";
const topicArn = "arn:aws:sns:us-east-1:123456789012:on-call";
const tokens = { API_AUTH: "roles", JWT_ISSUER: "https://issuer.example", JWT_AUDIENCE: "image-tasks" };
/** The stack as it is without any configuration, and with everything that can be configured. */
const forms = {
  plain: {},
  full: {
    ...tokens,
    READ_ROLES: "a",
    WRITE_ROLES: "b",
    EVENT_BUS_NAME: "central.bus",
    LEDGER_TABLE: "existing",
    TABLE_NAME: "kept",
    ALARM_TOPIC_ARN: topicArn,
    ALARM_EMAIL: "on-call@example.com",
    KMS_KEY_ARN: keyArn,
    SECRETS_KEY_ARN: keyArn,
    VPC_SUBNET_IDS: "subnet-01234567,subnet-89abcdef",
    VPC_SECURITY_GROUP_IDS: "sg-01234567",
    LOG_RETENTION_DAYS: "7",
    SWEEP_CONCURRENCY: "3",
  },
};
type Form = keyof typeof forms;

let packaged: PackagedTemplate;
let templates: Record<Form, Template>;
let ownMetrics: string[];
let logBytes: number;
beforeAll(async () => {
  ({ ownMetrics, logBytes } = await sweepOnce());
  packaged = await createPackagedTemplate();
  const plain = await packaged.packageWhole(forms.plain);
  templates = { plain, full: await packaged.packageWhole(forms.full) };
}, 240_000);
afterAll(() => packaged.remove());

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** What the sweep writes for one target. */
async function sweepOnce(): Promise<{ ownMetrics: string[]; logBytes: number }> {
  const lines: Record<string, unknown>[] = [];
  const log = (_level: string, _message: string, facts: object = {}): void => void lines.push({ ...facts });
  const report = { ...emptyReport("aliyun:cn-hangzhou"), clockSkewSeconds: 1 };
  await scheduled({ log, stage: "dev" }, async () => [report])({}, { getRemainingTimeInMillis: () => 1000 });
  const [metrics] = lines.flatMap((line) => objectAt(line, "_aws")["CloudWatchMetrics"] as object[]);
  const written = (objectAt(metrics)["Metrics"] as { Name: string }[]).map(({ Name }) => Name);
  return { ownMetrics: written, logBytes: Math.ceil(JSON.stringify(lines).length / 100) * 100 };
}

/** Local mode sets these, or Lambda does. */
const notOfTemplate = new Set([
  "LOCAL_MODE",
  "API_TOKEN",
  "LOCAL_ACCESS_KEY_ID",
  "SWEEP_LEASE_SECONDS",
  "AWS_REGION",
  "https_proxy",
  "no_proxy",
]);
const ofSweep = ["EVENT_BUS_NAME", "STAGE"];
/** Node reads these. */
const ofNode = ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"];

function variablesOfCode() {
  const [, schema = ""] =
    /^const Variables = z\.object\(\{\n([^]*?)^\}\);$/m.exec(read("lib/config/environment.ts")) ?? [];
  const names = [...schema.matchAll(/^ {2}(\w+): /gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(15);
  return {
    everywhere: [...names.filter((name) => !notOfTemplate.has(name) && !ofSweep.includes(name)), ...ofNode],
    sweep: ofSweep,
  };
}

function anchors(): string[] {
  const headings = [...read("docs/operating.md").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

function breaches(template: Template, form: Form): string[] {
  const facts = { stage: "dev", ...(form === "full" && { keyArn }), variables: variablesOfCode() };
  const alarmFacts = { stage: "dev", ownMetrics, anchors: anchors() };
  return [...breachesOf(template, facts), ...alarmBreachesOf(template.Resources, alarmFacts)];
}

describe.each(["plain", "full"] as const)("the %s stack", (form) => {
  test("breaks no rule", () => {
    expect(breaches(templates[form], form)).toEqual([]);
  });
});

describe("the stack", () => {
  const count = (form: Form, type: string) => ofType(templates[form].Resources, type).length;

  test("has a bus, an archive, a topic, and a table of its own unless others are named", () => {
    const types = ["AWS::Events::EventBus", "AWS::Events::Archive", "AWS::SNS::Topic", "AWS::DynamoDB::Table"];
    expect(types.map((type) => count("plain", type))).toEqual([1, 1, 1, 1]);
    expect(types.map((type) => count("full", type))).toEqual([0, 0, 0, 0]);
    const text = JSON.stringify(templates.full.Resources);
    expect(text).toContain("event-bus/central.bus");
    expect(text).toContain('"EVENT_BUS_NAME":"central.bus"');
    expect(text).toContain(":table/kept");
    expect(text).toContain(`"AlarmActions":["${topicArn}"]`);
    expect(text).not.toMatch(/"(Ref|Fn::GetAtt)":\[?"(EventBus|LedgerTable|AlarmTopic)"/);
  });

  test("sends alarms to an address only if there is one", () => {
    expect(ofType(templates.plain.Resources, "AWS::SNS::Subscription")).toEqual([]);
    const wanted = { TopicArn: topicArn, Protocol: "email", Endpoint: "on-call@example.com" };
    expect(ofType(templates.full.Resources, "AWS::SNS::Subscription")).toEqual([["AlarmEmail", wanted]]);
  });

  test("joins a network only if there is one", () => {
    const networks = (form: Form) =>
      ofType(templates[form].Resources, "AWS::Lambda::Function").map(([, one]) => one["VpcConfig"]);
    expect(new Set(networks("plain"))).toEqual(new Set([undefined]));
    const [first, ...others] = networks("full");
    expect(first).toEqual({
      SecurityGroupIds: { "Fn::Split": [",", "sg-01234567"] },
      SubnetIds: { "Fn::Split": [",", "subnet-01234567,subnet-89abcdef"] },
    });
    expect(others).toEqual(Array.from({ length: 10 }, () => first));
  });

  test("registers a schema for each detail type, as written down", () => {
    for (const form of ["plain", "full"] as const) {
      const schemas = ofType(templates[form].Resources, "AWS::EventSchemas::Schema").map(([, one]) => one);
      expect(schemas.map(({ SchemaName, Type, Content }) => [SchemaName, Type, Content])).toEqual(
        ["completed", "vanished", "stalled", "discovered"].map((kind) => [
          `image-tasks@ImageTask${kind[0]?.toUpperCase()}${kind.slice(1)}`,
          "JSONSchemaDraft4",
          read(`docs/schemas/registry/image-tasks.task.${kind}.jsonschema`),
        ]),
      );
    }
  });

  test("gives the roles the key of the table only if there is one", () => {
    const withKey = (form: Form) =>
      ofType(templates[form].Resources, "AWS::IAM::Role").flatMap(([name, role]) =>
        JSON.stringify(role).includes('"kms:ViaService":["dynamodb.*"]') ? [name] : [],
      );
    expect(withKey("plain")).toEqual([]);
    const others = new Set(["OpenapiRole", "PageRole", "FallbackRole"]);
    const readers = ofType(templates.full.Resources, "AWS::IAM::Role").flatMap(([name]) =>
      others.has(name) ? [] : [name],
    );
    expect(withKey("full")).toEqual(readers);
  });

  test.each([
    ["the ledger's table is neither created nor there", { LEDGER_TABLE: "maybe" }, /custom\.ledgerTable/],
    ["there are subnets and no security group", { VPC_SUBNET_IDS: "subnet-01234567" }, /vpc\.securityGroupIds/],
    ["no log may be kept for so long", { LOG_RETENTION_DAYS: "31" }, /logRetentionInDays/],
  ])(
    "is not packaged when %s",
    async (_what, env, message) => {
      await expect(packaged.package(env)).rejects.toThrow(message);
    },
    120_000,
  );
});

describe("docs/operating.md", () => {
  const document = fileURLToPath(new URL("../../docs/operating.md", import.meta.url));
  const mark = "<!-- computed -->\n\n";

  test("says what a stage costs", async () => {
    const alarms = ofType(templates.plain.Resources, "AWS::CloudWatch::Alarm").map(([, alarm]) => alarm);
    const read = alarms.map(({ Metrics }) =>
      Array.isArray(Metrics) ? Metrics.filter((one) => "MetricStat" in one) : [0],
    );
    const facts = {
      metrics: ownMetrics.length,
      alarmMetrics: read.flat().length,
      dashboards: ofType(templates.plain.Resources, "AWS::CloudWatch::Dashboard").length,
      logBytes,
    };
    const [before = ""] = readFileSync(document, "utf8").split(mark);
    await expect(`${before}${mark}${costTables(facts)}`).toMatchFileSnapshot(document);
  });

  test("has a section for each alarm, and no other", () => {
    const [, section = ""] = /^## Alarms$([^]*?)^## /m.exec(readFileSync(document, "utf8")) ?? [];
    const sections = [...section.matchAll(/^### (.*)$/gm)].map(([, name = ""]) => `image-tasks-dev-${name}`);
    const alarms = ofType(templates.plain.Resources, "AWS::CloudWatch::Alarm");
    expect(sections.toSorted()).toEqual(alarms.map(([, { AlarmName }]) => AlarmName).toSorted());
  });
});

describe("a stack is refused", () => {
  test.each(breakages)("when $what", ({ breach, path, to, form = "plain" }) => {
    expect(breaches(broken(templates[form], path, to), form)).toContain(breach);
  });
});
