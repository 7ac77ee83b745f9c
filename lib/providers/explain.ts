import { explainTask } from "../domain/explanation.ts";
import type { Explain } from "../domain/explanation.ts";
import type { ProviderDescriptor } from "./descriptor.ts";
import { providerDescriptors } from "./index.ts";

/**
 * Explains tasks of these clouds, also those of connections that are no longer configured. A failure of any other cloud
 * has no explanation.
 */
export function explainWith(
  descriptors: readonly Pick<ProviderDescriptor, "name" | "failures">[] = providerDescriptors,
): Explain {
  const tables = new Map(descriptors.map(({ name, failures }) => [name, failures]));
  return (task) => explainTask(task, tables.get(task.provider) ?? []);
}
