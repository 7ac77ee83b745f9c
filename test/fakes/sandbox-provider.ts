import { randomUUID } from "node:crypto";
import type { Provider } from "../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../lib/providers/create-provider.ts";
import { createTencentEcm } from "../../lib/providers/tencent-ecm/client.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import { createTransport } from "../../lib/transport/node-transport.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import type { CloudName } from "../sandbox/exchange.ts";
import { createManualClock } from "./manual-clock.ts";

const transport = createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 5_000, maxBodyBytes: 1_000_000 });

/**
 * The real client of a sandbox cloud, in the cloud's first region. It is not limited in its rate and never retries.
 * @param beforeCall runs before each call
 */
export function sandboxProvider(cloud: CloudName, clouds: SandboxClouds, beforeCall: () => void = () => {}): Provider {
  const callClock = createManualClock(Date.now(), { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  const call = createCaller({
    transport: (request, signal) => {
      beforeCall();
      return transport(request, signal);
    },
    clock: callClock,
    random: { next: () => 0.5, nonce: () => randomUUID() },
    rate: { perSecond: 1e6, burst: 1e6 },
    deadlineMs: 60_000,
    maxTries: 1,
  });
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const client = {
    "alibaba-ecs": () =>
      createAlibabaEcs(
        { region: "cn-hangzhou", endpoint: new URL(alibabaEcs.url) },
        { call, clock: callClock, credential: async () => alibabaEcs.credential },
      ),
    "apsara-route": () =>
      createApsaraRoute(
        { region: "cn-qingdao-env17-d01", endpoint: new URL(apsaraRoute.url), userEmail: apsaraRoute.userEmail },
        { call, clock: callClock, credential: async () => apsaraRoute.credential },
      ),
    "tencent-ecm": () =>
      createTencentEcm(
        { endpoint: new URL(tencentEcm.url), timeZone: "+08:00" },
        { call, clock: callClock, credential: async () => ({ ...tencentEcm.credential, token: undefined }) },
      ),
  }[cloud]();
  const capabilities = { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: false };
  const target = { connection: "c", provider: cloud, region: "r" };
  return createProvider(client, { target, capabilities, clockSkewMs: call.clockSkewMs });
}
