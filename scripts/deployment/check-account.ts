import { paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { DescribeEventBusCommand, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import * as z from "zod/mini";
import { errorName } from "./aws.ts";
import type { Aws } from "./aws.ts";

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** @throws Error that says what to do, if AWS accepts no credential */
export async function readIdentity({ sts, region }: Aws): Promise<Identity> {
  try {
    const { Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn };
  } catch (error) {
    throw new Error(
      `AWS accepts no credential of this shell in ${region} (${errorName(error)}). Log in, or set AWS_PROFILE, or ` +
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      { cause: error },
    );
  }
}

/** A bus that does not exist accepts events and drops them, so nobody would notice later. */
export async function busProblems(name: string, { eventBridge, region }: Aws): Promise<string[]> {
  try {
    await eventBridge.send(new DescribeEventBusCommand({ Name: name }));
    return [];
  } catch (error) {
    const reason = errorName(error);
    if (reason !== "ResourceNotFoundException") return [`the event bus ${name} cannot be described (${reason})`];
    return [
      `there is no event bus ${name} in ${region}; create it, or leave EVENT_BUS_NAME unset to get the stack's own bus`,
    ];
  }
}

/**
 * Names of the rules on a bus that neither the stack nor an AWS service has made.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-delete-event-bus.html
 */
export async function rulesOfOthers(
  { eventBridge, cloudFormation }: Aws,
  bus: string,
  stackName: string,
): Promise<string[]> {
  const { Rules = [] } = await eventBridge.send(new ListRulesCommand({ EventBusName: bus })).catch(noneIfMissing);
  const rules = Rules.flatMap(({ Name, ManagedBy }) => (Name === undefined || ManagedBy !== undefined ? [] : [Name]));
  if (rules.length === 0) return [];
  const own = new Set<string | undefined>();
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackName })) {
    // A rule's id is its name, after that of its bus.
    for (const one of page.StackResourceSummaries ?? []) own.add(one.PhysicalResourceId?.replace(/^.*\|/, ""));
  }
  return rules.filter((name) => !own.has(name));
}

function noneIfMissing(error: unknown): { Rules: [] } {
  if (error instanceof Error && error.name === "ResourceNotFoundException") return { Rules: [] };
  throw error;
}

const Key = z.object({ KeyMetadata: z.object({ KeyState: z.string(), KeyUsage: z.string() }) });

/** @param variable the setting that names the key */
export async function keyProblems(variable: string, keyArn: string, { callJson }: Aws): Promise<string[]> {
  const [, region] = /^arn:[\w-]+:kms:([a-z0-9-]+):\d{12}:key\//.exec(keyArn) ?? [];
  if (region === undefined)
    return [`${variable} must be the ARN of a key, such as arn:aws:kms:<region>:<account>:key/<id>`];
  try {
    const answer = await callJson({
      service: "kms",
      region,
      target: "TrentService.DescribeKey",
      body: { KeyId: keyArn },
    });
    const { KeyState, KeyUsage } = Key.parse(answer).KeyMetadata;
    if (KeyState === "Enabled" && KeyUsage === "ENCRYPT_DECRYPT") return [];
    return [`the key of ${variable} cannot decrypt: its state is ${KeyState}, and its usage is ${KeyUsage}`];
  } catch (error) {
    return [`the key of ${variable} cannot be described (${errorName(error)})`];
  }
}
