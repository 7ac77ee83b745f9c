import {
  hourMs,
  minuteMs,
  plainConnection,
  plainSlots,
  plainTask,
  quietScenario,
  settlingMs,
  startMs,
} from "../scenario.ts";
import type { ClockPlan, ConnectionPlan, Scenario, Slot } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { CloudName, TrueTask } from "../truth.ts";

const cloudNames: readonly CloudName[] = ["alibaba-ecs", "apsara-route", "tencent-ecm"];

/** Clocks that are hours off for one sweep, minutes ahead all the time, or different in every sweep. */
export function drawSkew(random: SeededRandom): Scenario {
  const dated = random.happens(0.85);
  const connection = plainConnection(random.pick(cloudNames), { dated });
  const periodMs = random.pick([2, 5, 10, 20]) * minuteMs;
  const slots = plainSlots(Array.from({ length: random.int(3, 6) }, (_, index) => index * periodMs));
  const untilMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const tasks = Array.from({ length: random.int(1, 3) }, (_, index) => {
    const createdAtMs = random.int(startMs - hourMs, untilMs - 3 * minuteMs);
    const endsAtMs = random.happens(0.1) ? Infinity : random.int(createdAtMs + 1, untilMs - minuteMs);
    return plainTask(random, { connection, serial: index + 1, createdAtMs, endsAtMs });
  });
  const crashes = random.pick([0, 0, 0.5]);
  const busFaults = random.pick([0, 0, 0.18]);
  const scenario = quietScenario(random, { connections: [connection], tasks, slots });
  return {
    ...scenario,
    clocks: drawClocks(random, slots, dated),
    faultPlan: { ...scenario.faultPlan, busFaults, crashes },
  };
}

function drawClocks(random: SeededRandom, slots: readonly Slot[], dated: boolean): ClockPlan[] {
  const right: ClockPlan = { fromMs: -Infinity, skewMs: 0 };
  const either = (ms: number): number => (random.happens(0.5) ? ms : -ms);
  const farMs = (): number => either(random.int(hourMs, 13 * hourMs));
  switch (dated ? random.pick(["one sweep", "steady", "jumping"]) : "one sweep") {
    case "one sweep": {
      const wrong = random.int(0, slots.length - 1);
      const [fromMs, toMs] = [slots[wrong]?.atMs ?? startMs, slots[wrong + 1]?.atMs];
      const again = (toMs ?? fromMs + settlingMs) - minuteMs / 2;
      return [right, { fromMs: fromMs - minuteMs / 2, skewMs: farMs() }, { fromMs: again, skewMs: 0 }];
    }
    case "steady":
      return [
        { fromMs: -Infinity, skewMs: random.happens(0.5) ? 17 * minuteMs : either(random.int(6, 45) * minuteMs) },
      ];
    default: {
      const jumps = slots.map(({ atMs }) => ({
        fromMs: atMs - minuteMs / 2,
        skewMs: random.pick([0, 0, either(17 * minuteMs), either(3 * hourMs), farMs()]),
      }));
      return [right, ...jumps];
    }
  }
}

/** One sweep with a clock that is hours ahead, and then an outage in which tasks begin and end. */
export function drawFutureCheckpoint(random: SeededRandom): Scenario {
  const cloud = random.pick(cloudNames);
  const connection = plainConnection(cloud);
  const wrongMs = startMs + random.pick([0, 5, 10]) * minuteMs;
  const downFromMs = wrongMs + random.int(2, 4) * minuteMs;
  const downToMs = downFromMs + random.int(50, 100) * minuteMs;
  const slots = plainSlots([0, 5, 10, 30, 60].map((minutes) => minutes * minuteMs));
  const faultFreeFromMs = Math.max(downToMs, startMs + 60 * minuteMs) + random.int(1, 6) * minuteMs;
  const tasks = Array.from({ length: random.int(1, 2) }, (_, index) =>
    duringOutage(random, connection, { serial: index + 1, fromMs: downFromMs, toMs: downToMs }),
  );
  const scenario = quietScenario(random, { connections: [connection], tasks, slots, faultFreeFromMs });
  scenario.faultPlan.outages.push({ what: cloud, fromMs: downFromMs, toMs: downToMs });
  const clocks = [
    { fromMs: -Infinity, skewMs: 0 },
    { fromMs: wrongMs - minuteMs, skewMs: random.int(2, 13) * hourMs },
    { fromMs: wrongMs + 2 * minuteMs, skewMs: 0 },
  ];
  return { ...scenario, clocks };
}

interface Stay {
  readonly serial: number;
  readonly fromMs: number;
  readonly toMs: number;
}

function duringOutage(random: SeededRandom, connection: ConnectionPlan, { serial, fromMs, toMs }: Stay): TrueTask {
  const createdAtMs = random.int(fromMs, toMs - 2 * minuteMs);
  // Images that are ready are not listed by Tencent, so there only failures can be found afterwards.
  const members = connection.cloud === "tencent-ecm" ? { outcome: "failed" as const } : {};
  return plainTask(random, { connection, serial, createdAtMs, endsAtMs: random.int(createdAtMs + 1, toMs) }, members);
}
