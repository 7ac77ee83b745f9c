import { every, minuteMs, plainConnection, plainSlots, plainTask, quietScenario, startMs } from "../scenario.ts";
import type { Scenario, TrackRequest } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { TrueTask } from "../truth.ts";

/** Tasks that are tracked right after their creation, and that their cloud shows only later, or never. */
export function drawAwaited(random: SeededRandom): Scenario {
  const connection = plainConnection(random.pick(["alibaba-ecs", "apsara-route", "tencent-ecm", "tencent-ecm"]));
  const slots = plainSlots(every(random.pick([2, 5, 5, 10]) * minuteMs, 60 * minuteMs));
  const tasks = Array.from({ length: random.int(1, 2) }, (_, index) => {
    const createdAtMs = startMs + random.int(1, 5 * 60) * 1000;
    const isShown = random.happens(0.8);
    const listedFromMs = isShown ? createdAtMs + random.int(1, 45 * 60) * 1000 : Infinity;
    // A sweep that reads an import while it ends could see it under both of its ids.
    const endMinute = Math.ceil((Math.max(createdAtMs, isShown ? listedFromMs : 0) - startMs) / minuteMs);
    const later = startMs + (endMinute + random.int(0, 8)) * minuteMs + minuteMs / 2;
    const endsAtMs = random.pick([createdAtMs + 1000, later, Infinity]);
    return plainTask(random, { connection, serial: index + 1, createdAtMs, endsAtMs }, { listedFromMs });
  });
  return {
    ...quietScenario(random, { connections: [connection], tasks, slots }),
    requests: tasks.flatMap((task) => requestsFor(task, random)),
    calmPausesMs: [0, 62 * minuteMs, 62 * minuteMs],
  };
}

function requestsFor(task: TrueTask, random: SeededRandom): TrackRequest[] {
  const forms =
    task.cloud === "tencent-ecm"
      ? [task.nativeId, task.imageId, `image-name:${task.imageName}`, task.imageId]
      : [task.nativeId];
  const nativeId = random.pick(forms);
  const atMs = task.createdAtMs + random.int(1, 20_000);
  const first = { atMs, task, untrack: false, nativeId };
  const again = { ...first, atMs: atMs + random.int(1, 20) * minuteMs };
  if (random.happens(0.2)) return [first, { ...again, untrack: true }];
  // Once an import has ended, the API cannot tell that its image id is that of the same import.
  return random.happens(0.4) && again.atMs < task.endsAtMs ? [first, again] : [first];
}
