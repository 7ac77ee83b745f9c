import * as z from "zod/mini";
import type { Resources } from "./packaged-template.ts";

/** Reads what the role of a packaged function allows. Whatever it does not know is an error, never left out. */

export const account = { region: "us-east-1", id: "123456789012" } as const;

/** One action on one resource, and for writes on some items. */
export interface Grant {
  readonly action: string;
  /** An ARN, in which `*` stands for any text. */
  readonly resource: string;
  /** The ids of the items that may be written, `*` and a leading `not ` included. `null` for all items. */
  readonly items: string | null;
}

export interface FunctionRole {
  /** The key in `serverless.yml`. */
  readonly name: string;
  readonly grants: readonly Grant[];
}

const oneOrMore = <Item extends z.ZodMiniType>(item: Item) => z.union([z.array(item), item]);
const Arn = z.union([
  z.string(),
  z.strictObject({ "Fn::Sub": z.string() }),
  z.strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }),
]);
const LeadingKeys = z.strictObject({ "dynamodb:LeadingKeys": z.array(z.string()) });
const Condition = z.union([
  z.strictObject({ "ForAnyValue:StringLike": LeadingKeys }),
  z.strictObject({ "ForAnyValue:StringEquals": LeadingKeys }),
  z.strictObject({ "ForAnyValue:StringNotLike": LeadingKeys }),
  z.strictObject({ StringLike: z.strictObject({ "kms:ViaService": z.array(z.string()) }) }),
]);
const Statement = z.strictObject({
  Effect: z.literal("Allow"),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(Arn),
  Condition: z.optional(Condition),
});
type Statement = z.infer<typeof Statement>;
const nothing = z.strictObject({ Ref: z.literal("AWS::NoValue") });
const Role = z.strictObject({
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(
    z.strictObject({
      PolicyName: z.string(),
      PolicyDocument: z.strictObject({
        Version: z.literal("2012-10-17"),
        Statement: z.array(z.union([Statement, nothing])),
      }),
    }),
  ),
});
const LambdaFunction = z.looseObject({
  FunctionName: z.string(),
  Role: z.strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }),
});

/** @param prefix of the functions' names, such as `image-tasks-dev-` */
export function functionRoles(resources: Resources, prefix: string): FunctionRole[] {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return functions.map(({ Properties }) => {
    const { FunctionName, Role: reference } = LambdaFunction.parse(Properties);
    if (!FunctionName.startsWith(prefix)) throw new Error(`${FunctionName} does not start with ${prefix}`);
    const role = Role.parse(resources[reference["Fn::GetAtt"][0]]?.Properties);
    const statements = role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const grants = statements.flatMap((one) => ("Ref" in one ? [] : grantsOf(one, resources)));
    return { name: FunctionName.slice(prefix.length), grants };
  });
}

function grantsOf({ Action, Resource, Condition: condition }: Statement, resources: Resources): Grant[] {
  const items = itemsOf(condition);
  return [Action].flat().flatMap((action) =>
    [Resource].flat().flatMap((arn) => {
      return items.map((one) => ({ action, resource: arnOf(arn, resources), items: one }));
    }),
  );
}

function itemsOf(condition: Statement["Condition"]): (string | null)[] {
  if (condition === undefined || "StringLike" in condition) return [null];
  if ("ForAnyValue:StringNotLike" in condition) {
    const ids = condition["ForAnyValue:StringNotLike"]["dynamodb:LeadingKeys"];
    return [`not ${ids.join(" or ")}`];
  }
  const like =
    "ForAnyValue:StringLike" in condition ? condition["ForAnyValue:StringLike"] : condition["ForAnyValue:StringEquals"];
  return like["dynamodb:LeadingKeys"];
}

function arnOf(arn: z.infer<typeof Arn>, resources: Resources): string {
  if (typeof arn === "string") return arn;
  if ("Fn::GetAtt" in arn) return arnOfResource(arn["Fn::GetAtt"][0], resources);
  return arn["Fn::Sub"].replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => substitute(name, resources));
}

function substitute(name: string, resources: Resources): string {
  if (name === "AWS::Partition") return "aws";
  if (name === "AWS::Region") return account.region;
  if (name === "AWS::AccountId") return account.id;
  const [, resource] = /^(\w+)\.Arn$/.exec(name) ?? [];
  if (resource === undefined) throw new Error(`nothing is known about \${${name}}`);
  return arnOfResource(resource, resources);
}

const Named = z.looseObject({ TableName: z.optional(z.string()), LogGroupName: z.optional(z.string()) });

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
function arnOfResource(logicalId: string, resources: Resources): string {
  const { TableName, LogGroupName } = Named.parse(resources[logicalId]?.Properties);
  if (TableName !== undefined) return tableArn(TableName);
  if (LogGroupName !== undefined) return `arn:aws:logs:${account.region}:${account.id}:log-group:${LogGroupName}:*`;
  throw new Error(`${logicalId} is neither a table nor a log group`);
}

export function tableArn(name: string): string {
  return `arn:aws:dynamodb:${account.region}:${account.id}:table/${name}`;
}
