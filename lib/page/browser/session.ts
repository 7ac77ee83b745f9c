import type { Connections, TaskDetail } from "../api-answers.ts";
import type { ApiClient } from "../api-client.ts";
import { pauseMs } from "../pace.ts";
import { RoundEndedError, answered, emptyBook, isRecord, isTaskDetail, refreshBook } from "../task-book.ts";
import type { TaskBook } from "../task-book.ts";
import { taskIdToSegment } from "../task-segment.ts";
import type { Health } from "./connections-view.ts";

/** Asks the API in rounds and keeps what it has learned, whatever happens to the next round. */

interface Outage {
  /** Epoch milliseconds of the first round that failed. */
  readonly sinceMs: number;
  readonly detail: string;
  readonly nextTryMs: number;
  readonly failures: number;
}

export interface Session {
  readonly book: TaskBook;
  connections: Connections | null;
  health: Health | null;
  /** The task that is looked at. `null` until it was read. */
  detail: TaskDetail | null;
  /** Why the task that is looked at cannot be shown. */
  detailProblem: string | null;
  outage: Outage | null;
  refusal: { readonly status: 401 | 403; readonly detail: string } | null;
  /** When a round was last answered in full. Epoch milliseconds. */
  answeredAtMs: number | null;
  /** Starts a round now. */
  wake(): void;
}

export interface SessionDependencies {
  readonly client: ApiClient;
  readonly now: () => number;
  readonly random: () => number;
  readonly isHidden: () => boolean;
  /** The task that is looked at. */
  readonly taskId: () => string | null;
  readonly onChange: () => void;
}

const connectionsEveryMs = 30_000;

export function startSession(deps: SessionDependencies): Session {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let isAskedAgain = false;
  const session: Session = {
    book: emptyBook(),
    connections: null,
    health: null,
    detail: null,
    detailProblem: null,
    outage: null,
    refusal: null,
    answeredAtMs: null,
    wake() {
      isAskedAgain = running;
      if (!running) void next();
    },
  };
  const run = createRound(session, deps);

  async function next(): Promise<void> {
    clearTimeout(timer);
    running = true;
    const waitMs = await run();
    running = false;
    deps.onChange();
    // Without a token that is accepted, asking again would be refused again.
    if (isAskedAgain) timer = setTimeout(() => void next(), 0);
    else if (session.refusal === null) timer = setTimeout(() => void next(), waitMs);
    isAskedAgain = false;
  }
  void next();
  return session;
}

/** One round. Returns the pause after it, in milliseconds. */
function createRound(session: Session, deps: SessionDependencies): () => Promise<number> {
  let askedConnectionsAtMs: number | null = null;

  async function askRest(): Promise<void> {
    const nowMs = deps.now();
    if (askedConnectionsAtMs !== null && nowMs - askedConnectionsAtMs < connectionsEveryMs) return;
    session.connections = (await answered(deps.client.get("connections", isConnections))).body;
    const health = await deps.client.get("health", isRecord);
    const isGood = health.kind === "answered";
    session.health = { isGood, detail: isGood ? "" : health.detail };
    askedConnectionsAtMs = nowMs;
  }

  return async () => {
    const hidden = deps.isHidden();
    try {
      await askDetail(session, deps);
      const pages = await refreshBook(session.book, deps);
      await askRest();
      Object.assign(session, { outage: null, refusal: null, answeredAtMs: deps.now() });
      return pauseMs({ pages, failures: 0, retryAfterMs: null, hidden }, deps.random());
    } catch (error) {
      if (!(error instanceof RoundEndedError)) throw error;
      const { answer } = error;
      if (answer.kind === "refused") {
        session.refusal = answer;
        return 0;
      }
      const retryAfterMs = answer.kind === "failed" ? answer.retryAfterMs : null;
      const failures = (session.outage?.failures ?? 0) + 1;
      const waitMs = pauseMs({ pages: 0, failures, retryAfterMs, hidden }, deps.random());
      const sinceMs = session.outage?.sinceMs ?? deps.now();
      session.outage = { sinceMs, detail: answer.detail, failures, nextTryMs: deps.now() + waitMs };
      return waitMs;
    }
  };
}

/** The task that is looked at is asked for by itself, because only that answer has its history. */
async function askDetail(session: Session, { client, taskId, onChange }: SessionDependencies): Promise<void> {
  const id = taskId();
  if (id === null) return;
  const answer = await client.get(`tasks/${taskIdToSegment(id)}`, isTaskDetail);
  if (taskId() !== id) return;
  if (answer.kind === "refused") throw new RoundEndedError(answer);
  // One cloud that does not answer for this task does not end the round.
  session.detailProblem = answer.kind === "answered" ? null : answer.detail;
  if (answer.kind === "answered") session.detail = answer.body;
  else if (answer.kind === "missing") session.detail = null;
  onChange();
}

function isConnections(value: unknown): value is Connections {
  return isRecord(value) && Array.isArray(value["connections"]) && Array.isArray(value["unconfigured"]);
}
