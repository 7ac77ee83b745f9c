import type { ListQuery, Provider, Resolution, Sighting, UnreadableRow } from "../../lib/domain/provider.ts";
import type { Target, Task } from "../../lib/domain/task.ts";

/** The provider's data and failures. Tests change it as they run. */
export interface Script {
  target?: Target;
  renamedTo?: string;
  /** The pages of its list. A list of a window lacks the rows created outside it, and pages that become empty. */
  pages?: Sighting[][];
  unreadable?: UnreadableRow[];
  /** The result of `get` for a native id: a task, nothing, or an error. */
  details?: Record<string, Task | Error | (() => Promise<Task | undefined>)>;
  /** Thrown by every list call. */
  listError?: Error;
  /** If true, never responds. */
  silent?: boolean;
  /** Makes the provider one whose tasks have several ids: how it resolves each id. */
  resolutions?: Record<string, Resolution | Error>;
  cancel?: (nativeId: string, signal: AbortSignal) => Promise<void>;
}

export interface ScriptedProvider extends Provider {
  /** All calls in order: `list {...}`, `getMany a,b`, `get a`, `resolve a`, `cancel a`. */
  readonly calls: string[];
}

/** A provider with scripted answers. Its ids start with `t-`. */
export function createScriptedProvider(script: Script): ScriptedProvider {
  const calls: string[] = [];
  const target = script.target ?? { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
  const { cancel, resolutions } = script;
  return {
    calls,
    target,
    ...(script.renamedTo !== undefined && { renamedTo: script.renamedTo }),
    capabilities: { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: cancel !== undefined },
    clockSkewMs: () => null,
    nativeIdProblem: (nativeId) => (nativeId.startsWith("t-") ? undefined : "must begin with t-"),
    ...(resolutions && {
      async resolve(nativeId: string, signal: AbortSignal) {
        calls.push(`resolve ${nativeId}`);
        if (script.silent) await never(signal);
        const resolution = resolutions[nativeId];
        if (resolution instanceof Error) throw resolution;
        return resolution;
      },
    }),
    async *list({ bare: _bare, ...query }, signal) {
      calls.push(`list ${JSON.stringify(query)}`);
      const inWindow = (script.pages ?? []).map((page) => page.filter(({ task }) => isWithin(task, query)));
      const pages = inWindow.filter((page) => page.length > 0);
      for (let page = 1; page <= Math.max(pages.length, 1); page += 1) {
        if (script.silent) await never(signal);
        if (script.listError) throw script.listError;
        const next = page < pages.length ? String(page + 1) : null;
        yield { sightings: pages[page - 1] ?? [], unreadable: page === 1 ? (script.unreadable ?? []) : [], next };
      }
    },
    async getMany(nativeIds) {
      calls.push(`getMany ${nativeIds.join(",")}`);
      const rows = (script.pages ?? []).flat().filter(({ task }) => nativeIds.includes(task.nativeId));
      return { sightings: rows, unreadable: [] };
    },
    async get(nativeId, signal) {
      calls.push(`get ${nativeId}`);
      if (script.silent) await never(signal);
      const detail = script.details?.[nativeId];
      if (detail instanceof Error) throw detail;
      return typeof detail === "function" ? detail() : detail;
    },
    ...(cancel && {
      async cancel(nativeId: string, signal: AbortSignal) {
        calls.push(`cancel ${nativeId}`);
        await cancel(nativeId, signal);
      },
    }),
  };
}

function isWithin({ createdAt }: Task, { createdAfter, createdBefore }: ListQuery): boolean {
  if (createdAt === null) return true;
  const createdMs = Date.parse(createdAt);
  return createdMs >= (createdAfter?.getTime() ?? -Infinity) && createdMs <= (createdBefore?.getTime() ?? Infinity);
}

export function row(task: Task, needsDetail = false): Sighting {
  return { task, needsDetail };
}

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
