import { ecsProblem, type EcsProblem, missingParameter } from "./ecs-errors.ts";
import type { CloudName } from "./exchange.ts";
import type { Phase } from "./task-state.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";

/** DescribeTasks as ECS documents it. The route gateway passes its form parameters to the same call. */

export interface TaskQuery {
  readonly region: string;
  readonly taskIds: readonly string[] | null;
  readonly action: string | null;
  readonly status: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly resourceIds: readonly string[];
  readonly pageNumber: number;
  readonly pageSize: number;
}

export interface TaskQueryRules {
  readonly regions: readonly string[];
  /** Statuses that the filter knows. It ignores all others, as documented. */
  readonly filterWords: readonly string[];
}

type Params = ReadonlyMap<string, string>;

const maxIds = 100;

export function readTaskQuery(params: Params, rules: TaskQueryRules): TaskQuery | EcsProblem {
  const region = readRegion(params, rules.regions);
  if (typeof region !== "string") return region;
  const taskIds = params.get("TaskIds") ? (params.get("TaskIds") ?? "").split(",") : null;
  const resourceIds = [...params].filter(([name]) => /^ResourceIds\.\d+$/.test(name)).map(([, value]) => value);
  const pageNumber = readWhole(params.get("PageNumber"), { byDefault: 1, max: Number.MAX_SAFE_INTEGER });
  const pageSize = readWhole(params.get("PageSize"), { byDefault: 10, max: 100 });
  const startMs = readTime(params.get("StartTime"), Number.NEGATIVE_INFINITY);
  const endMs = readTime(params.get("EndTime"), Number.POSITIVE_INFINITY);
  const status = params.get("TaskStatus") ?? null;
  if (taskIds !== null && taskIds.length > maxIds) return invalid("TaskIds");
  if (resourceIds.length > maxIds) return invalid("ResourceIds");
  if (pageNumber === null) return invalid("PageNumber");
  if (pageSize === null) return invalid("PageSize");
  if (startMs === null) return invalid("StartTime");
  if (endMs === null) return invalid("EndTime");
  return {
    region,
    taskIds,
    action: params.get("TaskAction") || null,
    status: status !== null && rules.filterWords.includes(status) ? status : null,
    startMs,
    endMs,
    resourceIds,
    pageNumber,
    pageSize,
  };
}

export function readRegion(params: Params, regions: readonly string[]): string | EcsProblem {
  const region = params.get("RegionId");
  if (!region) return missingParameter("RegionId");
  return regions.includes(region) ? region : ecsProblem("InvalidRegionId.NotFound");
}

export interface TaskSource {
  readonly tasks: SandboxTasks;
  readonly cloud: CloudName;
  readonly statusWord: (view: TaskView) => string;
}

/** Ids that are unknown, or belong to another region, are simply omitted. */
export function findTasks(source: TaskSource, query: TaskQuery): { total: number; rows: readonly TaskView[] } {
  const { tasks, cloud } = source;
  const candidates =
    query.taskIds === null
      ? tasks.visible(cloud)
      : [...new Set(query.taskIds)].flatMap((id) => tasks.find(cloud, id.trim()) ?? []);
  const matching = candidates.filter((view) => matches(query, view, source));
  const from = (query.pageNumber - 1) * query.pageSize;
  return { total: matching.length, rows: matching.slice(from, from + query.pageSize) };
}

function matches(query: TaskQuery, view: TaskView, source: TaskSource): boolean {
  const { task } = view;
  if (task.region !== query.region) return false;
  if (task.createdAtMs < query.startMs || task.createdAtMs > query.endMs) return false;
  if (query.action !== null && task.action !== query.action) return false;
  if (query.resourceIds.length > 0 && !query.resourceIds.includes(task.imageId)) return false;
  return query.status === null || source.statusWord(view) === query.status;
}

/** ECS reports times to the minute, although it accepts them to the second. */
export function minuteTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16)}Z`;
}

/** The native status; `pendingWord` is the one for a waiting task. */
export function ecsStatusWord({ task, state }: TaskView, pendingWord: string): string {
  const { ending } = task.plan;
  if (state.phase === "failed" && ending.kind === "failed") return ending.reportedAs ?? "Failed";
  const words = {
    unborn: pendingWord,
    pending: pendingWord,
    paused: "Paused",
    running: "Processing",
    succeeded: "Finished",
    "partly-failed": "Finished",
    finished: "Finished",
    failed: "Failed",
    canceled: "Deleted",
    vanished: "Deleted",
  } as const satisfies Record<Phase, string>;
  return words[state.phase];
}

function invalid(name: string): EcsProblem {
  return ecsProblem("InvalidParameter", `The specified parameter "${name}" is not valid.`);
}

function readWhole(text: string | undefined, bounds: { byDefault: number; max: number }): number | null {
  if (text === undefined || text === "") return bounds.byDefault;
  if (!/^\d{1,9}$/.test(text)) return null;
  const value = Number(text);
  return value >= 1 && value <= bounds.max ? value : null;
}

function readTime(text: string | undefined, byDefault: number): number | null {
  if (text === undefined || text === "") return byDefault;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return null;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? null : epochMs;
}
