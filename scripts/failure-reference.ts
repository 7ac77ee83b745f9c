import type { FailureRow } from "../lib/domain/explanation.ts";
import type { ProviderDescriptor } from "../lib/providers/descriptor.ts";

/** One table per provider, out of the table that explains its failed tasks. */
export function failureReference(descriptors: readonly ProviderDescriptor[]): string {
  return descriptors.map(sectionOf).join("\n");
}

const heads = ["code", "cause", "remedy", "both are", "`retry`", "`retry` is"];

function sectionOf({ name, failures }: ProviderDescriptor): string {
  const heading = `## \`${name}\`\n\n`;
  if (failures.length === 0) return `${heading}No failure of this provider is explained.\n`;
  const rows = [heads, heads.map(() => "---"), ...failures.map(cellsOf)];
  return `${heading}${rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
}

function cellsOf(row: FailureRow): string[] {
  const { codes = [], words = [], cause, certainty, remedy, retry, retryCertainty = "inferred" } = row;
  const code = codes.length === 0 ? "any" : codes.map((one) => `\`${one}\``).join(", ");
  const message = words.length === 0 ? "" : ` with ${words.map((one) => `"${one.trim()}"`).join(" or ")}`;
  return [`${code}${message}`, cause, remedy, certainty, `\`${retry}\``, retryCertainty];
}
