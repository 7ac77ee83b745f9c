import {
  every,
  hourMs,
  minuteMs,
  plainConnection,
  plainSlots,
  plainTask,
  quietScenario,
  startMs,
} from "../scenario.ts";
import type { Damage, DamageKind, Scenario } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { TrueTask } from "../truth.ts";

const kinds: readonly DamageKind[] = [
  "no JSON",
  "unknown status",
  "no record",
  "another revision",
  "wrong index attribute",
  "newer version",
  "target",
  "list of targets",
];

/** Items of our own that cannot be read, beside others that can. */
export function drawUnreadableItems(random: SeededRandom): Scenario {
  const connections = random.happens(0.3)
    ? [plainConnection("alibaba-ecs"), plainConnection("apsara-route")]
    : [plainConnection(random.pick(["alibaba-ecs", "apsara-route", "tencent-ecm"]))];
  const slots = plainSlots(every(random.pick([5, 10]) * minuteMs, random.pick([1, 2]) * hourMs));
  const lastMs = slots.at(-1)?.atMs ?? startMs;
  const tasks = Array.from({ length: random.int(2, 4) }, (_, index) => {
    const createdAtMs = random.int(startMs - 20 * minuteMs, startMs + 20 * minuteMs);
    const endsAtMs = random.int(createdAtMs + minuteMs, lastMs - minuteMs);
    return plainTask(random, { connection: random.pick(connections), serial: index + 1, createdAtMs, endsAtMs });
  });
  const damages = Array.from({ length: random.int(1, 3) }, () => drawDamage(random, random.pick(tasks), lastMs));
  const scenario = quietScenario(random, { connections, tasks, slots });
  const crashes = random.pick([0, 0, 0.5]);
  const busFaults = random.pick([0, 0.18]);
  return {
    ...scenario,
    damages: damages.filter(({ task }, index) => damages.findIndex((other) => other.task === task) === index),
    faultPlan: { ...scenario.faultPlan, busFaults, crashes },
  };
}

/** Most edits come around the end of their task. */
function drawDamage(random: SeededRandom, task: TrueTask, lastMs: number): Damage {
  const kind = random.pick(kinds);
  const earliestMs = Math.max(startMs, task.createdAtMs) + minuteMs;
  const atMs = random.int(earliestMs, Math.min(lastMs, Math.max(earliestMs, task.endsAtMs) + 10 * minuteMs));
  const toMs = kind === "newer version" ? Math.min(lastMs, atMs + random.int(5, 40) * minuteMs) : Infinity;
  return { atMs, kind, task, toMs };
}
