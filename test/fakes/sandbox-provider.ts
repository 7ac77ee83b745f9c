import { randomUUID } from "node:crypto";
import type { Provider } from "../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../lib/providers/create-provider.ts";
import { descriptorOf } from "../../lib/providers/index.ts";
import { createTencentEcm } from "../../lib/providers/tencent-ecm/client.ts";
import type { CallerOptions } from "../../lib/transport/call.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import { createTransport } from "../../lib/transport/node-transport.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import type { CloudName } from "../sandbox/exchange.ts";
import { createManualClock } from "./manual-clock.ts";

const transport = createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 5_000, maxBodyBytes: 1_000_000 });

export interface SandboxProviderOptions {
  /** Runs before each call. */
  readonly beforeCall?: () => void;
  /** By default, time passes only in waits, calls are not limited, and none is retried. */
  readonly limits?: Pick<CallerOptions, "clock" | "rate" | "budget"> &
    Partial<Pick<CallerOptions, "deadlineMs" | "maxTries">>;
}

const regions = { "alibaba-ecs": "cn-hangzhou", "apsara-route": "cn-qingdao-env17-d01", "tencent-ecm": "global" };

/** The sandboxes refuse a nonce that they have seen. */
export const steadyRandom = { next: () => 0.5, nonce: () => randomUUID() };

/** The real client of a sandbox cloud, in the cloud's first region. */
export function sandboxProvider(
  cloud: CloudName,
  clouds: SandboxClouds,
  { beforeCall = () => {}, limits = unlimited() }: SandboxProviderOptions = {},
): Provider {
  const call = createCaller({
    transport: (request, signal) => {
      beforeCall();
      return transport(request, signal);
    },
    random: steadyRandom,
    deadlineMs: 60_000,
    maxTries: 1,
    ...limits,
  });
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const region = regions[cloud];
  const client = {
    "alibaba-ecs": () =>
      createAlibabaEcs(
        { region, endpoint: new URL(alibabaEcs.url) },
        { call, clock: limits.clock, credential: async () => alibabaEcs.credential },
      ),
    "apsara-route": () =>
      createApsaraRoute(
        { region, endpoint: new URL(apsaraRoute.url), userEmail: apsaraRoute.userEmail },
        { call, clock: limits.clock, credential: async () => apsaraRoute.credential },
      ),
    "tencent-ecm": () =>
      createTencentEcm(
        { endpoint: new URL(tencentEcm.url), timeZone: "+08:00" },
        { call, clock: limits.clock, credential: async () => ({ ...tencentEcm.credential, token: undefined }) },
      ),
  }[cloud]();
  const target = { connection: "c", provider: cloud, region };
  const { capabilities } = descriptorOf(target);
  return createProvider(client, { target, capabilities, clockSkewMs: call.clockSkewMs });
}

function unlimited(): Pick<CallerOptions, "clock" | "rate"> {
  const clock = createManualClock(Date.now(), { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  return { clock, rate: { perSecond: 1e6, burst: 1e6 } };
}
