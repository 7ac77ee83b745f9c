import { randomBytes } from "node:crypto";
import { type AlibabaCredential, maxAgeMs } from "./alibaba-ecs-auth.ts";
import { createAlibabaEcsWire } from "./alibaba-ecs.ts";
import type { ApsaraCredential } from "./apsara-gateway-auth.ts";
import { type ApsaraEnvelope, createApsaraRouteWire } from "./apsara-route.ts";
import type { CloudName, RecordedRequest } from "./exchange.ts";
import { createFaults } from "./faults.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { createCallWindow, createNonceMemory } from "./limits.ts";
import type { SandboxOptions } from "./options.ts";
import { openTaskFile } from "./task-file.ts";
import { createSandboxTasks, type SandboxTasks } from "./tasks.ts";
import type { TencentCredential } from "./tencent-auth.ts";
import { createTencentEcmWire, type NotFoundAnswer } from "./tencent-ecm.ts";

/** Everything behind the ports: the tasks, the keys, the faults, and the three cloud protocols. */

export type World = ReturnType<typeof createWorld>;

const defaultRegions = {
  alibabaEcs: ["cn-hangzhou", "cn-beijing", "cn-shanghai", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-west-1"],
  apsaraRoute: ["cn-qingdao-env17-d01", "cn-wulan-sta1-d01"],
};

export function createWorld(options: SandboxOptions) {
  const { clock } = options;
  const wireNow = () => (options.wireClock ?? clock).now();
  const regions = { ...defaultRegions, ...options.regions };
  const tasks = createSandboxTasks({
    now: () => clock.now(),
    regions: { "alibaba-ecs": regions.alibabaEcs, "apsara-route": regions.apsaraRoute, "tencent-ecm": ["global"] },
    ...(options.path === undefined ? {} : { file: openTaskFile(options.path) }),
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
  return {
    tasks,
    keys,
    selected,
    requests,
    wireNow,
    userEmail: accounts.apsaraRoute.userEmail,
    faults: createFaults(options.random ?? Math.random),
    wires: createWires({ options, tasks, keys, selected, regions, wireNow, userEmail: accounts.apsaraRoute.userEmail }),
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
