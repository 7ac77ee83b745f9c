import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CloudClient } from "../../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../../lib/providers/apsara-route/client.ts";
import { createTencentEcm } from "../../../lib/providers/tencent-ecm/client.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";

/** Keys that are replaced while a cache still holds the old one. */

const signal = new AbortController().signal;
const clock = createManualClock(Date.UTC(2026, 10, 21, 12, 0, 30));

let clouds: SandboxClouds;
beforeEach(async () => {
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

/** The cached credential until a fresh one is asked for. `reads` tells which were asked for. */
function source<Credential>(cached: Credential, fresh: Credential) {
  const reads: boolean[] = [];
  const credential = async (options: { fresh: boolean }) => {
    reads.push(options.fresh);
    return options.fresh ? fresh : cached;
  };
  return { reads, credential };
}

interface Case {
  readonly client: CloudClient;
  readonly reads: readonly boolean[];
  readonly requests: readonly { readonly code: string | null }[];
}

type Changed = "key" | "secret";

const call = () =>
  createCaller({
    clock,
    transport: createTransport({ connectTimeoutMs: 5_000, answerTimeoutMs: 10_000, maxBodyBytes: 1_000_000 }),
    random: { next: () => 0.5, nonce: () => randomUUID() },
    rate: { perSecond: 100, burst: 100 },
    deadlineMs: 60_000,
    maxTries: 4,
  });

const cases: Readonly<Record<string, (changed: Changed, isFreshRight: boolean) => Case>> = {
  "alibaba-ecs"(changed, isFreshRight) {
    const { url, credential: right, requests } = clouds.alibabaEcs;
    const wrong = changed === "key" ? { ...right, accessKeyId: "LTAIold" } : { ...right, accessKeySecret: "old" };
    const { reads, credential } = source(wrong, isFreshRight ? right : wrong);
    const options = { region: "cn-hangzhou", endpoint: new URL(url) };
    return { client: createAlibabaEcs(options, { call: call(), clock, credential }), reads, requests };
  },
  "apsara-route"(changed, isFreshRight) {
    const { url, userEmail, credential: right, requests } = clouds.apsaraRoute;
    const wrong = changed === "key" ? { ...right, appKey: "old" } : { ...right, appSecret: "old" };
    const { reads, credential } = source(wrong, isFreshRight ? right : wrong);
    const options = { region: "cn-qingdao-env17-d01", endpoint: new URL(url), userEmail };
    return { client: createApsaraRoute(options, { call: call(), clock, credential }), reads, requests };
  },
  "tencent-ecm"(changed, isFreshRight) {
    const { url, credential: right, requests } = clouds.tencentEcm;
    const wrong = changed === "key" ? { ...right, secretId: "AKIDold" } : { ...right, secretKey: "old" };
    const { reads, credential } = source(wrong, isFreshRight ? right : wrong);
    const options = { endpoint: new URL(url), timeZone: "+08:00" };
    return { client: createTencentEcm(options, { call: call(), clock, credential }), reads, requests };
  },
};

const nativeIds: Readonly<Record<string, string>> = { "tencent-ecm": "21" };

describe.each(Object.keys(cases))("a rotated credential of %s", (cloud) => {
  const make = cases[cloud];
  if (make === undefined) throw new Error("there is no such cloud");
  const nativeId = nativeIds[cloud] ?? "t-1";

  test.each(["key", "secret"] as const)(
    "is looked up afresh once when the %s is refused, and then works",
    async (changed) => {
      const { client, reads, requests } = make(changed, true);
      expect(await client.getMany([nativeId], signal)).toEqual({ sightings: [], unreadable: [] });
      expect(reads).toEqual([false, true]);
      expect(requests.map(({ code }) => code === null)).toEqual([false, true]);
    },
  );

  test.each(["key", "secret"] as const)(
    "fails after one fresh look-up when the %s is still refused",
    async (changed) => {
      const { client, reads, requests } = make(changed, false);
      await expect(client.getMany([nativeId], signal)).rejects.toMatchObject({
        kind: "unauthorized",
        message: expect.stringMatching(/\(check (?:the key and its secret|appKey and appSecret)\)$/),
      });
      expect(reads).toEqual([false, true]);
      expect(requests).toHaveLength(2);
    },
  );
});
