import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenTask } from "../../../lib/domain/record.ts";
import { reconcile } from "../../../lib/sweep/reconcile.ts";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings, emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { explain } from "../../fakes/explain.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { sandboxProvider, steadyRandom } from "../../fakes/sandbox-provider.ts";
import { sweepWith } from "../../fakes/sweep-bench.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";
import { cloudNames } from "../../sandbox/exchange.ts";
import type { CloudName } from "../../sandbox/exchange.ts";

/** How many calls a cloud gets that asks for fewer, counted where they arrive. */

const start = Date.UTC(2026, 10, 21, 12, 0, 30);
const hour = 3_600_000;
const maxTries = 4;
const openTasks = 200;
const signal = new AbortController().signal;
const actionOf = { "alibaba-ecs": "ImportImage", "apsara-route": "ImportImage", "tencent-ecm": "ImportCustomImage" };

let clouds: SandboxClouds;
let clock: ReturnType<typeof createManualClock>;
beforeEach(async () => {
  // A throttled call waits for the next minute, and up to five seconds more.
  clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 65_000, backgroundSleepMs: 30_000 });
  const rates = { alibabaEcsPerMinute: 10_000, apsaraRoutePerMinute: 10_000, tencentEcmPerSecond: 10_000 };
  clouds = await startSandboxClouds({ clock, rates });
});
afterEach(() => clouds.stop());

/** A sweep that has recorded 200 open tasks. */
async function sweepWithOpenTasks(cloud: CloudName) {
  const provider = sandboxProvider(cloud, clouds, {
    limits: { clock, rate: { perSecond: 10_000, burst: 10_000 }, deadlineMs: hour, maxTries },
  });
  const { target, capabilities } = provider;
  const settings = defaultSweepSettings;
  const deps = {
    ledger: createMemoryLedger(),
    bus: createRecordingBus(),
    explain,
    clock,
    random: steadyRandom,
    settings,
  };
  const plan = { pendingMs: 0, runningMs: 10 * hour, ending: { kind: "succeeded" } } as const;
  for (let n = 0; n < openTasks; n += 1) {
    clouds.tasks.addTask({ cloud, region: target.region, action: actionOf[cloud], plan });
  }
  const run = { signal, stopAtMs: clock.now() + 10 * hour };
  expect(await sweepTarget(provider, deps, run)).toMatchObject({ listed: openTasks, problems: [] });
  return { sweep: sweepWith({ provider, deps, run, report: emptyReport("one") }), capabilities };
}

function requestsOf(cloud: CloudName) {
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  return { "alibaba-ecs": alibabaEcs, "apsara-route": apsaraRoute, "tencent-ecm": tencentEcm }[cloud].requests;
}

/** Reads all open tasks by their ids, and returns the codes of the answers. */
async function readOpenTasks(cloud: CloudName, code: string, status: number) {
  const { sweep, capabilities } = await sweepWithOpenTasks(cloud);
  clouds.faults.add({ cloud, kind: "error", code, status, times: "always" });
  const requests = requestsOf(cloud);
  requests.length = 0;
  const open: OpenTask[] = [];
  await reconcile({ resumeAfterId: null, open: { add: (task) => void open.push(task) } }, new Set(), sweep);
  expect(open).toEqual([]);
  const batches = Math.ceil(openTasks / capabilities.batchSize);
  return { batches, calls: requests.length, codes: new Set(requests.map((request) => request.code)), sweep };
}

const troubles = [
  ["SystemBusy", 400],
  ["ServiceBusy", 400],
  ["ServiceUnavailable", 400],
  ["RequestTimeout", 400],
  ["InternalError", 400],
  ["FlowControlError", 400],
  ["TooManyRequests", 400],
  ["throttling.user", 400],
  ["Throttling", 503],
  ["SomethingNew", 503],
  ["SomethingNew", 429],
] as const;

describe.each(cloudNames)("200 open tasks of %s", (cloud) => {
  test.each(troubles)(
    "after %s with status %i cost no more calls than their batches may be tried",
    async (code, status) => {
      const { batches, calls, codes, sweep } = await readOpenTasks(cloud, code, status);
      expect([...codes]).toEqual([code]);
      expect(calls).toBeGreaterThanOrEqual(maxTries);
      expect(calls).toBeLessThanOrEqual(batches * maxTries);
      expect(sweep.report.problems).toHaveLength(1);
      expect(sweep.report.problems[0]).toMatchObject({ code, taskId: null });
    },
  );

  test.each(["UnsupportedOperation", "InvalidOperation.NotSupportedEndpoint", "SomethingNew"])(
    "after %s are neither retried nor split",
    async (code) => {
      const { batches, calls } = await readOpenTasks(cloud, code, 400);
      // Lookups of ECM are single. The first failure of a batch ends it.
      expect(calls).toBeLessThanOrEqual(cloud === "tencent-ecm" ? batches * 5 : batches);
    },
  );
});
