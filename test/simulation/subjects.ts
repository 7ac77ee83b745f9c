import { configurationAt } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import type { TrueTask } from "./truth.ts";

/** Which task an id of ours means, under every name that its connection has ever had. */
export interface Subjects {
  taskOf(subject: string): TrueTask | undefined;
  /** Every id under which the task may be recorded. */
  idsOf(task: TrueTask): readonly string[];
  /** The tasks that a target may list. */
  tasksOf(targetKey: string): readonly TrueTask[];
  /** Somebody asked for the task under this id. */
  learn(subject: string, task: TrueTask, nowMs: number): void;
  /** The answer to a request was that the task is tracked, or that it no longer is. */
  answered(task: TrueTask, isTracked: boolean): void;
  /** Whether the last answer was that the task is tracked. */
  isTracked(task: TrueTask): boolean;
  /** When somebody first asked to track the task. */
  askedAtMs(task: TrueTask): number | undefined;
  isConfigured(targetKey: string, atMs: number): boolean;
  /** Whether one task may complete under both ids, since its connection got a new name and not its former one. */
  mayBoth(one: string, other: string): boolean;
}

export function createSubjects(scenario: Scenario): Subjects {
  const everyPlan = [scenario.connections, ...scenario.deployments.map(({ connections }) => connections)].flat();
  const accountOf = new Map(everyPlan.map(({ name, account }) => [name, account]));
  const aliased = everyPlan.some(({ formerName }) => formerName !== null);
  const byTarget = Map.groupBy(scenario.tasks, ({ targetKey }) => targetKey);
  const learned = new Map<string, TrueTask>();
  const asked = new Map<TrueTask, number>();
  const tracked = new Set<TrueTask>();
  const idsOfTask = new Map<TrueTask, string[]>();
  for (const task of scenario.tasks) {
    const [account = ""] = task.targetKey.split(":");
    const names = [...accountOf].filter(([, one]) => one === account).map(([name]) => name);
    idsOfTask.set(
      task,
      names.map((name) => `${name}:${task.region}:${task.nativeId}`),
    );
  }
  const byId = new Map([...idsOfTask].flatMap(([task, ids]) => ids.map((id) => [id, task] as const)));

  function accountKey(targetKey: string): string {
    const [name = "", region = ""] = targetKey.split(":");
    return `${accountOf.get(name) ?? name}:${region}`;
  }

  function know(subject: string, task: TrueTask): void {
    if (byId.has(subject) || learned.has(subject)) return;
    learned.set(subject, task);
    idsOfTask.get(task)?.push(subject);
  }

  /**
   * A name leads to whichever import has it when a sweep resolves it, which may be a later one. ECM does not name the
   * task of a finished image, so that import is then known by its image.
   */
  function knowImagesOf({ targetKey, imageName }: TrueTask, subject: string): void {
    for (const other of byTarget.get(targetKey) ?? []) {
      if (other.imageName === imageName) know(`${targetOf(subject)}:${other.imageId}`, other);
    }
  }

  return {
    taskOf: (subject) => byId.get(subject) ?? learned.get(subject),
    idsOf: (task) => idsOfTask.get(task) ?? [],
    tasksOf: (targetKey) => byTarget.get(accountKey(targetKey)) ?? [],
    learn(subject, task, nowMs) {
      asked.set(task, asked.get(task) ?? nowMs);
      know(subject, task);
      if (subject.includes(":image-name:")) knowImagesOf(task, subject);
    },
    answered(task, isTracked) {
      if (isTracked) tracked.add(task);
      else tracked.delete(task);
    },
    isTracked: (task) => tracked.has(task),
    askedAtMs: (task) => asked.get(task),
    isConfigured(targetKey, atMs) {
      const [connection = "", region = ""] = targetKey.split(":");
      return configurationAt(scenario, atMs).some(
        (plan) => (plan.formerName ?? plan.name) === connection && plan.regions.includes(region),
      );
    },
    mayBoth: (one, other) => !aliased && connectionOf(one) !== connectionOf(other),
  };
}

function connectionOf(subject: string): string {
  return subject.slice(0, subject.indexOf(":"));
}

/** `<connection>:<region>` of an id of a task. */
export function targetOf(subject: string): string {
  const end = subject.indexOf(":", subject.indexOf(":") + 1);
  return end < 0 ? subject : subject.slice(0, end);
}
