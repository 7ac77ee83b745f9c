import type { Explain, WithExplanation } from "../domain/explanation.ts";
import type { Task } from "../domain/task.ts";
import { answerBytesOf } from "../http/answer-size.ts";
import type { Positions } from "./cursor.ts";

/** Merges several sources, each with its own order and position, into one page. */

/** A task as a list shows it. */
export interface ListedTask extends Task {
  /** Only in a list of tasks with pending events. */
  readonly pendingEvents?: readonly PendingEventSummary[];
}

export interface PendingEventSummary {
  readonly id: string;
  readonly type: string;
  /** How often it was offered to the bus. */
  readonly attempts: number;
  /** RFC 3339 UTC. */
  readonly nextAttemptAt: string;
  readonly lastProblem: string | null;
}

export interface SourceRow {
  readonly task: ListedTask;
  /** Where the source resumes after this row. */
  readonly after: string;
}

export interface Pulled {
  readonly rows: readonly SourceRow[];
  /** Where the source resumes after all of these rows, or `"ended"`. */
  readonly end: { readonly position: string | null } | "ended";
}

export interface Source<Failure> {
  readonly key: string;
  /** About `limit` rows from `position` on. Fewer, even before the end, when few of the rows read match the query. */
  pull(position: string | null, limit: number): Promise<Pulled | { readonly failure: Failure }>;
}

/** What one page may hold at most. */
export interface PageRoom {
  readonly limit: number;
  /** For the tasks, as `answerBytesOf` counts. A page with a single task may be larger. */
  readonly bytes: number;
}

interface MergedPage<Failure> {
  readonly tasks: readonly WithExplanation<ListedTask>[];
  /** `null` when every source has ended or failed. */
  readonly positions: Positions | null;
  readonly failures: readonly Failure[];
}

/**
 * Merges newest first, as far as the order of each source allows. No row is repeated or skipped as long as the positions
 * of its source hold. A failing source keeps its position for the next page. So does a row that the page has no room for.
 */
export async function mergePages<Failure>(
  sources: readonly Source<Failure>[],
  from: Positions | null,
  page: PageRoom & { readonly explain: Explain },
): Promise<MergedPage<Failure>> {
  const asked = sources.filter(({ key }) => from === null || key in from);
  const failures: Failure[] = [];
  const lanes: Lane[] = [];
  const failed: string[] = [];
  const answers = await Promise.all(asked.map(({ key, pull }) => pull(from?.[key] ?? null, page.limit)));
  answers.forEach((answer, index) => {
    const key = asked[index]?.key ?? "";
    if ("failure" in answer) {
      failures.push(answer.failure);
      failed.push(key);
    } else lanes.push({ key, start: from?.[key] ?? null, pulled: answer, taken: 0 });
  });
  const tasks = takeNewest(lanes, page);
  const left = Object.fromEntries(lanes.flatMap(placeAfter));
  if (Object.keys(left).length === 0) return { tasks, positions: null, failures };
  const kept = Object.fromEntries(failed.map((key) => [key, from?.[key] ?? null]));
  return { tasks, positions: { ...left, ...kept }, failures };
}

interface Lane {
  readonly key: string;
  readonly start: string | null;
  readonly pulled: Pulled;
  taken: number;
}

function takeNewest(
  lanes: readonly Lane[],
  { limit, bytes, explain }: PageRoom & { readonly explain: Explain },
): WithExplanation<ListedTask>[] {
  const tasks: WithExplanation<ListedTask>[] = [];
  let leftBytes = bytes;
  while (tasks.length < limit) {
    const ahead = lanes.filter((lane) => lane.taken < lane.pulled.rows.length);
    const [first] = ahead.toSorted((a, b) => byNewest(headOf(a), headOf(b)));
    const head = first && headOf(first);
    if (first === undefined || head === undefined) break;
    const shown = explain(head);
    leftBytes -= answerBytesOf(JSON.stringify(shown)) + 1;
    // Without any task, the walk would not go on.
    if (leftBytes < 0 && tasks.length > 0) break;
    tasks.push(shown);
    first.taken += 1;
  }
  return tasks;
}

function headOf(lane: Lane): ListedTask | undefined {
  return lane.pulled.rows[lane.taken]?.task;
}

/** Tasks without a creation time come last. */
function byNewest(a: Task | undefined, b: Task | undefined): number {
  const [left, right] = [a?.createdAt ?? "", b?.createdAt ?? ""];
  if (left !== right) return left < right ? 1 : -1;
  return (a?.id ?? "") < (b?.id ?? "") ? -1 : 1;
}

function placeAfter({ key, start, pulled, taken }: Lane): [string, string | null][] {
  if (taken === pulled.rows.length) return pulled.end === "ended" ? [] : [[key, pulled.end.position]];
  return [[key, pulled.rows[taken - 1]?.after ?? start]];
}
