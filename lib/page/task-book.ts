import type { ListProblem, Task, TaskDetail, TaskList } from "./api-answers.ts";
import type { ApiClient, Answer } from "./api-client.ts";
import { taskIdToSegment } from "./task-segment.ts";

/**
 * What the page knows of the tasks, and how it learns the rest. It reads the ledger, so that no reader costs a call to a
 * cloud. A list without filters costs the service only the tasks that it returns, so the page reads such a list from its
 * newest task to the oldest one that may still change.
 */

export interface TaskBook {
  /** By id. */
  readonly tasks: Map<string, Task>;
  /** Grows with each change. */
  version: number;
  stalledIds: ReadonlySet<string>;
  /** What the last lists lacked. */
  problems: readonly ListProblem[];
  /** Of the ledger's knowledge. `null` if the service does not say. */
  ageSeconds: number | null;
  /** True if there are more tasks than the page reads. */
  isCut: boolean;
  /** When all tasks, and when the stalled ones, were last read. Epoch milliseconds. */
  allReadAtMs: number | null;
  stalledReadAtMs: number | null;
  /** When single tasks were last looked for. */
  readonly lookedForAtMs: Map<string, number>;
}

export interface BookDependencies {
  readonly client: ApiClient;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called when the book has changed, at most once for each call of the API. */
  readonly onChange: () => void;
}

/** A call that was not answered. The round ends, and the book keeps what it has. */
export class RoundEndedError extends Error {
  override readonly name = "RoundEndedError";
  readonly answer: Exclude<Answer<never>, { kind: "answered" }>;

  constructor(answer: Exclude<Answer<never>, { kind: "answered" }>) {
    super(answer.detail);
    this.answer = answer;
  }
}

const dayMs = 24 * 60 * 60_000;
/** Older tasks are shown only while they are open. */
const keptMs = 7 * dayMs;
const readAllEveryMs = 10 * 60_000;
const readStalledEveryMs = 30_000;
const lookForEveryMs = 60_000;
const mostPages = 100;
const mostLookedFor = 10;
const openStatuses = ["pending", "running", "paused", "canceling", "unknown"];

export function emptyBook(): TaskBook {
  return {
    tasks: new Map(),
    version: 0,
    stalledIds: new Set(),
    problems: [],
    ageSeconds: null,
    isCut: false,
    allReadAtMs: null,
    stalledReadAtMs: null,
    lookedForAtMs: new Map(),
  };
}

/**
 * Reads what may have changed.
 * @returns how many pages it has read
 * @throws RoundEndedError
 */
export async function refreshBook(book: TaskBook, deps: BookDependencies): Promise<number> {
  const nowMs = deps.now();
  const readsAll = isDue(book.allReadAtMs, readAllEveryMs, nowMs);
  const seen = new Set<string>();
  const problems: ListProblem[] = [];
  const pages = readsAll
    ? await readAll(book, { seen, problems, nowMs }, deps)
    : await readNews(book, { seen, problems, nowMs }, deps);
  const stalledPages = isDue(book.stalledReadAtMs, readStalledEveryMs, nowMs)
    ? await readStalled(book, { seen, problems, nowMs }, deps)
    : 0;
  for (const id of book.stalledIds) seen.add(id);
  if (readsAll) forgetAllBut(seen, book);
  const looked = await lookForUnseen(book, { seen, problems, nowMs }, deps);
  book.problems = problems;
  changed(book, deps);
  return pages + stalledPages + looked;
}

interface Round {
  /** Ids that lists have shown. */
  readonly seen: Set<string>;
  readonly problems: ListProblem[];
  readonly nowMs: number;
}

async function readAll(book: TaskBook, round: Round, deps: BookDependencies): Promise<number> {
  const horizon = new Date(round.nowMs - keptMs).toISOString();
  const all = await walk(book, { search: "source=ledger", reaches: horizon }, round, deps);
  book.isCut = all.isCut;
  // Beyond the horizon, only open tasks matter.
  const search = ["source=ledger", ...openStatuses.map((status) => `status=${status}`)].join("&");
  const open = all.reachedEnd ? { pages: 0 } : await walk(book, { search, reaches: "" }, round, deps);
  book.allReadAtMs = round.nowMs;
  return all.pages + open.pages;
}

async function readNews(book: TaskBook, round: Round, deps: BookDependencies): Promise<number> {
  const moving = [...book.tasks.values()].filter(({ id, done }) => !done && !book.stalledIds.has(id));
  const created = moving.flatMap(({ createdAt }) => createdAt ?? []);
  const reaches = created.reduce((oldest, one) => (one < oldest ? one : oldest), new Date(round.nowMs).toISOString());
  return (await walk(book, { search: "source=ledger", reaches }, round, deps)).pages;
}

async function readStalled(book: TaskBook, round: Round, deps: BookDependencies): Promise<number> {
  const stalled: Round = { ...round, seen: new Set() };
  const { pages } = await walk(book, { search: "stalled=true", reaches: "" }, stalled, deps);
  book.stalledIds = stalled.seen;
  book.stalledReadAtMs = round.nowMs;
  return pages;
}

interface Wanted {
  readonly search: string;
  /** RFC 3339. The walk ends on the page that has an older task. */
  readonly reaches: string;
}

async function walk(book: TaskBook, { search, reaches }: Wanted, round: Round, deps: BookDependencies) {
  let cursor: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const next: string = cursor === null ? "" : `&cursor=${cursor}`;
    const { body, ageSeconds } = await answered(deps.client.get(`tasks?${search}&limit=100${next}`, isTaskList));
    for (const task of body.tasks) {
      book.tasks.set(task.id, task);
      round.seen.add(task.id);
    }
    round.problems.push(...body.errors);
    if (ageSeconds !== null) book.ageSeconds = ageSeconds;
    changed(book, deps);
    cursor = body.nextCursor;
    const isFar = body.tasks.some(({ createdAt }) => createdAt !== null && createdAt < reaches);
    if (cursor === null || isFar || pages === mostPages) {
      return { pages, reachedEnd: cursor === null, isCut: cursor !== null && !isFar };
    }
  }
}

/** Open tasks that no list has shown: stalled ones that move again, and those that nobody tracks anymore. */
async function lookForUnseen(book: TaskBook, { seen, nowMs }: Round, { client }: BookDependencies): Promise<number> {
  const unseen = [...book.tasks.values()].filter(({ id, done }) => !done && !seen.has(id));
  const due = unseen.filter(({ id }) => isDue(book.lookedForAtMs.get(id) ?? null, lookForEveryMs, nowMs));
  for (const { id } of due.slice(0, mostLookedFor)) {
    book.lookedForAtMs.set(id, nowMs);
    const answer = await client.get(`tasks/${taskIdToSegment(id)}`, isTaskDetail);
    if (answer.kind === "answered") book.tasks.set(id, answer.body);
    else if (answer.kind === "missing") book.tasks.delete(id);
    else if (answer.kind === "refused") throw new RoundEndedError(answer);
    // One cloud that does not answer is no reason to give up on the others.
  }
  return Math.min(due.length, mostLookedFor);
}

function changed(book: TaskBook, { onChange }: BookDependencies): void {
  book.version += 1;
  onChange();
}

function forgetAllBut(seen: ReadonlySet<string>, book: TaskBook): void {
  for (const id of book.tasks.keys()) if (!seen.has(id)) book.tasks.delete(id);
  book.lookedForAtMs.clear();
}

/** @throws RoundEndedError */
export async function answered<Body>(call: Promise<Answer<Body>>) {
  const answer = await call;
  if (answer.kind !== "answered") throw new RoundEndedError(answer);
  return answer;
}

function isDue(lastMs: number | null, everyMs: number, nowMs: number): boolean {
  return lastMs === null || nowMs - lastMs >= everyMs;
}

function isTaskList(value: unknown): value is TaskList {
  return isRecord(value) && Array.isArray(value["tasks"]) && Array.isArray(value["errors"]);
}

export function isTaskDetail(value: unknown): value is TaskDetail {
  return isRecord(value) && typeof value["id"] === "string" && Array.isArray(value["timeline"]);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
