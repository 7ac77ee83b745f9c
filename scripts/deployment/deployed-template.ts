import { GetTemplateCommand, paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { unlessMissing } from "./aws.ts";
import type { Aws } from "./aws.ts";
import { Template, retainedResources } from "./plan.ts";

/** `undefined` if there is no stack. */
export async function readDeployedTemplate({ cloudFormation }: Aws, stackName: string): Promise<Template | undefined> {
  const command = new GetTemplateCommand({ StackName: stackName, TemplateStage: "Original" });
  const body = (await unlessMissing(cloudFormation.send(command)))?.TemplateBody;
  return body === undefined ? undefined : Template.parse(JSON.parse(body));
}

/** Type and name of each resource that stays when the stack is removed, such as `AWS::DynamoDB::Table image-tasks-dev`. */
export async function readRetained(aws: Aws, stackName: string): Promise<string[]> {
  const template = await readDeployedTemplate(aws, stackName);
  if (template === undefined) return [];
  const retained = new Map(retainedResources(template));
  const lines: string[] = [];
  for await (const page of paginateListStackResources({ client: aws.cloudFormation }, { StackName: stackName })) {
    for (const { LogicalResourceId = "", PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      const type = retained.get(LogicalResourceId);
      if (type !== undefined) lines.push(`${type} ${PhysicalResourceId ?? LogicalResourceId}`);
    }
  }
  return lines;
}
