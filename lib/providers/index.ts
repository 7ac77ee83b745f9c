import { connectionRegions } from "../config/connections.ts";
import type {
  AlibabaEcsConnection,
  ApsaraRouteConnection,
  Connection,
  TencentEcmConnection,
} from "../config/connections.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Clock } from "../domain/clock.ts";
import type { Provider } from "../domain/provider.ts";
import type { Caller, CredentialSource } from "../transport/call.ts";
import type { Acs3Credential } from "../transport/signing/acs3.ts";
import type { Tc3Credential } from "../transport/signing/tc3.ts";
import type { XCaCredential } from "../transport/signing/x-ca.ts";
import { createAlibabaEcs } from "./alibaba-ecs/client.ts";
import { createApsaraRoute } from "./apsara-route/client.ts";
import { createTencentEcm } from "./tencent-ecm/client.ts";

export interface ProviderDependencies {
  /** One caller for each connection, so that its regions share one rate budget. */
  callerFor(connection: Connection): Caller;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Every target of the connections as a provider: the only list of what there is. */
export function createProviders(connections: readonly Connection[], deps: ProviderDependencies): Provider[] {
  return connections.flatMap((connection) => {
    const call = deps.callerFor(connection);
    return connectionRegions(connection).map((region) => createProvider(connection, region, { ...deps, call }));
  });
}

function createProvider(
  connection: Connection,
  region: string,
  deps: ProviderDependencies & { call: Caller },
): Provider {
  const { call, clock, secrets } = deps;
  const endpoint = connection.endpoint === undefined ? undefined : new URL(connection.endpoint);
  switch (connection.provider) {
    case "alibaba-ecs":
      return createAlibabaEcs(
        { connection: connection.name, region, endpoint },
        { call, clock, credential: alibabaCredential(connection, secrets) },
      );
    case "apsara-route": {
      const { name, userEmail, stage, version } = connection;
      return createApsaraRoute(
        { connection: name, region, endpoint: new URL(connection.endpoint), userEmail, stage, version },
        { call, clock, credential: apsaraCredential(connection, secrets) },
      );
    }
    case "tencent-ecm":
      return createTencentEcm(
        { connection: connection.name, endpoint, timeZone: connection.timeZone ?? "+08:00" },
        { call, clock, credential: tencentCredential(connection, secrets) },
      );
  }
}

function alibabaCredential({ credential }: AlibabaEcsConnection, secrets: Secrets): CredentialSource<Acs3Credential> {
  return async (freshness) => {
    const [accessKeyId, accessKeySecret, securityToken] = await Promise.all([
      secrets.resolve(credential.accessKeyId, freshness),
      secrets.resolve(credential.accessKeySecret, freshness),
      credential.securityToken === undefined ? undefined : secrets.resolve(credential.securityToken, freshness),
    ]);
    return { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { securityToken }) };
  };
}

function apsaraCredential({ credential }: ApsaraRouteConnection, secrets: Secrets): CredentialSource<XCaCredential> {
  return async (freshness) => {
    const [appKey, appSecret] = await Promise.all([
      secrets.resolve(credential.appKey, freshness),
      secrets.resolve(credential.appSecret, freshness),
    ]);
    return { appKey, appSecret };
  };
}

function tencentCredential({ credential }: TencentEcmConnection, secrets: Secrets): CredentialSource<Tc3Credential> {
  return async (freshness) => {
    const [secretId, secretKey, token] = await Promise.all([
      secrets.resolve(credential.secretId, freshness),
      secrets.resolve(credential.secretKey, freshness),
      credential.token === undefined ? undefined : secrets.resolve(credential.token, freshness),
    ]);
    return { secretId, secretKey, ...(token === undefined ? {} : { token }) };
  };
}
