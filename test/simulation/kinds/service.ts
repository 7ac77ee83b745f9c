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
import type { ConnectionPlan, Deployment, Scenario, TrackRequest } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { TrueTask } from "../truth.ts";

/** A slow target, so that sweeps by different processes overlap. The rate must hold for all of them together. */
export function drawOverlap(random: SeededRandom): Scenario {
  const regions = ["cn-hangzhou", "us-west-1"];
  const slowRegion = random.happens(0.7) ? "us-west-1" : null;
  const connection = random.happens(0.6)
    ? plainConnection("alibaba-ecs", { regions, slowRegion, largestPage: random.pick([1, 2, 100]) })
    : plainConnection("tencent-ecm", { slowRegion: slowRegion && "global" });
  const slots = every(minuteMs, random.int(3, 6) * minuteMs).map((ms) => ({
    atMs: startMs + ms,
    startsAfterMs: [0, ...Array.from({ length: random.int(0, 2) }, () => random.int(0, 1_500))],
    limitMs: random.pick([55_000, 300_000, 300_000]),
  }));
  const untilMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const tasks = Array.from({ length: random.int(2, 6) }, (_, index) => {
    const createdAtMs = random.int(startMs - hourMs, startMs + minuteMs);
    const endsAtMs = random.happens(0.4) ? Infinity : random.int(createdAtMs + 1, untilMs - settlingMs + minuteMs);
    const region = random.pick(connection.regions);
    return plainTask(random, { connection, region, serial: index + 1, createdAtMs, endsAtMs });
  });
  const perSecond = random.pick([2, 5, 10]);
  return {
    ...quietScenario(random, { connections: [connection], tasks, slots }),
    budget: { perSecond, burst: random.pick([1, 2, perSecond]) },
  };
}

/** A connection or a region that is removed, put back, or renamed between two sweeps. */
export function drawConfiguration(random: SeededRandom): Scenario {
  const cloud = random.pick(["alibaba-ecs", "apsara-route"] as const);
  const twoRegions = cloud === "alibaba-ecs" && random.happens(0.3);
  const regions = twoRegions ? { regions: ["cn-hangzhou", "us-west-1"] } : {};
  const subject = plainConnection(cloud, regions);
  const other = plainConnection("tencent-ecm");
  const minutes = [0, 5, 10, 15, 20, 25];
  const slots = plainSlots(minutes.map((one) => one * minuteMs));
  const change = twoRegions ? random.pick(["region", "connection"] as const) : random.pick(changes);
  const changedAtMs = startMs + random.pick([7, 12]) * minuteMs;
  const deployments: Deployment[] = [{ fromMs: changedAtMs, connections: changed(subject, other, change) }];
  const isRename = change === "renamed" || change === "renamed with its former name";
  if (!isRename && random.happens(0.5)) {
    deployments.push({ fromMs: startMs + 22 * minuteMs, connections: [subject, other] });
  }
  const untilMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const tasks = Array.from({ length: random.int(1, 2) }, (_, index) => {
    const createdAtMs = random.int(startMs - hourMs, changedAtMs - minuteMs);
    const endsAtMs = random.happens(0.3) ? Infinity : random.int(createdAtMs + 1, untilMs - minuteMs);
    const region = random.pick(subject.regions);
    return plainTask(random, { connection: subject, region, serial: index + 1, createdAtMs, endsAtMs });
  });
  const scenario = quietScenario(random, { connections: [subject, other], tasks, slots });
  const busIsDown = random.happens(0.6);
  if (busIsDown) scenario.faultPlan.outages.push({ what: "bus", fromMs: startMs, toMs: changedAtMs + 1 });
  const storeFaults = random.pick([0, 0, 0.07]);
  const crashes = random.pick([0, 0, 0.5]);
  return { ...scenario, faultPlan: { ...scenario.faultPlan, storeFaults, crashes }, deployments };
}

const changes = ["connection", "renamed", "renamed with its former name"] as const;

function changed(
  subject: ConnectionPlan,
  other: ConnectionPlan,
  change: "region" | (typeof changes)[number],
): ConnectionPlan[] {
  switch (change) {
    case "connection":
      return [other];
    case "region":
      return [{ ...subject, regions: subject.regions.slice(0, 1) }, other];
    case "renamed":
      return [{ ...subject, name: `${subject.name}-2` }, other];
    case "renamed with its former name":
      return [{ ...subject, name: `${subject.name}-2`, formerName: subject.name }, other];
  }
}

/** Imports of Tencent under several forms of their ids, and two imports with one image name. */
export function drawIdentity(random: SeededRandom): Scenario {
  const connection = plainConnection("tencent-ecm");
  const slots = plainSlots(every(5 * minuteMs, 30 * minuteMs));
  const untilMs = (slots.at(-1)?.atMs ?? startMs) + settlingMs;
  const createdAtMs = startMs - random.int(1, 30) * minuteMs;
  const first = plainTask(random, {
    connection,
    serial: 1,
    createdAtMs,
    endsAtMs: startMs + random.int(9, 18) * minuteMs,
  });
  const forms = [`0${first.nativeId}`, first.imageId, `image-name:${first.imageName}`];
  const reused = random.happens(0.5);
  const tasks = reused ? replaced(random, connection, first, untilMs) : [first];
  const track = (nativeId: string): TrackRequest => ({
    atMs: startMs + random.int(1, 8) * minuteMs,
    task: tasks[0] ?? first,
    untrack: false,
    nativeId,
  });
  const requests = reused
    ? [track(`image-name:${first.imageName}`)]
    : forms.filter(() => random.happens(0.6)).map(track);
  return { ...quietScenario(random, { connections: [connection], tasks, slots }), requests };
}

/** The image is deleted, and another import gets its name. */
function replaced(random: SeededRandom, connection: ConnectionPlan, first: TrueTask, untilMs: number): TrueTask[] {
  const deletedAtMs = startMs + random.int(8, 10) * minuteMs;
  const createdAtMs = deletedAtMs + random.int(1, 3) * minuteMs;
  const second = plainTask(
    random,
    { connection, serial: 2, createdAtMs, endsAtMs: random.int(createdAtMs + 1, untilMs - minuteMs) },
    { imageName: first.imageName },
  );
  return [
    { ...first, endsAtMs: Infinity, stuckFromMs: deletedAtMs, hidden: [{ fromMs: deletedAtMs, toMs: Infinity }] },
    second,
  ];
}
