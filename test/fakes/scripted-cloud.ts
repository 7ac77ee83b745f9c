import type { ListQuery, Provider, Rows, Sighting, TaskPage, UnreadableRow } from "../../lib/domain/provider.ts";
import { isTerminal, unknownProgress } from "../../lib/domain/task.ts";
import type { Resource, Target, Task, TaskFailure, TaskStatus } from "../../lib/domain/task.ts";
import type { ManualClock } from "./manual-clock.ts";
import { sampleTask } from "./sample-task.ts";

/** The state of a task from a given time on. */
export interface ScriptedState {
  /** `gone`: the cloud no longer knows the task. `unreadable`: its rows are unreadable. */
  readonly status: TaskStatus | "gone" | "unreadable";
  /** Epoch milliseconds; 0 if omitted. */
  readonly fromMs?: number;
  readonly percent?: number;
  readonly error?: TaskFailure;
}

interface ScriptedTask {
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  readonly states: readonly ScriptedState[];
  /** `ModifyDiskSpec` is the action of a task that is not discovered. */
  readonly nativeAction?: string;
  readonly resourceType?: Resource["type"];
}

interface CloudCall {
  readonly api: "list" | "listOpen" | "getMany" | "get";
  readonly nativeIds: readonly string[];
  readonly query?: ListQuery;
  /** The page of a list, starting at 1. */
  readonly page?: number;
}

export interface CloudOptions {
  readonly target?: Target;
  /** If true, rows omit progress, reasons, and outcomes; only `get` returns them. */
  readonly detailed?: boolean;
  readonly batchSize?: number;
  readonly pageSize?: number;
  /** Default true. */
  readonly filtersByTime?: boolean;
}

export interface ScriptedCloud extends Provider {
  readonly tasks: Map<string, ScriptedTask>;
  readonly calls: CloudCall[];
  /** Runs in every call; an error it throws becomes the call's failure. */
  onCall: (call: CloudCall) => void | Promise<void>;
  /** The cloud's clock minus ours. Default `null`: it does not tell. */
  skewMs: () => number | null;
}

const endStatuses = new Set(["succeeded", "failed", "canceled", "unreadable"]);
const hangzhou: Target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };

/** A cloud whose tasks change state by the clock. */
export function createScriptedCloud(clock: ManualClock, options: CloudOptions = {}): ScriptedCloud {
  const { target = hangzhou, detailed = false, batchSize = 100, pageSize = 100, filtersByTime = true } = options;
  const tasks = new Map<string, ScriptedTask>();
  const calls: CloudCall[] = [];

  async function begin(call: CloudCall, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    calls.push(call);
    await cloud.onCall(call);
  }

  function rowsOf(nativeIds: Iterable<string>): Rows {
    const sightings: Sighting[] = [];
    const unreadable: UnreadableRow[] = [];
    for (const nativeId of nativeIds) {
      const state = stateNow(nativeId);
      if (state === undefined) continue;
      if (state.status === "unreadable") unreadable.push({ nativeId, reason: "Status is missing" });
      else
        sightings.push(
          detailed ? bareRow(taskOf(nativeId, state)) : { task: taskOf(nativeId, state), needsDetail: false },
        );
    }
    return { sightings, unreadable };
  }

  function stateNow(nativeId: string): ScriptedState | undefined {
    const reached = tasks.get(nativeId)?.states.filter(({ fromMs = 0 }) => fromMs <= clock.now());
    const state = reached?.at(-1);
    return state?.status === "gone" ? undefined : state;
  }

  function taskOf(nativeId: string, { status, percent, error }: ScriptedState): Task {
    if (status === "gone" || status === "unreadable") throw new Error("such a task has no row");
    const { createdAtMs = 0, nativeAction = "ImportImage", resourceType = "image" } = tasks.get(nativeId) ?? {};
    const createdAt = new Date(createdAtMs).toISOString();
    return sampleTask({
      ...target,
      nativeId,
      nativeAction,
      status,
      nativeStatus: `native-${status}`,
      error: error ?? null,
      progress: { ...unknownProgress, percent: percent ?? null },
      resource: { type: resourceType, id: `m-${nativeId}`, name: null },
      createdAt,
      nativeTimes: { createdAt, finishedAt: null, zoneAssumed: false },
      observedAt: new Date(clock.now()).toISOString(),
      requestId: `request-${calls.length}`,
    });
  }

  const cloud: ScriptedCloud = {
    tasks,
    calls,
    onCall: () => {},
    skewMs: () => null,
    target,
    capabilities: { batchSize, listsWithoutIds: true, reportsProgress: detailed, cancels: false, filtersByTime },
    clockSkewMs: () => cloud.skewMs(),
    nativeIdProblem: () => undefined,
    discovers: ({ nativeAction }) => nativeAction !== "ModifyDiskSpec",
    async *list(query, signal): AsyncGenerator<TaskPage> {
      const after = query.createdAfter?.getTime() ?? 0;
      const before = query.createdBefore?.getTime() ?? Infinity;
      const listed = [...tasks].filter(([, { createdAtMs }]) => createdAtMs >= after && createdAtMs <= before);
      const shown = listed.map(([nativeId]) => nativeId).filter((nativeId) => stateNow(nativeId) !== undefined);
      const isOpen = (nativeId: string) => !endStatuses.has(stateNow(nativeId)?.status ?? "");
      const ids = query.openOnly === true ? shown.filter(isOpen) : shown;
      const pages = Math.max(1, Math.ceil(ids.length / pageSize));
      for (let page = 1; page <= pages; page += 1) {
        const api = query.openOnly === true ? "listOpen" : "list";
        await begin({ api, nativeIds: [], query, page }, signal);
        const next = page < pages ? String(page + 1) : null;
        yield { ...rowsOf(ids.slice((page - 1) * pageSize, page * pageSize)), next };
      }
    },
    async getMany(nativeIds, signal) {
      await begin({ api: "getMany", nativeIds }, signal);
      return rowsOf(nativeIds);
    },
    async get(nativeId, signal) {
      await begin({ api: "get", nativeIds: [nativeId] }, signal);
      const state = stateNow(nativeId);
      return state === undefined || state.status === "unreadable" ? undefined : taskOf(nativeId, state);
    },
  };
  return cloud;
}

/** A row that shows that a task has ended, but not how or why. */
function bareRow(task: Task): Sighting {
  const bare: Task = { ...task, progress: unknownProgress, error: null };
  const needsDetail = task.status === "succeeded" || task.status === "failed";
  if (task.status !== "succeeded") return { task: { ...bare, done: isTerminal(task.status) }, needsDetail };
  return { task: { ...bare, status: "unknown", done: false }, needsDetail };
}
