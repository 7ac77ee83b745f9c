import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../../../lib/domain/clock.ts";
import { createApsaraRoute } from "../../../../lib/providers/apsara-route/client.ts";
import { apsaraRoute } from "../../../../lib/providers/apsara-route/descriptor.ts";
import { createCaller } from "../../../../lib/transport/caller.ts";
import { createTransport } from "../../../../lib/transport/node-transport.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";
import { startSandboxClouds } from "../../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../../sandbox/clouds.ts";
import type { FaultKind } from "../../../sandbox/faults.ts";

const start = Date.UTC(2026, 10, 21, 12, 0, 30);
const never = new AbortController().signal;
const running = { pendingMs: 0, runningMs: 600_000, ending: { kind: "succeeded" } } as const;

let clouds: SandboxClouds;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  clouds = await startSandboxClouds({ clock, rates: { apsaraRoutePerMinute: 100 } });
});
afterEach(() => clouds.stop());

function callerWith(itsClock: Clock) {
  return createCaller({
    clock: itsClock,
    transport: createTransport({ connectTimeoutMs: 1_000, answerTimeoutMs: 300, maxBodyBytes: 1_000_000 }),
    random: { next: () => 0.5, nonce: () => randomUUID() },
    rate: { perSecond: 100, burst: 100 },
    deadlineMs: 60_000,
    maxTries: 3,
  });
}

function adapter({ appSecret, clockOffMs = 0 }: { appSecret?: string; clockOffMs?: number } = {}) {
  const { url, userEmail, credential } = clouds.apsaraRoute;
  const wrongClock = { ...clock, now: () => clock.now() + clockOffMs };
  const call = callerWith(wrongClock);
  return createApsaraRoute(
    { region: "cn-qingdao-env17-d01", endpoint: new URL(url), userEmail },
    { call, clock: wrongClock, credential: async () => ({ ...credential, ...(appSecret ? { appSecret } : {}) }) },
  );
}

function addTasks(count: number): string[] {
  const ids = Array.from({ length: count }, (_, index) => `t-${index + 1}`);
  for (const nativeId of ids) {
    clouds.tasks.addTask({ cloud: "apsara-route", nativeId, action: "ExportImage", plan: running });
  }
  return ids;
}

describe("createApsaraRoute() against the sandbox's gateway", () => {
  test.each(["flat", "result-object", "result-string"] as const)(
    "lists and gets tasks with the payload %s",
    async (envelope) => {
      const ids = addTasks(230);
      clouds.apsaraRoute.setEnvelope(envelope);
      const listed: string[] = [];
      for await (const page of adapter().list({ action: "export-image" }, never)) {
        listed.push(...page.sightings.map(({ task }) => task.nativeId));
      }
      expect(listed.toSorted()).toEqual(ids.toSorted());
      const { sightings, unreadable } = await adapter().getMany([...ids, "t-none"], never);
      expect([sightings.length, unreadable.length]).toEqual([230, 0]);
      expect((await adapter().get("t-7", never))?.status).toBe("running");
      expect(await adapter().get("t-none", never)).toBeUndefined();
    },
  );

  test.each<FaultKind>(["status", "latency", "reset", "hang", "throttle", "truncate"])(
    "recovers from one %s",
    async (kind) => {
      addTasks(1);
      clouds.faults.add({ cloud: "apsara-route", kind, ms: 50 });
      expect((await adapter().get("t-1", never))?.nativeId).toBe("t-1");
      expect(clouds.faults.pending()).toEqual([]);
    },
  );

  test.each<[FaultKind, string]>([
    ["deny", "unauthorized"],
    ["empty", "malformed"],
    ["wrong-shape", "malformed"],
  ])("reports %s as %s and does not retry", async (kind, errorKind) => {
    addTasks(1);
    clouds.faults.add({ cloud: "apsara-route", kind, times: "always" });
    await expect(adapter().get("t-1", never)).rejects.toMatchObject({ kind: errorKind });
    expect(clouds.apsaraRoute.requests).toHaveLength(1);
  });

  test("reports a proxy's error page as unavailable after three tries", async () => {
    clouds.faults.add({ cloud: "apsara-route", kind: "html", times: "always" });
    await expect(adapter().get("t-1", never)).rejects.toMatchObject({
      kind: "unavailable",
      message: 'HTTP 502 with no answer of this API: text/html, "502" (check the endpoint, the region, and any proxy)',
    });
    expect(clouds.apsaraRoute.requests).toHaveLength(3);
  });

  test("reports a wrong secret without repeating the string to sign", async () => {
    await expect(adapter({ appSecret: "wrong" }).get("t-1", never)).rejects.toMatchObject({
      kind: "unauthorized",
      message: "the gateway refused the signature (check appKey and appSecret)",
    });
    // The second call is made with the credential looked up afresh.
    expect(clouds.apsaraRoute.requests).toHaveLength(2);
  });

  test("uses the gateway's time when its own clock is an hour off", async () => {
    addTasks(1);
    const provider = adapter({ clockOffMs: -3_600_000 });
    expect((await provider.get("t-1", never))?.nativeId).toBe("t-1");
    await provider.get("t-1", never);
    expect(clouds.apsaraRoute.requests).toHaveLength(3);
  });

  test.each([
    [{}, "unknown"],
    [{ finishedWithoutDetail: "succeeded" }, "succeeded"],
  ])("reads a Finished row without detail for a connection with %j as %s", async (members, status) => {
    await clouds.stop();
    clouds = await startSandboxClouds({ clock, apsaraRowDetail: false });
    const plan = { ...running, runningMs: 0 };
    clouds.tasks.addTask({ cloud: "apsara-route", nativeId: "t-1", action: "ExportImage", plan });
    const { url, userEmail, credential } = clouds.apsaraRoute;
    const region = "cn-qingdao-env17-d01";
    const connection = {
      name: "stack",
      provider: "apsara-route",
      regions: [region],
      endpoint: url,
      userEmail,
      ...members,
      credential: { appKey: "env:KEY", appSecret: "env:SECRET" },
    };
    const provider = apsaraRoute.create(connection, region, {
      clock,
      call: callerWith(clock),
      secrets: { resolve: async (reference) => (reference === "env:KEY" ? credential.appKey : credential.appSecret) },
    });
    expect(await provider.get("t-1", never)).toMatchObject({ status, nativeStatus: "Finished" });
  });
});
