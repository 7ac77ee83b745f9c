import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";

const Resource = z.looseObject({
  Type: z.string(),
  DeletionPolicy: z.optional(z.string()),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
});
type Resource = z.infer<typeof Resource>;

export const Template = z.object({ Resources: z.record(z.string(), Resource) });
export type Template = z.infer<typeof Template>;

/** Properties that name a resource, in order of preference. */
const nameProperties = [
  "FunctionName",
  "TableName",
  "LogGroupName",
  "RouteKey",
  "QueueName",
  "TopicName",
  "AlarmName",
  "DashboardName",
  "RoleName",
  "RegistryName",
  "SchemaName",
  "ArchiveName",
  "Name",
];

/** One line for each resource that a deployment would create, change, remove, or leave behind. */
export function planLines(wanted: Template, deployed: Template | undefined): string[] {
  const [after, before] = [stableIds(wanted), stableIds(deployed ?? { Resources: {} })];
  const created = [...after].flatMap(([id, one]) => (before.has(id) ? [] : [line("create", id, one)]));
  const changed = [...after].flatMap(([id, one]) => {
    const paths = changedParts(before.get(id), one);
    return paths.length === 0 ? [] : [`${line("change", id, one)} (${paths.join(", ")})`];
  });
  const removed = [...before].flatMap(([id, one]) =>
    after.has(id) ? [] : [line(one.DeletionPolicy === "Retain" ? "keep, outside of the stack," : "remove", id, one)],
  );
  return [...created, ...changed, ...removed].toSorted();
}

/** The resources that stay when the stack is removed. */
export function retainedResources({ Resources }: Template): [id: string, type: string][] {
  return Object.entries(Resources).flatMap(([id, { Type, DeletionPolicy }]) =>
    DeletionPolicy === "Retain" ? [[id, Type]] : [],
  );
}

/**
 * The framework gives each version of a function an id of its own, made of the code and the settings. The place of the
 * code in the bucket changes with every deployment.
 */
function stableIds({ Resources }: Template): Map<string, Resource> {
  return new Map(
    Object.entries(Resources).map(([id, { Properties, ...rest }]) => {
      if (rest.Type === "AWS::Lambda::Version") {
        return [id.replace(/(?<=LambdaVersion).*$/, ""), { ...rest, Properties: { ...Properties, code: id } }];
      }
      if (rest.Type !== "AWS::Lambda::Function") return [id, { ...rest, Properties }];
      return [id, { ...rest, Properties: { ...Properties, Code: "in the bucket" } }];
    }),
  );
}

function changedParts(before: Resource | undefined, after: Resource): string[] {
  if (before === undefined) return [];
  const names = new Set([...Object.keys(before.Properties), ...Object.keys(after.Properties)]);
  const properties = [...names].filter((name) => !isDeepStrictEqual(before.Properties[name], after.Properties[name]));
  const isSame = isDeepStrictEqual({ ...before, Properties: {} }, { ...after, Properties: {} });
  return isSame ? properties : [...properties, "attributes"];
}

function line(action: string, id: string, { Type, Properties }: Resource): string {
  const name = nameProperties.map((property) => Properties[property]).find((value) => typeof value === "string");
  return `${action} ${Type} ${id}${name === undefined ? "" : ` ${String(name)}`}`;
}
