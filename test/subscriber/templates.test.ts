import { readFile } from "node:fs/promises";
import type { StartReplayCommandInput } from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { withMember } from "../fakes/with-member.ts";
import { fencesOf, parseCloudFormation, parseTemplate, rulesOf } from "./page.ts";
import type { Template } from "./page.ts";

const fences = await fencesOf("subscribing.md");
const templates = fences
  .filter(({ language }) => language === "yaml")
  .map(({ heading, text }) => ({ heading, template: parseTemplate(text) }));

const Outputs = z.object({ Outputs: z.record(z.string(), z.object({ Export: z.object({ Name: z.string() }) })) });
const stack = await readFile(new URL("../../.stack/event-bus.yml", import.meta.url), "utf8");
/** As a stage `prod` exports them. */
const exported = Object.values(Outputs.parse(parseCloudFormation(stack)).Outputs).map(({ Export }) =>
  Export.Name.replace("${self:service}-${sls:stage}", "image-tasks-prod"),
);

/** Everything inside the value, with itself. */
function inside(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [value];
  return [value, ...Object.values(value).flatMap(inside)];
}

/** Texts that a member with this name has, anywhere inside. */
function textsOf(value: unknown, name: string): string[] {
  const Member = z.looseObject({ [name]: z.string() });
  return inside(value).flatMap((one) => {
    const found = Member.safeParse(one);
    return found.success ? [String(found.data[name])] : [];
  });
}

const Statement = z.looseObject({
  Action: z.string(),
  Principal: z.optional(z.unknown()),
  Condition: z.optional(z.unknown()),
});
const Policy = z.object({
  Statement: z.union([
    z.array(Statement),
    z.pipe(
      Statement,
      z.transform((one) => [one]),
    ),
  ]),
});
const QueuePolicy = z.object({ Queues: z.array(z.object({ Ref: z.string() })), PolicyDocument: Policy });

function statementsIn(value: unknown): z.infer<typeof Statement>[] {
  return inside(value).flatMap((one) => Policy.safeParse(one).data?.Statement ?? []);
}

const resourceOf = (path: string) => path.split(".")[0] ?? "";

/** The rules that the policies of a queue let in, as references. */
function sendersOf({ Resources }: Template, queue: string): string[] {
  return Object.values(Resources)
    .flatMap(({ Type, Properties }) => (Type === "AWS::SQS::QueuePolicy" ? [QueuePolicy.parse(Properties)] : []))
    .filter(({ Queues }) => Queues.some(({ Ref }) => Ref === queue))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Condition }) => textsOf(Condition, "Fn::GetAtt"));
}

function problemsOfRule(template: Template, { name, Targets }: ReturnType<typeof rulesOf>[number]): string[] {
  return Targets.flatMap(({ Arn, RetryPolicy, DeadLetterConfig }) => {
    const queues = textsOf([Arn, DeadLetterConfig], "Fn::GetAtt")
      .map(resourceOf)
      .filter((queue) => template.Resources[queue]?.Type === "AWS::SQS::Queue");
    return [
      ...(RetryPolicy === undefined ? [`${name} has no retry policy`] : []),
      ...(DeadLetterConfig === undefined ? [`${name} has no dead letters`] : []),
      ...queues
        .filter((queue) => sendersOf(template, queue).join() !== `${name}.Arn`)
        .map((queue) => `${queue} does not accept ${name}, or more than it`),
    ];
  });
}

/** What is wrong with a template that a team would copy. */
function problemsOf(template: Template): string[] {
  const { Resources, Parameters = {} } = template;
  const known = new Set([...Object.keys(Resources), ...Object.keys(Parameters), "AWS::AccountId"]);
  const references = [...textsOf(Resources, "Ref"), ...textsOf(Resources, "Fn::GetAtt").map(resourceOf)];
  const stars = inside(template).filter(
    (value) => value === "*" || (typeof value === "string" && value.endsWith(":*")),
  );
  return [
    ...references.filter((name) => !known.has(name)).map((name) => `${name} is nowhere`),
    ...textsOf(Resources, "Fn::ImportValue")
      .filter((name) => !exported.includes(name))
      .map((name) => `${name} is not exported`),
    ...stars.map(() => "a star"),
    ...statementsIn(Resources)
      .filter(({ Principal, Condition }) => Principal !== undefined && Condition === undefined)
      .map(({ Action }) => `${Action} is allowed without a condition`),
    ...rulesOf(template).flatMap((rule) => problemsOfRule(template, rule)),
  ];
}

describe("the templates of docs/subscribing.md", () => {
  test("are there for a function, a queue, a chat, another account, and a memory", () => {
    expect(templates.map(({ heading }) => heading)).toEqual([
      "A Lambda function",
      "An SQS queue",
      "A chat",
      "Another account",
      "Another account",
      "Drop second copies",
    ]);
  });

  test.each(templates)("$heading is complete, and allows no more than it needs", ({ template }) => {
    expect(problemsOf(template)).toEqual([]);
  });

  test.each([
    ["a retry policy", "EndedImports.Properties.Targets.0.RetryPolicy", undefined, "EndedImports has no retry policy"],
    [
      "dead letters",
      "EndedImports.Properties.Targets.0.DeadLetterConfig",
      undefined,
      "EndedImports has no dead letters",
    ],
    ["the queue", "EndedImportsQueue", undefined, "EndedImportsQueue is nowhere"],
    ["the queue's policy", "EndedImportsPolicy", undefined, "EndedImportsQueue does not accept EndedImports"],
    [
      "a condition",
      "EndedImportsPolicy.Properties.PolicyDocument.Statement.0.Condition",
      undefined,
      "sqs:SendMessage is allowed without a condition",
    ],
    ["a narrow resource", "EndedImportsPolicy.Properties.PolicyDocument.Statement.0.Resource", "*", "a star"],
    [
      "an export",
      "EndedImports.Properties.EventBusName",
      { "Fn::ImportValue": "image-tasks-prod-bus" },
      "image-tasks-prod-bus is not exported",
    ],
  ])("would be refused without %s", (_what, path, value, problem) => {
    const queue = templates.find(({ heading }) => heading === "An SQS queue");
    const broken = withMember(queue!.template, `Resources.${path}`, value);
    expect(problemsOf(broken as Template).join("\n")).toContain(problem);
  });

  test("import only what the stack exports, and the page lists all of it", async () => {
    const page = await readFile(new URL("../../docs/subscribing.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(image-tasks-prod-[a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(exported.toSorted());
  });

  test("the function may be invoked by its rule only", () => {
    const permissions = Object.values(templates[0]?.template.Resources ?? {}).filter(
      ({ Type }) => Type === "AWS::Lambda::Permission",
    );
    expect(permissions.map(({ Properties }) => Properties)).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: { Ref: "FunctionArn" },
        Principal: "events.amazonaws.com",
        SourceArn: { "Fn::GetAtt": "FailedImports.Arn" },
      },
    ]);
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
