import { readFile } from "node:fs/promises";
import type { StartReplayCommandInput } from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { fencesOf, parseCloudFormation } from "./page.ts";

interface Named {
  readonly heading: string;
  readonly template: any;
}

const fences = await fencesOf("subscribing.md");
const templates: Named[] = fences
  .filter(({ language }) => language === "yaml")
  .map(({ heading, text }) => ({ heading, template: parseCloudFormation(text) }));
const stack = parseCloudFormation(await readFile(new URL("../../.stack/event-bus.yml", import.meta.url), "utf8"));
/** As a stage `prod` exports them. */
const exported = Object.values<any>(stack.Outputs).map(({ Export }) =>
  Export.Name.replace("${self:service}-${sls:stage}", "image-tasks-prod"),
);

function ofType({ template }: Named, type: string): [string, any][] {
  return Object.entries<any>(template.Resources).filter(([, { Type }]) => Type === type);
}

/** Everything inside the value, with itself. */
function inside(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [value];
  return [value, ...Object.values(value).flatMap(inside)];
}

const memberOf = (value: unknown, name: string): any[] =>
  inside(value).flatMap((one) => (typeof one === "object" && one !== null && name in one ? [(one as any)[name]] : []));

/** What is wrong with a template that a team would copy. */
function problemsOf(named: Named): string[] {
  const { template } = named;
  const known = new Set([
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters ?? {}),
    "AWS::AccountId",
  ]);
  const references = [
    ...memberOf(template.Resources, "Ref"),
    ...memberOf(template.Resources, "Fn::GetAtt").map((path: string) => path.split(".")[0]),
  ];
  const statements = memberOf(template.Resources, "Statement").flat();
  const rules = ofType(named, "AWS::Events::Rule");
  const conditionOf = (queue: string) =>
    ofType(named, "AWS::SQS::QueuePolicy")
      .filter(([, { Properties }]) => Properties.Queues.some(({ Ref }: any) => Ref === queue))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .map(({ Condition }: any) => Condition?.ArnEquals?.["aws:SourceArn"]?.["Fn::GetAtt"]);
  return [
    ...references.filter((name) => !known.has(name)).map((name) => `${name} is nowhere`),
    ...memberOf(template.Resources, "Fn::ImportValue")
      .filter((name) => !exported.includes(name))
      .map((name) => `${name} is not exported`),
    ...inside(template)
      .filter((value) => value === "*" || (typeof value === "string" && /:\*$/.test(value)))
      .map(() => "a star"),
    ...statements
      .filter(({ Principal, Condition }: any) => Principal !== undefined && Condition === undefined)
      .map(({ Action }: any) => `${Action} is allowed without a condition`),
    ...rules.flatMap(([name, { Properties }]) =>
      Properties.Targets.flatMap(({ RetryPolicy, DeadLetterConfig, Arn }: any) => {
        const queues = [DeadLetterConfig?.Arn, Arn].flatMap((arn) => arn?.["Fn::GetAtt"]?.split(".")[0] ?? []);
        const sqs = queues.filter((queue) => template.Resources[queue]?.Type === "AWS::SQS::Queue");
        return [
          ...(RetryPolicy?.MaximumRetryAttempts > 0 && RetryPolicy?.MaximumEventAgeInSeconds >= 60
            ? []
            : [`${name} has no retry policy`]),
          ...(DeadLetterConfig === undefined ? [`${name} has no dead letters`] : []),
          ...sqs
            .filter((queue) => conditionOf(queue).join() !== `${name}.Arn`)
            .map((queue) => `${queue} does not accept ${name}, or more than it`),
        ];
      }),
    ),
  ];
}

describe("the templates of docs/subscribing.md", () => {
  test("are there for a function, a queue, a chat, and another account", () => {
    expect(templates.map(({ heading }) => heading)).toEqual([
      "A Lambda function",
      "An SQS queue",
      "A chat",
      "Another account",
      "Another account",
    ]);
  });

  test.each(templates)("$heading is complete, and allows no more than it needs", (named) => {
    expect(problemsOf(named)).toEqual([]);
  });

  test.each<[string, (resources: any) => void, string]>([
    ["the retry policy", ({ EndedImports }) => delete EndedImports.Properties.Targets[0].RetryPolicy, "retry policy"],
    [
      "the dead letters",
      ({ EndedImports }) => delete EndedImports.Properties.Targets[0].DeadLetterConfig,
      "dead letters",
    ],
    ["the queue", (resources) => delete resources.EndedImportsQueue, "EndedImportsQueue is nowhere"],
    ["the queue's policy", (resources) => delete resources.EndedImportsPolicy, "does not accept EndedImports"],
    [
      "a condition",
      ({ EndedImportsPolicy }) => delete EndedImportsPolicy.Properties.PolicyDocument.Statement[0].Condition,
      "is allowed without a condition",
    ],
    [
      "a narrow resource",
      ({ EndedImportsPolicy }) => (EndedImportsPolicy.Properties.PolicyDocument.Statement[0].Resource = "*"),
      "a star",
    ],
    [
      "an export",
      ({ EndedImports }) => (EndedImports.Properties.EventBusName = { "Fn::ImportValue": "image-tasks-prod-bus" }),
      "image-tasks-prod-bus is not exported",
    ],
  ])("would be refused without %s", (_what, change, problem) => {
    const broken = structuredClone(templates.find(({ heading }) => heading === "An SQS queue")!);
    change(broken.template.Resources);
    expect(problemsOf(broken).join("\n")).toContain(problem);
  });

  test("import only what the stack exports, and the page lists all of it", async () => {
    const page = await readFile(new URL("../../docs/subscribing.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(image-tasks-prod-[a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(exported.toSorted());
  });

  test("the function may be invoked by its rule only", () => {
    const [named] = templates;
    const [[, { Properties }] = ["", {} as any]] = ofType(named!, "AWS::Lambda::Permission");
    expect(Properties).toMatchObject({
      Principal: "events.amazonaws.com",
      SourceArn: { "Fn::GetAtt": "FailedImports.Arn" },
    });
  });
});

test("the command of the page that starts a replay has the members of the call", () => {
  const command = fences.find(({ heading, language }) => heading === "Replay" && language === "sh")?.text ?? "";
  const options = [...command.matchAll(/--([a-z-]+)/g)].map(([, name = ""]) => name);
  const toMember = (name: string) => name.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const members: (keyof StartReplayCommandInput)[] = [
    "ReplayName",
    "EventSourceArn",
    "EventStartTime",
    "EventEndTime",
    "Destination",
  ];
  expect(options.map(toMember)).toEqual(members);
  expect(command).toMatch(/^aws events start-replay .*--destination "Arn=\$BUS_ARN,FilterArns=\$RULE_ARN"$/s);
});
