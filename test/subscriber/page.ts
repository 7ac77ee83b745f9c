/** What people copy out of docs/subscribing.md. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { ScalarTag } from "yaml";
import * as z from "zod/mini";

export interface Fence {
  /** The last line of text before it. */
  readonly after: string;
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in order. Its path is relative to docs/. */
export async function fencesOf(page: string): Promise<Fence[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  const fences: Fence[] = [];
  let [heading, after] = ["", ""];
  let open: { language: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const fence = /^```(\w*)$/.exec(line);
    if (fence && open) fences.push({ after, heading, language: open.language, text: open.lines.join("\n") });
    if (fence) open = open ? undefined : { language: fence[1] ?? "", lines: [] };
    else if (open) open.lines.push(line);
    else if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
    else if (line !== "") after = line;
  }
  return fences;
}

/** A value such as `{ "Fn::GetAtt": "Queue.Arn" }`, as the long form of CloudFormation has it. */
const shortForms: ScalarTag[] = ["Ref", "GetAtt", "Sub", "ImportValue"].map((name) => ({
  tag: `!${name}`,
  resolve: (value) => ({ [name === "Ref" ? "Ref" : `Fn::${name}`]: value }),
}));

const Target = z.looseObject({
  Arn: z.unknown(),
  RetryPolicy: z.optional(z.object({ MaximumRetryAttempts: z.number(), MaximumEventAgeInSeconds: z.number() })),
  DeadLetterConfig: z.optional(z.object({ Arn: z.unknown() })),
  InputTransformer: z.optional(
    z.object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() }),
  ),
});
const Rule = z.looseObject({ EventPattern: z.record(z.string(), z.unknown()), Targets: z.array(Target) });
const Template = z.object({
  Parameters: z.optional(z.record(z.string(), z.unknown())),
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.looseObject({}) })),
});
export type Template = z.infer<typeof Template>;

export function parseTemplate(text: string): Template {
  return Template.parse(parseCloudFormation(text));
}

export function parseCloudFormation(text: string): unknown {
  return parse(text, { customTags: shortForms });
}

export function rulesOf({ Resources }: Template) {
  return Object.entries(Resources).flatMap(([name, { Type, Properties }]) =>
    Type === "AWS::Events::Rule" ? [{ name, ...Rule.parse(Properties) }] : [],
  );
}

/**
 * What a target gets, as text. Values inside quotes are put in as they are, without escapes.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function transformInput(transformer: z.infer<typeof Target>["InputTransformer"], event: unknown): string {
  if (transformer === undefined) return JSON.stringify(event);
  const { InputPathsMap, InputTemplate } = transformer;
  return InputTemplate.replaceAll(/<(\w+)>/g, (_all, name: string) => {
    const path = InputPathsMap[name];
    if (path === undefined) throw new Error(`the template has <${name}>, which has no path`);
    const value = path
      .split(".")
      .slice(1)
      .reduce((holder, member) => (holder as Record<string, unknown>)[member], event);
    return typeof value === "string" ? value : JSON.stringify(value ?? null);
  });
}
