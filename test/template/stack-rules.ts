import type { Resources, Template } from "./packaged-template.ts";

/** What must hold for every stack that is packaged. Each rule names the resource and says what is wrong with it. */

export interface StackFacts {
  readonly stage: string;
  /** The customer's own key, if the stack was packaged with one. */
  readonly keyArn?: string;
  /** The variables that the code reads, for all functions and for the sweep. */
  readonly variables: { readonly everywhere: readonly string[]; readonly sweep: readonly string[] };
}

type Rule = (template: Template, facts: StackFacts) => string[];
export type Properties = Resources[string]["Properties"];
type Named = readonly [name: string, properties: Properties];

/** Actions that AWS allows for all resources only. */
const actionsWithoutResource: Readonly<Record<string, string>> = {
  "xray:PutTraceSegments": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
  "xray:PutTelemetryRecords": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
  "ec2:DescribeNetworkInterfaces": "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
  "ec2:DescribeSubnets": "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
};

const rules: readonly Rule[] = [
  rolesAreNarrow,
  policiesAreNarrow,
  transportIsEncrypted,
  storageIsEncrypted,
  deploymentsAreClosed,
  dataIsKept,
  logsEnd,
  scheduleIsSafe,
  functionsAreBounded,
  variablesAreComplete,
  apiIsLoggedAndBounded,
  namesHaveTheStage,
];

/** @returns each breach of a rule, as a sentence that begins with the resource's id */
export function breachesOf(template: Template, facts: StackFacts): string[] {
  const plain = withoutNothing(template) as Template;
  return rules.flatMap((rule) => rule(plain, facts));
}

/** CloudFormation removes what refers to `AWS::NoValue`. */
export function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing).filter((one) => one !== undefined);
  if (typeof value !== "object" || value === null) return value;
  if ("Ref" in value && value.Ref === "AWS::NoValue") return undefined;
  const members = Object.entries(value).map(([name, member]) => [name, withoutNothing(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

export function ofType(resources: Resources, type: string): Named[] {
  return Object.entries(resources).flatMap(([name, one]) => (one.Type === type ? [[name, one.Properties]] : []));
}

/** What is at a path of unknown depth. Empty where there is nothing. */
export function objectAt(value: unknown, ...path: readonly string[]): Record<string, unknown> {
  return path.reduce<Record<string, unknown>>((inside, name) => Object(inside[name]), Object(value));
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

function statementsOf(document: unknown): Statement[] {
  return [objectAt(document)["Statement"]].flat() as Statement[];
}

function rolesAreNarrow({ Resources: resources }: Template): string[] {
  return ofType(resources, "AWS::IAM::Role").flatMap(([name, { Policies = [], ManagedPolicyArns }]) => {
    const statements = (Policies as object[]).flatMap((policy) => statementsOf(objectAt(policy, "PolicyDocument")));
    const wide = statements.flatMap(({ Action, Resource }) => {
      const actions = [Action].flat();
      const anything = [Resource].flat().includes("*");
      return [
        ...actions.filter((action) => action.includes("*")).map((action) => `${name} allows the wildcard ${action}`),
        ...actions
          .filter((action) => anything && !(action in actionsWithoutResource))
          .map((action) => `${name} allows ${action} on everything`),
      ];
    });
    return ManagedPolicyArns === undefined ? wide : [...wide, `${name} has managed policies`];
  });
}

function resourcePolicies(resources: Resources): (readonly [name: string, statements: Statement[]])[] {
  const types = ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"];
  return types
    .flatMap((type) => ofType(resources, type))
    .map(([name, { PolicyDocument }]) => [name, statementsOf(PolicyDocument)]);
}

function policiesAreNarrow({ Resources: resources }: Template): string[] {
  return resourcePolicies(resources).flatMap(([name, statements]) => {
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    return allowed.flatMap(({ Action, Principal, Condition }) => [
      ...(typeof Principal === "string" || objectAt(Principal)["AWS"] === "*" ? [`${name} lets everybody in`] : []),
      ...(Condition === undefined ? [`${name} lets a service in for every account`] : []),
      ...[Action].flat().flatMap((action) => (action.includes("*") ? [`${name} allows the wildcard ${action}`] : [])),
    ]);
  });
}

function transportIsEncrypted({ Resources: resources }: Template): string[] {
  const missing = (
    [
      ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy"],
      ["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"],
      ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"],
    ] as const
  ).flatMap(([type, policy]) => {
    const missing = ofType(resources, type).length - ofType(resources, policy).length;
    return missing > 0 ? [`${type} has no policy`] : [];
  });
  const open = resourcePolicies(resources).filter(([, statements]) => {
    return !statements.some(({ Effect, Principal, Condition }) => {
      const secure = objectAt(Condition, "Bool")["aws:SecureTransport"];
      return Effect === "Deny" && Principal === "*" && String(secure) === "false";
    });
  });
  return [...missing, ...open.map(([name]) => `${name} allows connections without TLS`)];
}

function storageIsEncrypted({ Resources: resources }: Template, { keyArn }: StackFacts): string[] {
  const keyOf = (properties: Properties, ...path: readonly string[]) => {
    const last = path.at(-1) ?? "";
    return objectAt(properties, ...path.slice(0, -1))[last] === keyArn;
  };
  const without = (type: string, isEncrypted: (properties: Properties) => boolean): string[] =>
    ofType(resources, type).flatMap(([name, one]) =>
      isEncrypted(one) ? [] : [`${name} is not encrypted as it should be`],
    );
  return [
    ...without("AWS::DynamoDB::Table", (one) => {
      const { SSEEnabled, SSEType } = objectAt(one, "SSESpecification");
      return SSEEnabled === true && SSEType === "KMS" && keyOf(one, "SSESpecification", "KMSMasterKeyId");
    }),
    ...without("AWS::SQS::Queue", (one) => {
      return (one["SqsManagedSseEnabled"] === true) === (keyArn === undefined) && keyOf(one, "KmsMasterKeyId");
    }),
    ...without("AWS::SNS::Topic", (one) => keyOf(one, "KmsMasterKeyId")),
    ...without("AWS::Logs::LogGroup", (one) => keyOf(one, "KmsKeyId")),
    ...without("AWS::S3::Bucket", (one) => one["BucketEncryption"] !== undefined),
  ];
}

function deploymentsAreClosed({ Resources: resources }: Template): string[] {
  return ofType(resources, "AWS::S3::Bucket").flatMap(([name, { PublicAccessBlockConfiguration: block }]) => {
    const wanted = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    return wanted.every((one) => objectAt(block)[one] === true) ? [] : [`${name} does not block public access`];
  });
}

function dataIsKept({ Resources: resources }: Template): string[] {
  const tables = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::DynamoDB::Table");
  const archives = ofType(resources, "AWS::Events::Archive");
  const buses = ofType(resources, "AWS::Events::EventBus");
  return [
    ...tables.flatMap(([name, { Properties: table, DeletionPolicy, UpdateReplacePolicy }]) => [
      ...(DeletionPolicy === "Retain" && UpdateReplacePolicy === "Retain" ? [] : [`${name} goes with its stack`]),
      ...(table["DeletionProtectionEnabled"] === true ? [] : [`${name} can be deleted by mistake`]),
      ...(objectAt(table, "PointInTimeRecoverySpecification")["PointInTimeRecoveryEnabled"] === true
        ? []
        : [`${name} cannot be restored`]),
      ...(objectAt(table, "TimeToLiveSpecification")["Enabled"] === true ? [] : [`${name} keeps its items forever`]),
    ]),
    ...archives.flatMap(([name, one]) => (Number(one["RetentionDays"]) > 0 ? [] : [`${name} keeps events forever`])),
    ...(archives.length === buses.length ? [] : ["EventBus has no archive"]),
  ];
}

function logsEnd({ Resources: resources }: Template): string[] {
  const groups = ofType(resources, "AWS::Logs::LogGroup");
  const names = new Set(groups.map(([, { LogGroupName }]) => LogGroupName));
  const silent = ofType(resources, "AWS::Lambda::Function").filter(
    ([, { FunctionName }]) => !names.has(`/aws/lambda/${String(FunctionName)}`),
  );
  return [
    ...groups.flatMap(([name, one]) => (Number(one["RetentionInDays"]) > 0 ? [] : [`${name} is kept forever`])),
    ...silent.map(([name]) => `${name} has no log group of its own, so its log is kept forever`),
  ];
}

function scheduleIsSafe({ Resources: resources }: Template): string[] {
  const schedules = ofType(resources, "AWS::Events::Rule");
  const permissions = ofType(resources, "AWS::Lambda::Permission").map(([, one]) => JSON.stringify(one));
  const policies = ofType(resources, "AWS::SQS::QueuePolicy").map(([, one]) => JSON.stringify(one));
  const breaches = schedules.flatMap(([name, { State, Targets }]) => {
    const [target] = [Targets].flat();
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = objectAt(target, "RetryPolicy");
    const queue = String(objectAt(target, "DeadLetterConfig", "Arn")["Fn::GetAtt"]).replace(",Arn", "");
    const mine = `{"Fn::GetAtt":["${name}","Arn"]}`;
    return [
      ...(State === "ENABLED" ? [] : [`${name} is not enabled`]),
      ...(MaximumRetryAttempts === undefined || MaximumEventAgeInSeconds === undefined
        ? [`${name} has no retry policy`]
        : []),
      ...(resources[queue]?.Type === "AWS::SQS::Queue" ? [] : [`${name} has no queue for dead letters`]),
      ...(policies.some((policy) => policy.includes(mine)) ? [] : [`${name} may not write dead letters`]),
      ...(permissions.some((one) => one.includes(mine)) ? [] : [`${name} may not invoke its function`]),
    ];
  });
  return schedules.length === 1 ? breaches : [...breaches, `there are ${schedules.length} schedules`];
}

/** The gateway gives up after 30 seconds, and Lambda charges until the function ends. */
const maxApiTimeoutSeconds = 29;

function functionsAreBounded({ Resources: resources }: Template): string[] {
  return ofType(resources, "AWS::Lambda::Function").flatMap(([name, one]) => {
    const isSweep = name === "SweepLambdaFunction";
    const isReserved = one["ReservedConcurrentExecutions"] !== undefined;
    return [
      ...(Number(one["Timeout"]) <= (isSweep ? 300 : maxApiTimeoutSeconds) ? [] : [`${name} may run too long`]),
      ...((isSweep || name === "GetLambdaFunction") && !isReserved ? [`${name} has no reserved concurrency`] : []),
      ...(objectAt(one, "TracingConfig")["Mode"] === "Active" ? [] : [`${name} is not traced`]),
    ];
  });
}

function variablesAreComplete({ Resources: resources }: Template, { variables }: StackFacts): string[] {
  return ofType(resources, "AWS::Lambda::Function").flatMap(([name, one]) => {
    const set = Object.keys(objectAt(one, "Environment", "Variables"));
    const needed =
      name === "SweepLambdaFunction" ? [...variables.everywhere, ...variables.sweep] : variables.everywhere;
    return [
      ...needed
        .filter((variable) => !set.includes(variable))
        .map((variable) => `${name} lacks the variable ${variable}`),
      ...set.filter((variable) => !needed.includes(variable)).map((variable) => `${name} does not read ${variable}`),
    ];
  });
}

function apiIsLoggedAndBounded({ Resources: resources }: Template): string[] {
  return ofType(resources, "AWS::ApiGatewayV2::Stage").flatMap(([name, one]) => {
    const { Format = "", DestinationArn } = objectAt(one, "AccessLogSettings");
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = objectAt(one, "DefaultRouteSettings");
    const needed = ["requestId", "routeKey", "status", "responseLatency", "identity.userArn", "authorizer.claims.sub"];
    // Ids are in the path, and a token may be in a query.
    const secret = /\$context\.(path|httpMethod\w|identity\.sourceIp|authorizer\.(?!claims\.sub))|query|header/i;
    return [
      ...(DestinationArn === undefined ? [`${name} has no access log`] : []),
      ...needed
        .filter((part) => !String(Format).includes(`$context.${part}`))
        .map((part) => `${name} does not log ${part}`),
      ...(secret.test(String(Format)) ? [`${name} logs what may be confidential`] : []),
      ...(Number(ThrottlingRateLimit) > 0 && Number(ThrottlingBurstLimit) > 0 ? [] : [`${name} is not throttled`]),
    ];
  });
}

const nameProperty = /^\w*Name$/;
const notOwn = new Set(["AttributeName", "IndexName", "PolicyName", "MetricName", "StageName", "SchemaName"]);

/** Two stages in one account would otherwise use the same thing, or the second one could not be created. */
function namesHaveTheStage({ Resources: resources, Outputs }: Template, { stage }: StackFacts): string[] {
  const hasStage = (text: string) => text.split("-").includes(stage);
  const exported = Object.entries(Outputs).flatMap(([name, { Export }]) => {
    return Export === undefined || hasStage(Export.Name) ? [] : [`${name} is exported without the stage`];
  });
  const named = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === "AWS::ApiGatewayV2::Authorizer" || Type === "AWS::EventSchemas::Schema") return [];
    return Object.entries(Properties).flatMap(([property, value]) => {
      if (!nameProperty.test(property) || notOwn.has(property)) return [];
      const text = typeof value === "string" ? value : String(objectAt(value)["Fn::Sub"] ?? "");
      // A reference to something else of the stack.
      if (text === "" || hasStage(text)) return [];
      return [`${id} has a name without the stage: ${text}`];
    });
  });
  return [...exported, ...named];
}
