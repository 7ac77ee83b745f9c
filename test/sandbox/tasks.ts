import type { CloudName } from "./exchange.ts";
import type { TaskFile } from "./task-file.ts";
import { type EndedPhase, hasEnded, type Plan, stateAt, type TaskState } from "./task-state.ts";

/** The true state of all tasks, from which the three clouds answer. */

export interface NewTask {
  readonly cloud: CloudName;
  /** Default: generated in the cloud's own format. */
  readonly nativeId?: string;
  /** Default: the cloud's first region. */
  readonly region?: string;
  /** The native action, for example `ImportImage`. */
  readonly action: string;
  /** Default: now. A task with a later time stays hidden until then. */
  readonly createdAtMs?: number;
  readonly imageId?: string;
  readonly imageName?: string;
  readonly plan: Plan;
}

export interface SandboxTask {
  readonly cloud: CloudName;
  readonly nativeId: string;
  readonly region: string;
  readonly action: string;
  readonly createdAtMs: number;
  readonly imageId: string;
  readonly imageName: string;
  readonly plan: Plan;
  readonly cancelRequestedAtMs: number | null;
}

/** A task and its current state. */
export interface TaskView {
  readonly task: SandboxTask;
  readonly state: TaskState;
}

interface EndedTask {
  readonly cloud: CloudName;
  readonly region: string;
  readonly nativeId: string;
  readonly outcome: EndedPhase;
  readonly endedAtMs: number;
}

export interface SandboxTasks {
  now(): number;
  /** Throws if the id is taken or the cloud has no such region or ending. */
  addTask(spec: NewTask): SandboxTask;
  /** All tasks, including vanished and future ones, newest first. */
  all(): readonly TaskView[];
  /** The tasks that the cloud currently returns, newest first. */
  visible(cloud: CloudName): readonly TaskView[];
  /** One task, if the cloud currently returns it. */
  find(cloud: CloudName, nativeId: string): TaskView | undefined;
  requestCancel(cloud: CloudName, nativeId: string): void;
  remove(cloud: CloudName, nativeId: string): void;
  /** All tasks that have really ended by now, including vanished ones, in the order of ending. */
  endedTasks(): readonly EndedTask[];
}

type Regions = Readonly<Record<CloudName, readonly string[]>>;

interface Shelf {
  readonly byId: Map<string, SandboxTask>;
  /** Newest first; reset on every change and sorted again on demand. */
  sorted: SandboxTask[] | null;
}

interface TasksWorld {
  now(): number;
  readonly regions: Regions;
  /** Keeps the tasks beyond this process; in memory if absent. */
  readonly file?: TaskFile;
}

export function createSandboxTasks(world: TasksWorld): SandboxTasks {
  const shelves: Record<CloudName, Shelf> = {
    "alibaba-ecs": { byId: new Map(), sorted: null },
    "apsara-route": { byId: new Map(), sorted: null },
    "tencent-ecm": { byId: new Map(), sorted: null },
  };
  for (const task of world.file?.tasks ?? []) shelves[task.cloud].byId.set(task.nativeId, task);
  let serial = 0;

  function put(task: SandboxTask): SandboxTask {
    world.file?.put(task);
    const shelf = shelves[task.cloud];
    shelf.byId.set(task.nativeId, task);
    shelf.sorted = null;
    return task;
  }

  function sorted(cloud: CloudName): readonly SandboxTask[] {
    const shelf = shelves[cloud];
    shelf.sorted ??= [...shelf.byId.values()].reverse().sort((a, b) => b.createdAtMs - a.createdAtMs);
    return shelf.sorted;
  }

  function view(task: SandboxTask): TaskView {
    return { task, state: stateAt(task, world.now()) };
  }

  function all(): readonly TaskView[] {
    return [...sorted("alibaba-ecs"), ...sorted("apsara-route"), ...sorted("tencent-ecm")].map(view);
  }

  return {
    now: () => world.now(),
    addTask(spec) {
      const { byId } = shelves[spec.cloud];
      const next = () => taskOf(spec, { serial: (serial += 1), nowMs: world.now(), regions: world.regions });
      let task = next();
      if (spec.nativeId !== undefined && byId.has(task.nativeId)) {
        throw new Error(`Task ${task.nativeId} is there already.`);
      }
      // A task of the last run may have been given the same number within this second.
      while (byId.has(task.nativeId)) task = next();
      return put(task);
    },
    all,
    visible: (cloud) =>
      sorted(cloud)
        .map(view)
        .filter((each) => isVisible(each, world.now())),
    find(cloud, nativeId) {
      const task = shelves[cloud].byId.get(nativeId);
      if (task === undefined) return undefined;
      const found = view(task);
      return isVisible(found, world.now()) ? found : undefined;
    },
    requestCancel(cloud, nativeId) {
      const task = shelves[cloud].byId.get(nativeId);
      if (task !== undefined) put({ ...task, cancelRequestedAtMs: task.cancelRequestedAtMs ?? world.now() });
    },
    remove(cloud, nativeId) {
      world.file?.remove({ cloud, nativeId });
      const shelf = shelves[cloud];
      shelf.byId.delete(nativeId);
      shelf.sorted = null;
    },
    endedTasks: () =>
      all()
        .flatMap(endedOf)
        .sort((a, b) => a.endedAtMs - b.endedAtMs),
  };
}

function isVisible({ task, state }: TaskView, nowMs: number): boolean {
  if (nowMs < task.createdAtMs + (task.plan.hiddenMs ?? 0)) return false;
  return state.phase !== "unborn" && state.phase !== "vanished";
}

function endedOf({ task, state }: TaskView): EndedTask[] {
  const { cloud, region, nativeId } = task;
  if (!hasEnded(state.phase) || state.endedAtMs === null) return [];
  return [{ cloud, region, nativeId, outcome: state.phase, endedAtMs: state.endedAtMs }];
}

function taskOf(spec: NewTask, world: { serial: number; nowMs: number; regions: Regions }): SandboxTask {
  const { cloud, action, plan } = spec;
  const regions = world.regions[cloud];
  const region = spec.region ?? regions[0] ?? "";
  if (!regions.includes(region)) throw new Error(`${cloud} has no region ${region}.`);
  const { kind } = plan.ending;
  if (cloud === "tencent-ecm" && kind === "canceled") throw new Error("tencent-ecm cannot cancel an import.");
  if (cloud === "tencent-ecm" && kind === "finished") throw new Error("tencent-ecm has no status Finished.");
  const createdAtMs = spec.createdAtMs ?? world.nowMs;
  const names = nativeNames(cloud, createdAtMs, world.serial);
  return {
    cloud,
    nativeId: spec.nativeId ?? names.nativeId,
    region,
    action,
    createdAtMs,
    imageId: spec.imageId ?? names.imageId,
    imageName: spec.imageName ?? names.imageName,
    plan,
    cancelRequestedAtMs: null,
  };
}

/** Each id contains the time, so that a restarted sandbox does not reuse ids for other tasks. */
function nativeNames(cloud: CloudName, createdAtMs: number, serial: number) {
  const seconds = Math.floor(createdAtMs / 1000);
  const tail = `${seconds.toString(36)}${serial.toString(36).padStart(5, "0")}`;
  const imageName = `golden-image-${serial}`;
  if (cloud !== "tencent-ecm") return { nativeId: `t-bp1${tail}`, imageId: `m-bp1${tail}`, imageName };
  const digits = `${seconds % 100_000_000}${String(serial).padStart(5, "0")}`;
  return { nativeId: digits.replace(/^0+/, "") || "1", imageId: `img-${tail}`, imageName };
}
