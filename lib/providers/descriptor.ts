import * as z from "zod/mini";
import type { Clock } from "../domain/clock.ts";
import type { Capabilities, CloudClient, Provider } from "../domain/provider.ts";
import type { Caller, CredentialSource, ConnectionCaller } from "../transport/call.ts";
import { nameInIds, sharedMembers } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { createProvider } from "./create-provider.ts";
import { createCredentialSource, referencesTo } from "./credential.ts";
import type { CredentialMembers, CredentialOf, SecretResolver } from "./credential.ts";

/** What is true of a cloud whatever connection there is to it. */
interface ProviderFacts {
  /** What `provider` says in a connection, in a task and in a filter. */
  readonly name: string;
  /** Hosts that an `endpoint` may name without being allowed by hand. `*` stands for one label or more. */
  readonly endpointHosts: readonly string[];
  /** Calls a second for each API where a connection does not say. The cloud's own limit is shared by every tool. */
  readonly callsPerSecond: number;
  readonly capabilities: Capabilities;
}

/** What a client is made with. */
export interface ClientDependencies<Credential> {
  readonly region: string;
  /** The connection's own endpoint. */
  readonly endpoint: URL | undefined;
  readonly call: Caller;
  readonly clock: Clock;
  readonly credential: CredentialSource<Credential>;
}

type MembersOf<Shape extends z.core.$ZodShape> = z.output<z.ZodMiniObject<Shape>>;

/** A cloud as its own folder describes it. */
export interface ProviderDefinition<
  Shape extends z.core.$ZodShape,
  Secret extends CredentialMembers,
> extends ProviderFacts {
  /** The members that only connections to this cloud have, or have in a stricter form. */
  readonly connection: Shape;
  readonly credential: Secret;
  /** The regions that a connection watches; a cloud without regions has `global`. */
  regionsOf(members: MembersOf<Shape>): readonly string[];
  create(members: MembersOf<Shape>, deps: ClientDependencies<CredentialOf<Secret>>): CloudClient;
}

export interface ProviderDependencies {
  readonly call: ConnectionCaller;
  readonly secrets: SecretResolver;
  readonly clock: Clock;
}

/** A cloud as everything else sees it: nobody has to know which members its connections have. */
export interface ProviderDescriptor extends ProviderFacts {
  /** Checks a whole connection, shared members and references to secrets included. */
  readonly connection: z.ZodMiniType;
  regionsOf(connection: Connection): readonly string[];
  create(connection: Connection, region: string, deps: ProviderDependencies): Provider;
}

export function describeProvider<Shape extends z.core.$ZodShape, Secret extends CredentialMembers>(
  definition: ProviderDefinition<Shape, Secret>,
): ProviderDescriptor {
  const { name, endpointHosts, callsPerSecond, capabilities } = definition;
  const Members = z.object(definition.connection);
  return {
    name,
    endpointHosts,
    callsPerSecond,
    capabilities,
    connection: z.strictObject({
      ...sharedMembers,
      provider: z.literal(name),
      ...definition.connection,
      credential: referencesTo(definition.credential),
    }),
    regionsOf: (connection) => definition.regionsOf(Members.parse(connection)),
    create(connection, region, { call, clock, secrets }) {
      const endpoint = connection.endpoint === undefined ? undefined : new URL(connection.endpoint);
      const credential = createCredentialSource(definition.credential, connection.credential, secrets);
      const client = definition.create(Members.parse(connection), { region, endpoint, call, clock, credential });
      const renamed = connection.formerName === undefined ? {} : { renamedTo: connection.name };
      const target = { connection: nameInIds(connection), provider: name, region };
      return createProvider(client, { target, ...renamed, capabilities, clockSkewMs: call.clockSkewMs });
    },
  };
}
