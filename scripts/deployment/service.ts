import * as z from "zod/mini";
import { ServiceSettings } from "../check-service.ts";
import { runFramework } from "./framework.ts";
import type { FrameworkOptions } from "./framework.ts";
import { TableProperties } from "./ledger-table.ts";

/** A stage, as `serverless.yml` describes it for the variables of this shell. */
export interface Service {
  readonly stage: string;
  readonly stackName: string;
  readonly region: string;
  readonly settings: ServiceSettings;
  /** The bus for the events, and whether the stack has it. */
  readonly bus: { readonly name: string; readonly isOwn: boolean };
  /** The KMS keys by the variable that names each; `none` if it names none. */
  readonly keyArns: Readonly<Record<"SECRETS_KEY_ARN" | "KMS_KEY_ARN", string>>;
  /** The ledger as the stack would create it. */
  readonly table: TableProperties;
}

const Resource = z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) });
const Printed = z.looseObject({
  service: z.string(),
  provider: z.looseObject({ stackName: z.optional(z.string()) }),
  resources: z.unknown(),
});

/** @throws Error with the framework's own words, such as for an `API_AUTH` that is none of the known ones */
export async function readService(options: FrameworkOptions): Promise<Service> {
  const env = { ...options.env, LEDGER_TABLE: "create" };
  const printed: unknown = JSON.parse(await runFramework(["print", "--format", "json"], { ...options, env }));
  const { service, provider, resources } = Printed.parse(printed);
  const settings = ServiceSettings.parse(printed);
  const all = resourcesIn(resources);
  const bus = String(settings.functions.sweep.environment.EVENT_BUS_NAME);
  const isOwn = all.some(({ Type, Properties }) => Type === "AWS::Events::EventBus" && Properties?.["Name"] === bus);
  return {
    stage: options.stage,
    stackName: provider.stackName ?? `${service}-${options.stage}`,
    region: settings.provider.region,
    settings,
    bus: { name: bus, isOwn },
    keyArns: {
      SECRETS_KEY_ARN: settings.custom.secretsKeyArn,
      KMS_KEY_ARN: options.env["KMS_KEY_ARN"] || "none",
    },
    table: TableProperties.parse(all.find(({ Type }) => Type === "AWS::DynamoDB::Table")?.Properties),
  };
}

/** `resources` may be a list of parts, and the parts may be nested. */
function resourcesIn(value: unknown): z.infer<typeof Resource>[] {
  if (typeof value !== "object" || value === null) return [];
  const one = Resource.safeParse(value);
  return one.success ? [one.data] : Object.values(value).flatMap(resourcesIn);
}
