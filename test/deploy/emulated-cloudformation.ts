import { ValidationError } from "./emulated-stacks.ts";
import type { EmulatedStacks, Stack } from "./emulated-stacks.ts";
import { element, list } from "./xml.ts";

type Answer = (form: URLSearchParams, stack: () => Stack) => string;

/**
 * Answers the calls of CloudFormation's query protocol.
 * @param readObject the object of a bucket, by bucket and key
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
 */
export function createCloudFormation(stacks: EmulatedStacks, readObject: (path: string) => string) {
  const bodyOf = (form: URLSearchParams): string => {
    const url = form.get("TemplateURL");
    return url === null ? (form.get("TemplateBody") ?? "{}") : readObject(new URL(url).pathname.slice(1));
  };
  const answers: Readonly<Record<string, Answer>> = {
    DescribeStacks: (_form, stack) => list("Stacks", [describe(stack())]),
    DescribeStackEvents: (_form, stack) => list("StackEvents", describeEvents(stack())),
    DescribeStackResource: (form, stack) => {
      const id = form.get("LogicalResourceId") ?? "";
      const resource = stack().resources.get(id);
      if (resource !== undefined) return element("StackResourceDetail", describeResource(stack(), id));
      throw new ValidationError(`Resource ${id} does not exist for stack ${stack().name}`);
    },
    DescribeStackResources: (form) => {
      const name = form.get("PhysicalResourceId");
      const owner = stacks
        .all()
        .find(({ resources }) => [...resources.values()].some((one) => one.physicalId === name));
      if (owner === undefined) throw new ValidationError(`Stack for ${name} does not exist`);
      return list(
        "StackResources",
        [...owner.resources.keys()].map((id) => describeResource(owner, id)),
      );
    },
    ListStackResources: (_form, stack) =>
      list(
        "StackResourceSummaries",
        [...stack().resources.keys()].map((id) => describeResource(stack(), id)),
      ),
    GetTemplate: (_form, stack) => element("TemplateBody", stack().body),
    ValidateTemplate: () => "",
    CreateChangeSet: (form) => {
      const [name = "", type = ""] = [form.get("StackName") ?? "", form.get("ChangeSetType") ?? ""];
      return element("StackId", stacks.prepare(name, type, bodyOf(form)).id) + element("Id", "change-set");
    },
    DescribeChangeSet: (_form, stack) => describeChangeSet(stack(), stacks.hasChanges(stack())),
    DeleteChangeSet: () => "",
    ExecuteChangeSet: (_form, stack) => {
      stacks.execute(stack());
      return "";
    },
    DeleteStack: (_form, stack) => {
      stacks.delete(stack());
      return "";
    },
  };
  return (form: URLSearchParams): { status: number; body: string } => {
    const action = form.get("Action") ?? "";
    try {
      const answer = answers[action];
      if (answer === undefined) throw new Error(`the emulator does not know ${action}`);
      const result = element(
        `${action}Result`,
        answer(form, () => stacks.get(form.get("StackName") ?? "")),
        false,
      );
      return { status: 200, body: element(`${action}Response`, result, false) };
    } catch (error) {
      const code = error instanceof ValidationError ? "ValidationError" : "InternalFailure";
      const message = error instanceof Error ? error.message : String(error);
      const fault = element("Code", code) + element("Message", message);
      return { status: 400, body: element("ErrorResponse", element("Error", fault, false), false) };
    }
  };
}

function describe({ name, id, status }: Stack): string {
  const created = element("CreationTime", new Date().toISOString());
  return element("StackName", name) + element("StackId", id) + element("StackStatus", status) + created;
}

function describeEvents(stack: Stack): string[] {
  return stack.events.map(({ id, logicalId, type, status, reason }) =>
    [
      element("EventId", id),
      element("StackName", stack.name),
      element("LogicalResourceId", logicalId),
      element("ResourceType", type),
      element("ResourceStatus", status),
      element("ResourceStatusReason", reason),
    ].join(""),
  );
}

function describeResource(stack: Stack, logicalId: string): string {
  const resource = stack.resources.get(logicalId);
  return [
    element("StackName", stack.name),
    element("LogicalResourceId", logicalId),
    element("PhysicalResourceId", resource?.physicalId ?? ""),
    element("ResourceType", resource?.type ?? ""),
    element("ResourceStatus", "CREATE_COMPLETE"),
  ].join("");
}

function describeChangeSet({ name, id }: Stack, hasChanges: boolean): string {
  const reason = "The submitted information didn't contain changes. Submit different information.";
  return [
    element("StackName", name),
    element("StackId", id),
    element("Status", hasChanges ? "CREATE_COMPLETE" : "FAILED"),
    hasChanges ? "" : element("StatusReason", reason),
  ].join("");
}
