import * as z from "zod/mini";

export const Definition = z.looseObject({
  Type: z.string(),
  DeletionPolicy: z.optional(z.string()),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
});
export type Definition = z.infer<typeof Definition>;

export interface Resource {
  readonly type: string;
  readonly physicalId: string;
  properties: Readonly<Record<string, unknown>>;
  /** Increases with every resource, so that a new one of the same name can be told from the old one. */
  readonly serial: number;
  changedAtMs: number;
}

/** The properties that give a resource its name. Two resources of one type cannot have the same. */
const names = ["BucketName", "FunctionName", "LogGroupName", "QueueName", "RegistryName", "RoleName", "TableName"];
const alsoNames = ["AlarmName", "ArchiveName", "DashboardName", "SchemaName", "TopicName"];

/** Everything in the emulated account, whether a stack owns it or not. */
export class EmulatedResources {
  readonly #all = new Map<string, Resource>();
  #serial = 0;

  find(type: string, physicalId: string): Resource | undefined {
    return this.#all.get(`${type} ${physicalId}`);
  }

  ofType(type: string): Resource[] {
    return [...this.#all.values()].filter((one) => one.type === type);
  }

  /** @throws Error as CloudFormation words it, if there is one of that name */
  create(logicalId: string, { Type, Properties }: Definition): Resource {
    const serial = ++this.#serial;
    const physicalId = nameOf(Type, Properties) ?? `${logicalId.toLowerCase()}-${serial}`;
    const key = `${Type} ${physicalId}`;
    if (this.#all.has(key))
      throw new Error(`Resource of type '${Type}' with identifier '${physicalId}' already exists.`);
    const resource = { type: Type, physicalId, properties: Properties, serial, changedAtMs: Date.now() };
    this.#all.set(key, resource);
    return resource;
  }

  /** @throws Error if the resource is protected */
  delete({ type, physicalId, properties }: Resource): void {
    if (properties["DeletionProtectionEnabled"] === true) {
      throw new Error(`Resource cannot be deleted as it is currently protected against deletion: ${physicalId}`);
    }
    this.#all.delete(`${type} ${physicalId}`);
  }
}

function nameOf(type: string, properties: Readonly<Record<string, unknown>>): string | undefined {
  const own = type === "AWS::Events::EventBus" || type === "AWS::Events::Rule" ? ["Name"] : [];
  const found = [...names, ...alsoNames, ...own]
    .map((name) => properties[name])
    .find((value) => typeof value === "string");
  return typeof found === "string" ? found : undefined;
}
