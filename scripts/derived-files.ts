import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { ProviderDescriptor } from "../lib/providers/descriptor.ts";
import { errorReference } from "./error-reference.ts";
import { failureReference } from "./failure-reference.ts";

/** What is written down about the clouds outside of their folders. A test holds it equal to what the array says. */

export interface DerivedFile {
  readonly path: string;
  /** The file's text as it must be, out of the text that it has. */
  derive(text: string, descriptors: readonly ProviderDescriptor[]): string;
}

export const derivedFiles: readonly DerivedFile[] = [
  { path: absolute("lib/providers/names.ts"), derive: withNames },
  { path: absolute("docs/schemas/task-event.v1.json"), derive: withEnumOfNames },
  { path: absolute("docs/adding-a-provider.md"), derive: withTable },
  { path: absolute("docs/errors.md"), derive: withErrors },
  { path: absolute("docs/failures.md"), derive: withFailures },
];

function absolute(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function withNames(text: string, descriptors: readonly ProviderDescriptor[]): string {
  return replaceOnce(text, /(?<=providerNames = )\[[^\]]*\]/, jsonListOfNames(descriptors));
}

function withEnumOfNames(text: string, descriptors: readonly ProviderDescriptor[]): string {
  return replaceOnce(text, /(?<="provider": \{\s*"enum": )\[[^\]]*\]/, jsonListOfNames(descriptors));
}

function jsonListOfNames(descriptors: readonly ProviderDescriptor[]): string {
  return `[${descriptors.map(({ name }) => JSON.stringify(name)).join(", ")}]`;
}

function withTable(text: string, descriptors: readonly ProviderDescriptor[]): string {
  const heads = ["", ...descriptors.map(({ name }) => `\`${name}\``)];
  const rows = [heads, ...Object.entries(facts).map(([fact, say]) => [fact, ...descriptors.map((one) => say(one))])];
  const table = alignedTable(rows);
  return replaceOnce(text, /(?<=<!-- derived -->\n\n)(\|.*\n)+/, table);
}

function withErrors(text: string, descriptors: readonly ProviderDescriptor[]): string {
  return replaceOnce(text, /(?<=<!-- derived -->\n\n)[\s\S]*/, errorReference(descriptors));
}

function withFailures(text: string, descriptors: readonly ProviderDescriptor[]): string {
  return replaceOnce(text, /(?<=<!-- derived -->\n\n)[\s\S]*/, failureReference(descriptors));
}

const facts: Readonly<Record<string, (descriptor: ProviderDescriptor) => string>> = {
  "endpoints allowed": ({ endpointHosts }) => code(endpointHosts),
  "endpoint may have a path": ({ endpointMayHavePath }) => yesOrNo(endpointMayHavePath === true),
  "calls a second": ({ callsPerSecond }) => String(callsPerSecond),
  "tasks in one call": ({ capabilities }) => String(capabilities.batchSize),
  "lists every task": ({ capabilities }) => yesOrNo(capabilities.listsWithoutIds),
  "reports progress": ({ capabilities }) => yesOrNo(capabilities.reportsProgress),
  "can cancel": ({ capabilities }) => yesOrNo(capabilities.cancels),
  "connection needs": ({ connection }) => code(membersOf(connection).required),
  "connection may have": ({ connection }) => code(membersOf(connection).optional),
  "credential needs": ({ connection }) => code(membersOf(connection, "credential").required),
  "credential may have": ({ connection }) => code(membersOf(connection, "credential").optional),
};

const ObjectSchema = z.object({
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).default([]),
});

/** The names of an object's members; of the object inside it that is named. */
function membersOf(schema: ProviderDescriptor["connection"], inside?: string) {
  const whole = ObjectSchema.parse(z.toJSONSchema(schema, { io: "input" }));
  const { properties, required } = inside === undefined ? whole : ObjectSchema.parse(whole.properties[inside]);
  return { required, optional: Object.keys(properties).filter((name) => !required.includes(name)) };
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}

function yesOrNo(is: boolean): string {
  return is ? "yes" : "no";
}

function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const [head = "", ...body] = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [head, line(widths.map((width) => "-".repeat(width))), ...body].join("");
}

function replaceOnce(text: string, place: RegExp, by: string): string {
  if (!place.test(text)) throw new Error(`the text has no place for it: ${place.source}`);
  return text.replace(place, () => by);
}
