import { ProviderError } from "../../domain/errors.ts";
import type { Rows, Sighting, UnreadableRow } from "../../domain/provider.ts";
import { isTerminal, taskId } from "../../domain/task.ts";
import type { Resource, Target, Task } from "../../domain/task.ts";
import { errorText } from "../shared/redaction.ts";
import type { Opened } from "./envelope.ts";
import { nativeIdProblem } from "./native-id.ts";
import { outcomeOf } from "./outcome.ts";
import { ListHead, membersOf, TaskRow } from "./payload.ts";
import { utcTime } from "./utc-time.ts";
import { actionOf, resourceTypeOf } from "./words.ts";

export interface Context {
  readonly target: Target;
  /** RFC 3339 UTC. */
  readonly observedAt: string;
}

/** One page of `DescribeTasks`. */
export interface RoutePage extends Rows {
  /** How many tasks match on all pages together; `null` when the answer does not say. */
  readonly totalCount: number | null;
  /** The page size that was used; `null` when the answer does not say. */
  readonly pageSize: number | null;
}

/** @throws {ProviderError} `malformed` when the tasks are in no known form, which must not pass for none */
export function normalizePage({ payload, requestId }: Opened, context: Context): RoutePage {
  const { data: head } = ListHead.safeParse(payload);
  if (head === undefined) throw new ProviderError("malformed", "TotalCount is no number", { requestId });
  const members = membersOf(head.TaskSet, "Task");
  if (members === undefined) throw new ProviderError("malformed", "TaskSet has no known form", { requestId });
  const sightings: Sighting[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const member of members) {
    const parsed = TaskRow.safeParse(member);
    if (!parsed.success) {
      unreadable.push({ nativeId: readableId(member), reason: problemOf(parsed.error.issues) });
      continue;
    }
    const problem = nativeIdProblem(parsed.data.TaskId);
    if (problem !== undefined) unreadable.push({ nativeId: readableId(member), reason: problem });
    else sightings.push({ task: taskOf(parsed.data, requestId, context), needsDetail: false });
  }
  return { sightings, unreadable, totalCount: head.TotalCount ?? null, pageSize: head.PageSize || null };
}

function taskOf(row: TaskRow, requestId: string | null, { target, observedAt }: Context): Task {
  const nativeAction = row.TaskAction ?? "";
  const { status, ...outcome } = outcomeOf(row);
  const done = isTerminal(status);
  return {
    id: taskId(target, row.TaskId),
    ...target,
    nativeId: row.TaskId,
    action: actionOf(nativeAction),
    nativeAction,
    status,
    nativeStatus: row.TaskStatus,
    done,
    ...outcome,
    resource: resourceOf(row, nativeAction),
    cancelable: cancelableOf(row.SupportCancel),
    createdAt: utcTime(row.CreationTime),
    finishedAt: done ? utcTime(row.FinishedTime) : null,
    finishedAtObserved: false,
    nativeTimes: {
      createdAt: row.CreationTime || null,
      finishedAt: row.FinishedTime || null,
      zoneAssumed: false,
    },
    observedAt,
    requestId,
    labels: {},
  };
}

function resourceOf({ ResourceId }: TaskRow, nativeAction: string): Resource | null {
  return ResourceId ? { type: resourceTypeOf(nativeAction), id: ResourceId, name: null } : null;
}

function cancelableOf(said: boolean | string | null): boolean | null {
  const word = String(said ?? "")
    .trim()
    .toLowerCase();
  if (word === "true") return true;
  return word === "false" ? false : null;
}

function problemOf(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const [first] = issues;
  const field = first?.path[0];
  return field === undefined ? "not a task" : `${String(field)} cannot be read`;
}

function readableId(member: unknown): string | null {
  if (typeof member !== "object" || member === null || !("TaskId" in member)) return null;
  return typeof member.TaskId === "string" ? errorText(member.TaskId) || null : null;
}
