import type { AwsCall } from "./recording-aws.ts";
import type { FunctionRole, Grant } from "./role-grants.ts";

/** Why a grant covers more than the calls that were recorded, by what is wider than one resource or one item. */
export const reasonsForWidth: Readonly<Record<string, string>> = {
  "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/image-tasks-dev-<function>:*": "Lambda names the streams",
  "arn:aws:ssm:us-east-1:123456789012:parameter/image-tasks/dev/*": "the connections file names the parameters",
  "arn:aws:secretsmanager:*:123456789012:secret:image-tasks/dev/*":
    "the connections file names the secrets, and the ARN of one may be in another region",
  "xray:PutTraceSegments on *": "X-Ray has no resources for it",
  "xray:PutTelemetryRecords on *": "X-Ray has no resources for it",
  "#rate#*": "one item for each API of a connection",
  "#target#*": "one item for each target",
  "#unreadable#*": "one copy for each item that is replaced",
  "not #*": "one item for each task",
};

/** @returns what differs between the roles and the calls, in both directions, and each width without a reason */
export function differences(roles: readonly FunctionRole[], calls: ReadonlyMap<string, readonly AwsCall[]>): string[] {
  return roles.flatMap(({ name, grants }) => {
    const made = calls.get(name) ?? [];
    const refused = made.filter((call) => !grants.some((grant) => allows(grant, call)));
    const unused = grants.filter((grant) => !made.some((call) => allows(grant, call)));
    const wide = grants.flatMap((grant) => widthsOf(grant, name).filter((width) => !(width in reasonsForWidth)));
    return [
      ...new Set(refused.map((call) => `${name} may not ${describeCall(call)}, but does`)),
      ...unused.map((grant) => `${name} may ${describeGrant(grant)}, but never does`),
      ...wide.map((width) => `${name} has a grant for ${width} without a reason`),
    ];
  });
}

export function allows(grant: Grant, { action, resource, item }: AwsCall): boolean {
  if (grant.action !== action || !matches(grant.resource, resource)) return false;
  if (grant.items === null) return true;
  if (item === null) return false;
  return grant.items.startsWith("not ") ? !matches(grant.items.slice(4), item) : matches(grant.items, item);
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/** The wildcards of a grant. A write to any item is one. */
export function widthsOf({ action, resource, items }: Grant, functionName: string): string[] {
  const general = resource.replace(
    `/aws/lambda/image-tasks-dev-${functionName}:`,
    "/aws/lambda/image-tasks-dev-<function>:",
  );
  return [
    ...(action.includes("*") ? [action] : []),
    ...(resource === "*" ? [`${action} on *`] : []),
    ...(resource !== "*" && resource.includes("*") ? [general] : []),
    ...(items?.includes("*") ? [items] : []),
    ...(items === null && action === "dynamodb:PutItem" ? ["any item"] : []),
  ];
}

function describeCall({ action, resource, item }: AwsCall): string {
  return `${action} on ${resource}${item === null ? "" : `, item ${item}`}`;
}

function describeGrant({ action, resource, items }: Grant): string {
  return `${action} on ${resource}${items === null ? "" : `, items ${items}`}`;
}
