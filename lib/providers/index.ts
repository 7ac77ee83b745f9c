import type { Provider } from "../domain/provider.ts";
import type { ConnectionCaller } from "../transport/call.ts";
import { alibabaEcs } from "./alibaba-ecs/descriptor.ts";
import { apsaraRoute } from "./apsara-route/descriptor.ts";
import type { Connection } from "./connection.ts";
import type { ProviderDependencies, ProviderDescriptor } from "./descriptor.ts";
import { tencentEcm } from "./tencent-ecm/descriptor.ts";

/** The only list of supported clouds. `npm run derive` generates the docs and schemas from it. */
export const providerDescriptors: readonly ProviderDescriptor[] = [alibabaEcs, apsaraRoute, tencentEcm];

export interface ConnectionDependencies extends Omit<ProviderDependencies, "call"> {
  /** Returns one caller per connection, so that its regions share one rate budget. */
  callerFor(connection: Connection): ConnectionCaller;
}

/** Creates one provider for each target of the connections. */
export function createProviders(
  connections: readonly Connection[],
  deps: ConnectionDependencies,
  descriptors: readonly ProviderDescriptor[] = providerDescriptors,
): Provider[] {
  const { clock, secrets, reportFault } = deps;
  return connections.flatMap((connection) => {
    const call = deps.callerFor(connection);
    const descriptor = descriptorOf(connection, descriptors);
    return descriptor
      .regionsOf(connection)
      .map((region) => descriptor.create(connection, region, { call, clock, secrets, reportFault }));
  });
}

/** Throws `RangeError` if the connection was validated against other descriptors. */
export function descriptorOf(
  { provider }: Pick<Connection, "provider">,
  descriptors: readonly ProviderDescriptor[] = providerDescriptors,
): ProviderDescriptor {
  const found = descriptors.find(({ name }) => name === provider);
  if (found === undefined) throw new RangeError(`there is no provider ${provider}`);
  return found;
}
