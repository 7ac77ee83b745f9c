import * as z from "zod/mini";
import type { Clock } from "../domain/clock.ts";
import type { ErrorTable } from "../domain/error-table.ts";
import type { FailureTable } from "../domain/explanation.ts";
import type { Capabilities, CloudClient, Provider } from "../domain/provider.ts";
import type { Trial } from "../domain/trial.ts";
import type { Caller, CredentialSource, ConnectionCaller } from "../transport/call.ts";
import type { FaultReporter } from "./call-guard.ts";
import { nameInIds, sharedMembers } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { createProvider } from "./create-provider.ts";
import { createCredentialSource, referencesTo } from "./credential.ts";
import type { CredentialMembers, CredentialOf, SecretResolver } from "./credential.ts";
import { redactRefusals } from "./redact.ts";

/** Facts about a cloud that hold for every connection to it. */
interface ProviderFacts {
  /** The value of `provider` in connections, tasks, and filters. */
  readonly name: string;
  /**
   * This service's own hosts, allowed as an `endpoint` without configuration. A leading `*` matches one or more labels,
   * and any other one label.
   */
  readonly endpointHosts: readonly string[];
  /**
   * True if the client keeps the path of a connection's `endpoint` and signs it. Others would lose it, or send it
   * without signing it. Default: false.
   */
  readonly endpointMayHavePath?: boolean;
  /** Default calls per second for each API. The cloud's own limit is shared with all other tools on the account. */
  readonly callsPerSecond: number;
  readonly capabilities: Capabilities;
  /** What its error codes mean. */
  readonly errors: ErrorTable;
  /** What is known about the reasons why its tasks fail. */
  readonly failures: FailureTable;
  /** One for each call that the client makes. */
  readonly trials: readonly Trial[];
}

/** The dependencies of a client. */
export interface ClientDependencies<Credential> {
  readonly region: string;
  /** The connection's own endpoint. */
  readonly endpoint: URL | undefined;
  readonly call: Caller;
  readonly clock: Clock;
  readonly credential: CredentialSource<Credential>;
}

type MembersOf<Shape extends z.core.$ZodShape> = z.output<z.ZodMiniObject<Shape>>;

/** A cloud as its own folder defines it. */
export interface ProviderDefinition<
  Shape extends z.core.$ZodShape,
  Secret extends CredentialMembers,
> extends ProviderFacts {
  /** Members that only connections to this cloud have, or that are stricter here. */
  readonly connection: Shape;
  readonly credential: Secret;
  /** The regions that a connection watches. For a cloud without regions: `global`. */
  regionsOf(members: MembersOf<Shape>): readonly string[];
  create(members: MembersOf<Shape>, deps: ClientDependencies<CredentialOf<Secret>>): CloudClient;
}

export interface ProviderDependencies {
  readonly call: ConnectionCaller;
  readonly secrets: SecretResolver;
  readonly clock: Clock;
  readonly reportFault?: FaultReporter | undefined;
}

/** A cloud as all other code sees it, without the type of its connections. */
export interface ProviderDescriptor extends ProviderFacts {
  /** Validates a whole connection, including shared members and secret references. */
  readonly connection: z.ZodMiniType;
  regionsOf(connection: Connection): readonly string[];
  create(connection: Connection, region: string, deps: ProviderDependencies): Provider;
}

export function describeProvider<Shape extends z.core.$ZodShape, Secret extends CredentialMembers>(
  definition: ProviderDefinition<Shape, Secret>,
): ProviderDescriptor {
  const { name, endpointHosts, endpointMayHavePath = false, callsPerSecond, capabilities, trials } = definition;
  const { errors, failures } = definition;
  const Members = z.object(definition.connection);
  return {
    name,
    endpointHosts,
    endpointMayHavePath,
    callsPerSecond,
    capabilities,
    errors,
    failures,
    trials,
    connection: z.strictObject({
      ...sharedMembers,
      provider: z.literal(name),
      ...definition.connection,
      credential: referencesTo(definition.credential),
    }),
    regionsOf: (connection) => definition.regionsOf(Members.parse(connection)),
    create(connection, region, { call, clock, secrets, reportFault }) {
      const endpoint = connection.endpoint === undefined ? undefined : new URL(connection.endpoint);
      const credential = createCredentialSource(definition.credential, connection.credential, secrets);
      const members = Members.parse(connection);
      const client = definition.create(members, { region, endpoint, call: redactRefusals(call), clock, credential });
      const renamed = connection.formerName === undefined ? {} : { renamedTo: connection.name };
      const target = { connection: nameInIds(connection), provider: name, region };
      const about = { target, ...renamed, capabilities, clockSkewMs: call.clockSkewMs };
      return createProvider(client, about, reportFault);
    },
  };
}
