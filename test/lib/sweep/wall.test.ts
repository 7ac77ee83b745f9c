import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { explain } from "../../fakes/explain.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { sandboxProvider, steadyRandom } from "../../fakes/sandbox-provider.ts";
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

let clouds: SandboxClouds;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 15_000 });
  clouds = await startSandboxClouds({ clock });
});
afterEach(() => clouds.stop());

function bench(cloud: CloudName) {
  const provider = sandboxProvider(cloud, clouds, {
    limits: { clock, rate: { perSecond: 100, burst: 100 }, maxTries: 4 },
  });
  const { target } = provider;
  const ledger = createMemoryLedger();
  const deps = {
    ledger,
    bus: createRecordingBus(),
    explain,
    clock,
    random: steadyRandom,
    settings: defaultSweepSettings,
  };
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
