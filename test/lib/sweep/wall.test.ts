import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CloudClient } from "../../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../../lib/providers/create-provider.ts";
import { descriptorOf } from "../../../lib/providers/index.ts";
import { createTencentEcm } from "../../../lib/providers/tencent-ecm/client.ts";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";
import { cloudNames } from "../../sandbox/exchange.ts";
import type { CloudName } from "../../sandbox/exchange.ts";
import type { Fault } from "../../sandbox/faults.ts";

/** Something answers in the cloud's place: a proxy, a sign-in page, or a host that does not serve the API. */

const start = Date.UTC(2026, 10, 21, 12, 0, 30);
const minute = 60_000;
const hint = "(check the endpoint, the region, and any proxy)";
const signal = new AbortController().signal;
const regionOf = { "alibaba-ecs": "cn-hangzhou", "apsara-route": "cn-qingdao-env17-d01", "tencent-ecm": "global" };

let clouds: SandboxClouds;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

function clientOf(cloud: CloudName): CloudClient {
  const call = createCaller({
    clock,
    transport: createTransport({ connectTimeoutMs: 5_000, answerTimeoutMs: 10_000, maxBodyBytes: 1_000_000 }),
    random: { next: () => 0.5, nonce: () => randomUUID() },
    rate: { perSecond: 100, burst: 100 },
    deadlineMs: minute,
    maxTries: 4,
  });
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const region = regionOf[cloud];
  switch (cloud) {
    case "alibaba-ecs": {
      const options = { region, endpoint: new URL(alibabaEcs.url) };
      return createAlibabaEcs(options, { call, clock, credential: async () => alibabaEcs.credential });
    }
    case "apsara-route": {
      const options = { region, endpoint: new URL(apsaraRoute.url), userEmail: apsaraRoute.userEmail };
      return createApsaraRoute(options, { call, clock, credential: async () => apsaraRoute.credential });
    }
    case "tencent-ecm": {
      const options = { endpoint: new URL(tencentEcm.url), timeZone: "+08:00" };
      return createTencentEcm(options, { call, clock, credential: async () => tencentEcm.credential });
    }
  }
}

function bench(cloud: CloudName) {
  const target = { connection: "one", provider: cloud, region: regionOf[cloud] };
  const { capabilities } = descriptorOf(target);
  const provider = createProvider(clientOf(cloud), { target, capabilities, clockSkewMs: () => null });
  const ledger = createMemoryLedger();
  const random = { next: () => 0.5, nonce: () => randomUUID() };
  const deps = { ledger, bus: createRecordingBus(), clock, random, settings: defaultSweepSettings };
  return {
    sweep: () => sweepTarget(provider, deps, { signal, stopAtMs: clock.now() + 5 * minute }),
    state: async () => {
      const { lastAnsweredAtMs, checkpointMs, lastError } = (await ledger.readTarget(target, signal)) ?? {};
      return { lastAnsweredAtMs, checkpointMs, lastError };
    },
  };
}

const walls: readonly (readonly [name: string, fault: Omit<Fault, "cloud">, words: string])[] = [
  ["a proxy's page with status 200", { kind: "html", status: 200 }, 'of this API: text/html, "200"'],
  ["a proxy's page with status 404", { kind: "html", status: 404 }, 'of this API: text/html, "404"'],
  ["nothing with status 200", { kind: "empty" }, "of this API: no content type, no text"],
  [
    "an endpoint that does not serve the API",
    { kind: "error", code: "InvalidOperation.NotSupportedEndpoint", status: 404 },
    "The request failed.",
  ],
];

describe.each(cloudNames)("instead of %s", (cloud) => {
  test.each(walls)("%s does not count as an answer", async (_name, fault, words) => {
    const { sweep, state } = bench(cloud);
    expect((await sweep()).problems).toEqual([]);
    const before = await state();
    expect(before).toMatchObject({ lastAnsweredAtMs: start, lastError: null });

    clouds.faults.add({ cloud, ...fault, times: "always" });
    await clock.advance(minute);
    const { problems } = await sweep();
    const lastError = expect.stringContaining(`${words} ${hint}`);
    expect(problems).toMatchObject([{ message: lastError, taskId: null }]);
    expect(await state()).toEqual({ ...before, lastError });

    clouds.faults.clear();
    await clock.advance(minute);
    const sweptAtMs = clock.now();
    await sweep();
    const { lastAnsweredAtMs, checkpointMs } = await state();
    expect([lastAnsweredAtMs, checkpointMs]).toEqual([sweptAtMs, sweptAtMs]);
  });
});
