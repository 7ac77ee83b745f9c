import {
  dayMs,
  every,
  hourMs,
  minuteMs,
  plainConnection,
  plainSlots,
  plainTask,
  quietScenario,
  settlingMs,
  startMs,
} from "../scenario.ts";
import type { Scenario } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { CloudName } from "../truth.ts";

const cloudNames: readonly CloudName[] = ["alibaba-ecs", "apsara-route", "tencent-ecm"];

/** The store goes back to what it was an hour or a day ago. */
export function drawRestored(random: SeededRandom): Scenario {
  const connection = plainConnection(random.pick(cloudNames));
  const backMs = random.pick([hourMs, hourMs, dayMs]);
  const early = every(10 * minuteMs, random.int(2, 4) * 10 * minuteMs);
  const late = [0, 10, 20].map((minutes) => backMs + minutes * minuteMs);
  const slots = plainSlots([...early, ...late.filter((ms) => ms > (early.at(-1) ?? 0))]);
  const atMs = startMs + backMs + random.pick([5, 15]) * minuteMs;
  const untilMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const tasks = Array.from({ length: random.int(1, 3) }, (_, index) => {
    const createdAtMs = random.int(startMs - hourMs, random.pick([startMs + 30 * minuteMs, atMs]));
    const endsAtMs = random.int(createdAtMs + 1, random.pick([Math.max(atMs, createdAtMs + 2), untilMs - minuteMs]));
    return plainTask(random, { connection, serial: index + 1, createdAtMs, endsAtMs });
  });
  const scenario = quietScenario(random, { connections: [connection], tasks, slots });
  const crashes = random.pick([0, 0, 0.5]);
  const busFaults = random.pick([0, 0.18]);
  return {
    ...scenario,
    restores: [{ atMs, backToMs: atMs - backMs }],
    faultPlan: { ...scenario.faultPlan, busFaults, crashes },
  };
}

/**
 * Rows that become visible long after their creation, and tasks that have been running for days when the first sweep
 * starts. Those that are still running then must be found, and of the others those that are only a little late.
 */
export function drawLateRows(random: SeededRandom): Scenario {
  const connection = plainConnection(random.pick(cloudNames));
  const slots = plainSlots(every(random.pick([5, 10]) * minuteMs, random.pick([20, 60, 90]) * minuteMs));
  const faultFreeFromMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const tasks = Array.from({ length: random.int(1, 3) }, (_, index) => {
    const serial = index + 1;
    const later = faultFreeFromMs + (62 + random.int(5, 55)) * minuteMs;
    if (random.happens(0.4)) {
      const createdAtMs = startMs - random.int(25 * 60, 10 * 24 * 60) * minuteMs;
      return plainTask(random, { connection, serial, createdAtMs, endsAtMs: later });
    }
    const open = random.happens(0.6);
    const lateMs = random.int(1, open ? 60 : 12) * minuteMs;
    const createdAtMs = random.int(startMs, faultFreeFromMs - 2 * minuteMs - Math.min(lateMs, 20 * minuteMs));
    const listedFromMs = createdAtMs + lateMs;
    const endsAtMs = open ? Math.max(later, listedFromMs + minuteMs) : random.int(createdAtMs + 1, faultFreeFromMs - 1);
    return plainTask(random, { connection, serial, createdAtMs, endsAtMs }, { listedFromMs });
  });
  return {
    ...quietScenario(random, { connections: [connection], tasks, slots, faultFreeFromMs }),
    clocks: [{ fromMs: -Infinity, skewMs: 0 }],
    calmPausesMs: [0, 62 * minuteMs, 62 * minuteMs],
  };
}

/** Months in which the store removes expired items, and a row that nobody can read. */
export function drawExpiry(random: SeededRandom): Scenario {
  const connection = plainConnection(random.pick(["alibaba-ecs", "apsara-route"]));
  const days = [0, 1, 30, 60, 82, 85, 89, 91, 93, 94].map((day) => day * dayMs + random.int(0, hourMs));
  const slots = plainSlots([0, 5 * minuteMs, 10 * minuteMs, ...days.slice(1)]);
  const poisoned = plainTask(
    random,
    { connection, serial: 1, createdAtMs: startMs - random.int(5, 60) * minuteMs, endsAtMs: startMs + minuteMs },
    {
      poison: {
        kind: random.pick(["row without an id", "row without an id", "row without a status"]),
        fromMs: -Infinity,
        toMs: Infinity,
      },
    },
  );
  const others = Array.from({ length: random.int(1, 2) }, (_, index) => {
    const createdAtMs = startMs - random.int(0, 60) * minuteMs;
    const endsAtMs = random.int(createdAtMs + 1, startMs + 9 * minuteMs);
    return plainTask(random, { connection, serial: index + 2, createdAtMs, endsAtMs });
  });
  const scenario = quietScenario(random, { connections: [connection], tasks: [poisoned, ...others], slots });
  return { ...scenario, settings: { ...scenario.settings, windowMs: 30 * dayMs }, expiry: true };
}
