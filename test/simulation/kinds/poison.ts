import {
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
import type { ConnectionPlan, Scenario } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { PoisonKind, TrueTask } from "../truth.ts";

/** A list that counts only the rows of the page, or all tasks of the account, over more than one page. */
export function drawPageCounts(random: SeededRandom): Scenario {
  const full = random.happens(0.15);
  const connection = plainConnection(random.pick(["alibaba-ecs", "apsara-route"]), {
    counts: random.pick(["rows of the page", "rows of the page", "all tasks", "all rows"]),
    largestPage: full ? 100 : random.pick([2, 3]),
  });
  const count = full ? random.pick([100, 101, 150]) : random.int(2, 7);
  const slots = plainSlots([0, 5 * minuteMs]);
  const tasks = Array.from({ length: count }, (_, index) => {
    const createdAtMs = startMs - (index + 1) * 10_000;
    const ended = index % (full ? 25 : 2) === 0;
    // Reading the details of all of them would only take time.
    const outcome = full ? ({ outcome: "canceled" } as const) : {};
    return plainTask(
      random,
      { connection, serial: index + 1, createdAtMs, endsAtMs: ended ? random.int(createdAtMs + 1, startMs) : Infinity },
      outcome,
    );
  });
  return quietScenario(random, { connections: [connection], tasks, slots });
}

const rowPoisons: readonly PoisonKind[] = [
  "row without a status",
  "row without an id",
  "large operations",
  "many operations",
  "huge word",
];

/** Rows that cannot be read or are too large, beside rows that are fine. */
export function drawPoisonedRows(random: SeededRandom): Scenario {
  const kind = random.pick(rowPoisons);
  const unreadable = kind.startsWith("row ");
  const cloud = random.pick(
    unreadable ? ["alibaba-ecs", "apsara-route", "tencent-ecm"] : ["alibaba-ecs", "apsara-route"],
  );
  const connection = plainConnection(cloud as ConnectionPlan["cloud"]);
  const hours = random.pick(unreadable ? [1.5, 3.5] : [1.75]);
  // Large responses take long to read.
  const periodMs = (unreadable ? 20 : 35) * minuteMs;
  const slots = plainSlots(every(periodMs, hours * hourMs));
  const endMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const createdAtMs = random.int(startMs - 30 * minuteMs, startMs + 10 * minuteMs);
  const poisoned = plainTask(
    random,
    { connection, serial: 1, createdAtMs, endsAtMs: createdAtMs + random.int(1, 40) * minuteMs },
    {
      poison: { kind, fromMs: -Infinity, toMs: random.happens(0.5) ? Infinity : endMs - random.int(1, 30) * minuteMs },
    },
  );
  const tasks = [poisoned, ...bystanders(random, connection, random.int(1, 2), startMs + hourMs / 2)];
  const scenario = quietScenario(random, { connections: [connection], tasks, slots });
  return { ...scenario, settings: { ...scenario.settings, stallAfterMs: random.pick([20, 120]) * minuteMs } };
}

function bystanders(random: SeededRandom, connection: ConnectionPlan, count: number, untilMs: number): TrueTask[] {
  return Array.from({ length: count }, (_, index) => {
    const createdAtMs = random.int(startMs - 30 * minuteMs, untilMs - 10 * minuteMs);
    const endsAtMs = random.int(createdAtMs + 1, untilMs);
    return plainTask(random, { connection, serial: index + 100, createdAtMs, endsAtMs });
  });
}

/** A detail that is refused or malformed for two days. */
export function drawPoisonedDetail(random: SeededRandom): Scenario {
  const connection = plainConnection("alibaba-ecs");
  const kind = random.pick(["detail forbidden", "detail malformed"] as const);
  const slots = plainSlots([...every(hourMs / 2, 3 * hourMs), ...every(4 * hourMs, 48 * hourMs).slice(1)]);
  const createdAtMs = startMs - random.int(1, 30) * minuteMs;
  const toMs = startMs + 48 * hourMs - minuteMs;
  const poisoned = plainTask(
    random,
    { connection, serial: 1, createdAtMs, endsAtMs: createdAtMs + random.int(1, 60) * minuteMs },
    { poison: { kind, fromMs: -Infinity, toMs }, outcome: random.pick(["succeeded", "failed"]) },
  );
  const tasks = [poisoned, ...bystanders(random, connection, 1, startMs + hourMs)];
  return { ...quietScenario(random, { connections: [connection], tasks, slots }), calmPausesMs: [0, 62 * minuteMs] };
}

/** Details that time out, or an API for details that throttles, beside tasks that need no detail. */
export function drawSlowDetails(random: SeededRandom): Scenario {
  const connection = plainConnection("alibaba-ecs");
  const kind = random.pick(["detail times out", "detail throttled"] as const);
  const slots = plainSlots(every(random.pick([5, 10]) * minuteMs, 75 * minuteMs));
  const endMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const count = kind === "detail times out" ? 24 : 6;
  const tasks = Array.from({ length: count }, (_, index) => {
    const createdAtMs = startMs - random.int(1, 120) * minuteMs;
    return plainTask(
      random,
      { connection, serial: index + 1, createdAtMs, endsAtMs: random.int(createdAtMs + 1, startMs) },
      { poison: { kind, fromMs: -Infinity, toMs: endMs }, outcome: random.pick(["succeeded", "failed"]) },
    );
  });
  for (let index = 0; index < 3; index += 1) {
    const createdAtMs = startMs - random.int(1, 130) * minuteMs;
    const endsAtMs = random.int(createdAtMs + 1, startMs + 5 * minuteMs);
    tasks.push(plainTask(random, { connection, serial: 50 + index, createdAtMs, endsAtMs }, { outcome: "canceled" }));
  }
  return { ...quietScenario(random, { connections: [connection], tasks, slots }), calmPausesMs: [0, 62 * minuteMs] };
}
