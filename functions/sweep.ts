import { readEventBusName, readStage } from "../lib/config/environment.ts";
import { createRuntime } from "../lib/config/runtime.ts";
import { systemRandom, systemClock } from "../lib/config/system-clock.ts";
import { createEventBridgeBus } from "../lib/sweep/event-bus.ts";
import { scheduled } from "../lib/sweep/scheduled.ts";
import { sweepTargets } from "../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../lib/sweep/target-sweep.ts";

const { config, log, ledger, providers, explain, aws } = createRuntime(process.env, {
  alsoNeeded: ["EVENT_BUS_NAME"],
  callDeadlineMs: 90_000,
  share: "sweep",
});
const bus = createEventBridgeBus({ ...aws, busName: readEventBusName(process.env), explain });
const { stallAfterMs, announceDiscovered, leaseMs, retentionDays } = config;
const retentionMs = retentionDays * 24 * 60 * 60_000;
const settings = { ...defaultSweepSettings, stallAfterMs, announceDiscovered, leaseMs, retentionMs };

const stage = readStage(process.env);

/** On a schedule: tells the bus what has ended since the last time. Throws when any target failed. */
export const handler = scheduled({ log, stage }, (run) =>
  sweepTargets(providers, { ledger, bus, explain, clock: systemClock, random: systemRandom, settings }, run),
);
