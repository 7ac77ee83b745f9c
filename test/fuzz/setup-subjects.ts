import { validateHeaderName, validateHeaderValue } from "node:http";
import { ConfigurationError, parseConnections } from "../../lib/config/connections.ts";
import { createSecrets } from "../../lib/config/secrets.ts";
import type { SecretReader } from "../../lib/config/secrets.ts";
import type { Clock } from "../../lib/domain/clock.ts";
import { ProviderError } from "../../lib/domain/errors.ts";
import type { Provider } from "../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../lib/providers/create-provider.ts";
import type { SecretResolver } from "../../lib/providers/credential.ts";
import { createProviders, descriptorOf } from "../../lib/providers/index.ts";
import { redactRefusals } from "../../lib/providers/redact.ts";
import { createTencentEcm } from "../../lib/providers/tencent-ecm/client.ts";
import { AdapterFault } from "../../lib/transport/adapter-fault.ts";
import type { ConnectionCaller, Transport } from "../../lib/transport/call.ts";
import { cloudNames } from "./corpus.ts";
import type { CloudName } from "./corpus.ts";
import { createFuzzCaller } from "./fuzz-caller.ts";
import { createFuzzClock } from "./fuzz-clock.ts";
import { plainSetup } from "./hostile-setup.ts";
import type { HostileSetup } from "./hostile-setup.ts";
import { hostileTransport } from "./hostile-transport.ts";
import type { Delivered, HostileCase, Observation, Subject } from "./observation.ts";

/** Resolves references, as an argument so that a wrong one can be put in its place. */
export type CreateSecrets = typeof createSecrets;

/** The adapters with hostile credentials, endpoints, addresses, ids, and headers. */
export function setupSubjects(create: CreateSecrets = createSecrets): Subject[] {
  return cloudNames.map((cloud) => ({
    name: `${cloud} with a hostile setup`,
    cloud,
    shows: "nothing",
    asks: "list",
    seesStatus: true,
    hasSetup: true,
    observe: (hostile) => observe(cloud, hostile, create),
  }));
}

async function observe(cloud: CloudName, hostile: HostileCase, create: CreateSecrets): Promise<Observation> {
  const delivered: Delivered[] = [];
  const nothing = { delivered, seen: [], unreadable: [] };
  const setup = hostile.setup ?? plainSetup;
  try {
    const clock = createFuzzClock();
    const call = createFuzzCaller(asNode(hostileTransport(hostile, delivered)), clock);
    const provider = setup.checked
      ? checkedProvider(cloud, setup, { call, clock, secrets: create(storeOf(setup, clock)) })
      : directProvider(cloud, setup, { call, clock });
    await play(provider, setup);
    return nothing;
  } catch (thrown) {
    // Nothing of the configuration is shown when it is refused.
    if (thrown instanceof ConfigurationError)
      return { ...nothing, thrown: new ProviderError("bad-request", onOneLine(thrown.message)) };
    return { ...nothing, thrown, unsendable: !setup.checked && isUnsendable(thrown) };
  }
}

/** Its problems have a line each, since it is shown on a terminal only. */
function onOneLine(message: string): string {
  return message.replaceAll("\n", " ");
}

/** What Node throws before it sends a request. */
function isUnsendable(thrown: unknown): boolean {
  const cause = thrown instanceof AdapterFault ? thrown.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ERR_INVALID_CHAR" || code === "ERR_INVALID_PROTOCOL";
}

async function play(provider: Provider, { method, nativeIds }: HostileSetup): Promise<void> {
  const { signal } = new AbortController();
  for (const id of nativeIds) provider.nativeIdProblem(id);
  if (method === "list") {
    for await (const page of provider.list({}, signal)) if (page.next === null) return;
  } else if (method === "getMany") await provider.getMany(nativeIds, signal);
  else for (const id of nativeIds) await provider[method]?.(id, signal);
}

/** Refuses what `node:http` refuses, and does not send the rest. */
function asNode(transport: Transport): Transport {
  return async (request, signal) => {
    if (!/^https?:$/.test(request.url.protocol)) {
      throw Object.assign(new TypeError("Protocol not supported"), { code: "ERR_INVALID_PROTOCOL" });
    }
    for (const [name, value] of Object.entries({ ...request.headers, host: request.url.host })) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return transport(request, signal);
  };
}

function storeOf(setup: HostileSetup, clock: Clock): Parameters<CreateSecrets>[0] {
  const reads = new Map<string, number>();
  const read: SecretReader = async (name) => {
    const times = (reads.get(name) ?? 0) + 1;
    reads.set(name, times);
    const [first, second] = name === "ID" ? setup.id : name === "/key" ? setup.key : [setup.tokenJson, setup.tokenJson];
    return (times === 1 ? first : second) ?? undefined;
  };
  return { readers: { env: read, ssm: read, secretsmanager: read }, clock, maxAgeMs: 300_000 };
}

interface Dependencies {
  readonly call: ConnectionCaller;
  readonly clock: Clock;
}

const memberNames = {
  "alibaba-ecs": { id: "accessKeyId", key: "accessKeySecret", token: "securityToken" },
  "apsara-route": { id: "appKey", key: "appSecret", token: undefined },
  "tencent-ecm": { id: "secretId", key: "secretKey", token: "token" },
} as const;

/** As a function creates it: from a connections file and a secret store. */
function checkedProvider(
  cloud: CloudName,
  setup: HostileSetup,
  deps: Dependencies & { secrets: SecretResolver },
): Provider {
  const { id, key, token } = memberNames[cloud];
  const { endpoint, userEmail } = setup;
  const connection = {
    name: "fuzz",
    provider: cloud,
    endpoint,
    ...(cloud === "tencent-ecm" ? {} : { regions: ["cn-hangzhou"] }),
    ...(cloud === "apsara-route" ? { userEmail } : {}),
    credential: { [id]: "env:ID", [key]: "ssm:/key", ...(token && { [token]: "secretsmanager:json#token" }) },
  };
  const rule = { allowedHosts: ["*.example.com"], allowLoopback: true };
  const connections = parseConnections(JSON.stringify({ connections: [connection] }), rule);
  const [provider] = createProviders(connections, { ...deps, callerFor: () => deps.call });
  if (provider === undefined) throw new Error("the connection has no target");
  return provider;
}

/** Without any check before the adapter. */
function directProvider(cloud: CloudName, setup: HostileSetup, { call: plain, clock }: Dependencies): Provider {
  const call = redactRefusals(plain);
  const endpoint = new URL(URL.canParse(setup.endpoint) ? setup.endpoint : plainSetup.endpoint);
  const [id, key] = [setup.id[0] ?? "", setup.key[0] ?? ""];
  const region = cloud === "tencent-ecm" ? "global" : "cn-hangzhou";
  const clients = {
    "alibaba-ecs": () =>
      createAlibabaEcs(
        { region, endpoint },
        {
          call,
          clock,
          credential: async () => ({ accessKeyId: id, accessKeySecret: key, securityToken: setup.tokenJson }),
        },
      ),
    "apsara-route": () =>
      createApsaraRoute(
        { region, endpoint, userEmail: setup.userEmail },
        { call, clock, credential: async () => ({ appKey: id, appSecret: key }) },
      ),
    "tencent-ecm": () =>
      createTencentEcm(
        { endpoint, timeZone: "+08:00" },
        { call, clock, credential: async () => ({ secretId: id, secretKey: key, token: setup.tokenJson }) },
      ),
  };
  const target = { connection: "fuzz", provider: cloud, region };
  const { capabilities } = descriptorOf({ provider: cloud });
  return createProvider(clients[cloud](), { target, capabilities, clockSkewMs: plain.clockSkewMs });
}
