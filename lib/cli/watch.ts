import { isList, isTask, segmentOf } from "./api.ts";
import type { ApiTask } from "./api.ts";
import type { ListFilters } from "./arguments.ts";
import { exitCodes, refused } from "./command.ts";
import type { CommandDependencies, CommandOf } from "./command.ts";
import { tellMissing } from "./missing.ts";
import type { Lacks } from "./missing.ts";
import { faultText, isOfTheNetwork } from "./network-fault.ts";
import { logTime } from "./progress.ts";
import { printChange, words } from "./show.ts";
import { mayPass } from "./wait.ts";

const lookEveryMs = 10_000;
const largestPage = 100;
const openStatuses: NonNullable<ListFilters["status"]> = ["pending", "running", "paused", "canceling", "unknown"];

interface Shown {
  /** What was shown last of each open task, by its id. */
  readonly tasks: Map<string, string>;
  /** What the list lacked since it was last complete. */
  readonly missing: Set<string>;
}

/** Shows each task that is open, each change, and how it ends. Goes on after network faults. */
export async function watch(command: CommandOf<"watch">, deps: CommandDependencies): Promise<number> {
  const { clock, err } = deps;
  const untilMs = clock.now() + command.timeoutMs;
  const shown: Shown = { tasks: new Map(), missing: new Set() };
  for (;;) {
    const goesOn = () => clock.now() + lookEveryMs <= untilMs;
    try {
      const refusal = await look(command, shown, deps);
      if (refusal !== undefined) return refusal;
    } catch (error) {
      if (!isOfTheNetwork(error)) throw error;
      err.write(`${words([faultText(error, deps.api.origin), goesOn() ? "(goes on)" : undefined])}\n`);
    }
    if (!goesOn()) return exitCodes.success;
    await clock.sleep(lookEveryMs);
  }
}

/** The exit code if the API refuses in a way that will not pass. */
async function look(
  { filters }: CommandOf<"watch">,
  shown: Shown,
  deps: CommandDependencies,
): Promise<number | undefined> {
  const query = { status: openStatuses, ...filters, limit: Math.min(filters.limit, largestPage) };
  const { data, error, response } = await deps.api.GET("/tasks", { params: { query } });
  if (!isList(data)) {
    const code = refused(response.status, error, deps);
    return response.status === 200 || mayPass(response.status) ? undefined : code;
  }
  if (shown.tasks.size === 0 && data.nextCursor !== null) {
    deps.err.write(`only the newest ${query.limit} open tasks are shown; --limit shows up to ${largestPage}\n`);
  }
  showMissing(data, shown, deps);
  for (const task of data.tasks) show(task, shown, deps);
  for (const id of goneFrom(data, shown)) {
    const ended = await deps.api.GET("/tasks/{id}", { params: { path: { id: segmentOf(id) } } });
    if (isTask(ended.data)) show(ended.data, shown, deps);
    else if (ended.response.status === 404) shown.tasks.delete(id);
  }
  return undefined;
}

function showMissing(page: Lacks, { missing }: Shown, { err }: CommandDependencies): void {
  if (page.errors.length > 0) tellMissing(page, missing, err);
  else if (missing.size > 0) {
    missing.clear();
    err.write("complete again\n");
  }
}

function show(task: ApiTask, shown: Shown, { clock, out, json }: CommandDependencies): void {
  const line = printChange(task);
  if (shown.tasks.get(task.id) === line) return;
  shown.tasks.set(task.id, line);
  const now = logTime(clock.now());
  // A person who watches knows the day.
  const time = out.isTTY === true ? now.slice(11, 19) : now;
  out.write(`${json ? JSON.stringify(task) : `${time}  ${line}`}\n`);
  if (task.done) shown.tasks.delete(task.id);
}

interface Page extends Lacks {
  readonly tasks: readonly ApiTask[];
  readonly nextCursor: string | null;
}

/** Tasks that were open and are no longer listed. An incomplete list says nothing about them. */
function goneFrom({ tasks, nextCursor, errors }: Page, shown: Shown): string[] {
  if (nextCursor !== null || errors.length > 0) return [];
  const listed = new Set(tasks.map(({ id }) => id));
  return [...shown.tasks.keys()].filter((id) => !listed.has(id));
}
