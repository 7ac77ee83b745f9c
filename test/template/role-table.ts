import type { AwsCall } from "./recording-aws.ts";
import { allows, reasonsForWidth, widthsOf } from "./role-comparison.ts";
import type { FunctionRole, Grant } from "./role-grants.ts";

/** The tables of `docs/roles.md`: each role beside one of the calls that were recorded for each of its grants. */
export function roleTables(roles: readonly FunctionRole[], calls: ReadonlyMap<string, readonly AwsCall[]>): string {
  return roles.map(({ name, grants }) => sectionOf(name, grants, calls.get(name) ?? [])).join("\n");
}

const heads = ["the role allows", "on", "a recorded call", "why the role is wider"];

function sectionOf(name: string, grants: readonly Grant[], calls: readonly AwsCall[]): string {
  const groups = Map.groupBy(grants, placeOf);
  const rows = Array.from(groups.values(), (group) => rowOf(name, group, calls));
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `## \`${name}\`\n\n${lines.join("")}`;
}

/** Grants of the same place share a row. */
function rowOf(name: string, group: readonly Grant[], calls: readonly AwsCall[]): string[] {
  const [grant] = group;
  if (grant === undefined) throw new Error("a group of grants is empty");
  const made = calls.filter((call) => allows(grant, call)).map((call) => placeOf({ ...call, items: call.item }));
  const widths = widthsOf(grant, name);
  return [
    group.map(({ action }) => `\`${action}\``).join(", "),
    placeOf(grant),
    /^(logs|xray):/.test(grant.action) ? "Lambda's own" : widths.length === 0 ? "the same" : (made.toSorted()[0] ?? ""),
    widths.map((width) => reasonsForWidth[width] ?? "").join("; "),
  ];
}

function placeOf({ resource, items }: Pick<Grant, "resource" | "items">): string {
  if (resource === "*") return "`*`";
  const [, , , region, , ...rest] = resource.split(":");
  const place = `\`${rest.join(":")}\`${region === "us-east-1" ? "" : ` in ${region === "*" ? "any region" : region}`}`;
  if (items === null) return place;
  // A digest of what the item holds, which is never the same.
  const item = items.replace(/#[0-9a-f]{12}$/, "#<digest>");
  return item.startsWith("not ") ? `${place}, items but \`${item.slice(4)}\`` : `${place}, item \`${item}\``;
}
