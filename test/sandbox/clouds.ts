import { randomBytes } from "node:crypto";
import { createAlibabaEcsWire } from "./alibaba-ecs.ts";
import { type AlibabaCredential, maxAgeMs } from "./alibaba-ecs-auth.ts";
import type { ApsaraCredential } from "./apsara-gateway-auth.ts";
import { type ApsaraEnvelope, createApsaraRouteWire } from "./apsara-route.ts";
import { serveControl } from "./control.ts";
import { keepBusy } from "./demo.ts";
import type { CloudName, RecordedRequest, Wire } from "./exchange.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { createCallWindow, createNonceMemory } from "./limits.ts";
import type { LoopbackServer } from "./loopback-server.ts";
import { serveWire } from "./serve-wire.ts";
import { createSandboxTasks, type SandboxTasks } from "./tasks.ts";
import type { TencentCredential } from "./tencent-auth.ts";
import { createTencentEcmWire, type NotFoundAnswer } from "./tencent-ecm.ts";

/** Three clouds on loopback: real HTTP, true signatures, tasks that move by a clock. */

export interface SandboxClock {
  now(): number;
  /** Present when the clock can be driven; `POST /clock` then works. */
  advance?(ms: number): void;
}

export interface ApsaraAccount extends ApsaraCredential {
  readonly userEmail: string;
}

export interface SandboxOptions {
  /** Moves the tasks. */
  readonly clock: SandboxClock;
  /** Judges signatures, nonces and call rates, and fills the `Date` header. Default: `clock`. */
  readonly wireClock?: { now(): number };
  readonly host?: "127.0.0.1";
  /** 0, the default, takes any free port. */
  readonly ports?: {
    readonly alibabaEcs?: number;
    readonly apsaraRoute?: number;
    readonly tencentEcm?: number;
    readonly control?: number;
  };
  /** Default: made up afresh. */
  readonly credentials?: {
    readonly alibabaEcs?: AlibabaCredential;
    readonly apsaraRoute?: ApsaraAccount;
    readonly tencentEcm?: TencentCredential;
  };
  readonly regions?: { readonly alibabaEcs?: readonly string[]; readonly apsaraRoute?: readonly string[] };
  readonly rates?: {
    /** For each API and region, by calendar minute. Default 1,000: none is published. */
    readonly alibabaEcsPerMinute?: number;
    /** Default 1,000: none is published. */
    readonly apsaraRoutePerMinute?: number;
    /** For each API. Default 20, as published. */
    readonly tencentEcmPerSecond?: number;
  };
  readonly apsaraEnvelope?: ApsaraEnvelope;
  /** Counts and sub-operations in the rows of the route gateway. Default true. */
  readonly apsaraRowDetail?: boolean;
  /** Default `null-set`. */
  readonly ecmNotFoundAs?: NotFoundAnswer;
  /** Decides faults with a probability. Default: `Math.random`. */
  readonly random?: () => number;
  /** Keeps making tasks until stopped. */
  readonly pace?: { readonly intervalMs: number };
}

export interface SandboxCloud<Credential> {
  readonly url: string;
  readonly credential: Credential;
  /** Every request so far, in order; may be emptied. */
  readonly requests: RecordedRequest[];
  /** From now on only `next` is good; a token that it replaces has expired. */
  rotateCredential(next: Credential): void;
}

export interface SandboxClouds {
  readonly alibabaEcs: SandboxCloud<AlibabaCredential>;
  readonly apsaraRoute: SandboxCloud<ApsaraCredential> & {
    readonly userEmail: string;
    setEnvelope(envelope: ApsaraEnvelope): void;
  };
  readonly tencentEcm: SandboxCloud<TencentCredential> & { setNotFoundAs(answer: NotFoundAnswer): void };
  readonly controlUrl: string;
  readonly tasks: SandboxTasks;
  readonly faults: Faults;
  stop(): Promise<void>;
}

const defaultRegions = {
  alibabaEcs: ["cn-hangzhou", "cn-beijing", "cn-shanghai", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1"],
  apsaraRoute: ["cn-qingdao-env17-d01", "cn-wulan-sta1-d01"],
};

/** Rejects with one sentence when a port is taken, and leaves nothing listening then. */
export async function startSandboxClouds(options: SandboxOptions): Promise<SandboxClouds> {
  const world = createWorld(options);
  const servers: LoopbackServer[] = [];
  const host = options.host ?? "127.0.0.1";
  const stop = async () => {
    world.stopDemo();
    await Promise.all(servers.map((server) => server.stop()));
  };

  async function serve(wire: Wire, port: number | undefined): Promise<string> {
    const { faults, wireNow: now } = world;
    const server = await serveWire({ wire, host, port: port ?? 0, now, faults, requests: world.requests[wire.cloud] });
    servers.push(server);
    return server.url;
  }

  async function serveControlPort(): Promise<string> {
    const { clock } = options;
    const { faults, tasks, requests } = world;
    const control = await serveControl({ host, port: options.ports?.control ?? 0, clock, faults, tasks, requests });
    servers.push(control);
    return control.url;
  }

  try {
    const urls = {
      alibabaEcs: await serve(world.wires.alibabaEcs, options.ports?.alibabaEcs),
      apsaraRoute: await serve(world.wires.apsaraRoute, options.ports?.apsaraRoute),
      tencentEcm: await serve(world.wires.tencentEcm, options.ports?.tencentEcm),
      control: await serveControlPort(),
    };
    world.startDemo();
    return { ...describe(world, urls), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createWorld(options: SandboxOptions) {
  const { clock } = options;
  const wireNow = () => (options.wireClock ?? clock).now();
  const regions = { ...defaultRegions, ...options.regions };
  const tasks = createSandboxTasks({
    now: () => clock.now(),
    regions: { "alibaba-ecs": regions.alibabaEcs, "apsara-route": regions.apsaraRoute, "tencent-ecm": ["global"] },
  });
  const accounts = accountsOf(options);
  const keys = {
    alibabaEcs: createKeyRing(accounts.alibabaEcs),
    apsaraRoute: createKeyRing<ApsaraCredential>(accounts.apsaraRoute),
    tencentEcm: createKeyRing(accounts.tencentEcm),
  };
  const selected = {
    envelope: options.apsaraEnvelope ?? ("flat" satisfies ApsaraEnvelope),
    notFoundAs: options.ecmNotFoundAs ?? ("null-set" satisfies NotFoundAnswer),
  };
  const requests: Record<CloudName, RecordedRequest[]> = { "alibaba-ecs": [], "apsara-route": [], "tencent-ecm": [] };
  const demo = { stop: () => {} };
  return {
    tasks,
    keys,
    selected,
    requests,
    wireNow,
    userEmail: accounts.apsaraRoute.userEmail,
    faults: createFaults(options.random ?? Math.random),
    wires: createWires({ options, tasks, keys, selected, regions, wireNow, userEmail: accounts.apsaraRoute.userEmail }),
    startDemo() {
      if (options.pace !== undefined) demo.stop = keepBusy({ tasks }, options.pace).stop;
    },
    stopDemo: () => demo.stop(),
  };
}

interface WirePlan {
  readonly options: SandboxOptions;
  readonly tasks: SandboxTasks;
  readonly keys: {
    readonly alibabaEcs: KeyRing<AlibabaCredential>;
    readonly apsaraRoute: KeyRing<ApsaraCredential>;
    readonly tencentEcm: KeyRing<TencentCredential>;
  };
  readonly selected: { envelope: ApsaraEnvelope; notFoundAs: NotFoundAnswer };
  readonly regions: { readonly alibabaEcs: readonly string[]; readonly apsaraRoute: readonly string[] };
  readonly wireNow: () => number;
  readonly userEmail: string;
}

function createWires({ options, tasks, keys, selected, regions, wireNow: now, userEmail }: WirePlan) {
  const { rates } = options;
  const nonces = () => createNonceMemory({ now, keepMs: 2 * maxAgeMs });
  const perMinute = (limit: number) => createCallWindow({ now, windowMs: 60_000, limit });
  const callsPerSecond = rates?.tencentEcmPerSecond ?? 20;
  return {
    alibabaEcs: createAlibabaEcsWire({
      tasks,
      regions: regions.alibabaEcs,
      gate: { now, keys: keys.alibabaEcs, nonces: nonces() },
      calls: perMinute(rates?.alibabaEcsPerMinute ?? 1_000),
    }),
    apsaraRoute: createApsaraRouteWire({
      tasks,
      regions: regions.apsaraRoute,
      gate: { now, keys: keys.apsaraRoute, nonces: nonces() },
      calls: perMinute(rates?.apsaraRoutePerMinute ?? 1_000),
      userEmail,
      envelope: () => selected.envelope,
      rowDetail: options.apsaraRowDetail ?? true,
    }),
    tencentEcm: createTencentEcmWire({
      tasks,
      gate: { now, keys: keys.tencentEcm },
      calls: createCallWindow({ now, windowMs: 1_000, limit: callsPerSecond }),
      callsPerSecond,
      notFoundAs: () => selected.notFoundAs,
    }),
  };
}

function accountsOf({ credentials }: SandboxOptions) {
  const madeUp = () => randomBytes(15).toString("base64url");
  return {
    alibabaEcs: credentials?.alibabaEcs ?? { accessKeyId: `LTAI${madeUp()}`, accessKeySecret: madeUp() },
    apsaraRoute: credentials?.apsaraRoute ?? { appKey: madeUp(), appSecret: madeUp(), userEmail: "ops@example.com" },
    tencentEcm: credentials?.tencentEcm ?? { secretId: `AKID${madeUp()}`, secretKey: madeUp() },
  };
}

type Urls = Readonly<Record<"alibabaEcs" | "apsaraRoute" | "tencentEcm" | "control", string>>;

function describe(world: ReturnType<typeof createWorld>, urls: Urls): Omit<SandboxClouds, "stop"> {
  const { keys, requests, selected, tasks, faults } = world;
  return {
    alibabaEcs: cloudOf(urls.alibabaEcs, keys.alibabaEcs, requests["alibaba-ecs"]),
    apsaraRoute: {
      ...cloudOf(urls.apsaraRoute, keys.apsaraRoute, requests["apsara-route"]),
      userEmail: world.userEmail,
      setEnvelope(envelope) {
        selected.envelope = envelope;
      },
    },
    tencentEcm: {
      ...cloudOf(urls.tencentEcm, keys.tencentEcm, requests["tencent-ecm"]),
      setNotFoundAs(answer) {
        selected.notFoundAs = answer;
      },
    },
    controlUrl: urls.control,
    tasks,
    faults,
  };
}

function cloudOf<Credential>(
  url: string,
  keys: KeyRing<Credential>,
  requests: RecordedRequest[],
): SandboxCloud<Credential> {
  return { url, requests, credential: keys.current(), rotateCredential: (next) => keys.rotate(next) };
}
