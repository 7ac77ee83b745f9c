import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundTask } from "../../../lib/domain/bound-task.ts";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { WithExplanation } from "../../../lib/domain/explanation.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { listEntityTag } from "../../../lib/http/entity-tag.ts";
import { http, revalidated } from "../../../lib/http/http.ts";
import { nextLink } from "../../../lib/http/next-link.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { eventOf, invocation } from "../../fakes/gateway-event.ts";
import { hostileTask } from "../../fakes/hostile-task.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { openAccess } from "../../fakes/open-access.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider, row } from "../../fakes/scripted-provider.ts";
import { recordOf } from "../../fakes/task-book.ts";

/** The most that a function may answer. */
const maxAnswerBytes = 6_291_556;
const signal = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const count = 110;

/** As large as a bounded task and the labels of `POST /tasks` can be, for the most part. */
const largest: Task = boundTask({
  ...hostileOperations(),
  labels: longLabels(),
});

/** A short code and no message, a hundred times, each with an explanation that is far longer. */
const explained: Task = boundTask({
  ...sampleTask({ status: "failed", labels: longLabels() }),
  operations: Array.from({ length: 100 }, () => ({
    status: "failed",
    nativeStatus: "Failed",
    error: { code: "NoSetRoletoECSServiceAccount", message: "" },
    warning: null,
    related: {},
  })),
});

function longLabels(): Task["labels"] {
  return Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}`.padEnd(64, '"'), "\\".repeat(256)]));
}

function hostileOperations(): Task {
  const text = '"'.repeat(1000);
  const failure = { code: text, message: text };
  const operation = { status: "failed", nativeStatus: text, error: failure, warning: failure, related: {} } as const;
  return { ...fc.sample(hostileTask, 1)[0]!, operations: Array.from({ length: 100 }, () => operation) };
}

/** Tasks that differ in their ids and times, drawn from few shapes. */
const tasks = fc.array(hostileTask.map(boundTask), { minLength: 1, maxLength: 3 }).map((few) =>
  Array.from({ length: count }, (_, n): Task => {
    const shape = n % 4 === 0 ? few[n % few.length]! : largest;
    return numbered(shape, n);
  }),
);

function numbered(shape: Task, n: number): Task {
  const createdAt = new Date(Date.UTC(2026, 0, 31) - n * 61_000).toISOString();
  const nativeId = `t-${String(n).padStart(3, "0")}`;
  return { ...shape, ...target, createdAt, nativeId, id: `aliyun:cn-hangzhou:${nativeId}` };
}

function recordsOf(task: Task): TaskRecord {
  const transition = { kind: "completed", task, previousStatus: "running", sequence: 2, generation: 1 } as const;
  const event = transitionToEvent({ ...transition, occurrence: "", atMs: 1 });
  const pending = { event, attempts: 3, nextAttemptAtMs: 1, lastProblem: '"'.repeat(500) };
  return recordOf(task, { pending: [pending], stalledAtMs: 1, tracking: "requested" });
}

/** GET or HEAD /tasks as the function answers it. */
async function handlerOver(all: readonly Task[]) {
  const ledger = createMemoryLedger();
  for (const task of all) await ledger.writeTask(recordsOf({ ...task, status: "running" }), null, signal);
  const pages = [all.slice(0, 100), all.slice(100)].map((page) => page.map((task) => row(task)));
  const providers = [createScriptedProvider({ target, pages })];
  return http({ log: () => undefined, access: openAccess }, async (event, deadlines) => {
    const query = parseListQuery(event.rawQueryString, providers);
    const { ageSeconds: _age, ...list } = await listTasks(query, {
      providers,
      ledger,
      explain,
      now: () => 0,
      ...deadlines,
    });
    return revalidated(event, list, nextLink(event, list.nextCursor), listEntityTag(list));
  });
}

async function ask(handler: Awaited<ReturnType<typeof handlerOver>>, rawQueryString: string, method = "GET") {
  const event = eventOf({ rawQueryString });
  event.requestContext.http.method = method;
  const answer = await handler(event, invocation());
  expect([answer?.statusCode, Buffer.byteLength(JSON.stringify(answer)) < maxAnswerBytes]).toEqual([200, true]);
  return answer!;
}

describe.each([
  ["live tasks", "source=live"],
  ["the ledger's tasks", "source=ledger"],
  ["tasks with pending events", "pendingEvent=true"],
  ["stalled tasks", "stalled=true"],
])("pages of %s of any size", (_what, search) => {
  test("fit into a function's answer and list every task once", async () => {
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const handler = await handlerOver(all);
        const listed: string[] = [];
        let cursor: string | null = "";
        for (let page = 0; cursor !== null; page += 1) {
          expect(page).toBeLessThan(20);
          const asked: string = `${search}&limit=100${cursor && `&cursor=${cursor}`}`;
          const answer = await ask(handler, asked);
          if (page === 0) {
            const head = await ask(handler, asked, "HEAD");
            expect([head.headers, head.body]).toEqual([answer.headers, undefined]);
          }
          const body: { tasks: Task[]; nextCursor: string | null } = JSON.parse(answer.body ?? "");
          expect(body.tasks.length).toBeGreaterThan(0);
          listed.push(...body.tasks.map(({ nativeId }) => nativeId));
          cursor = body.nextCursor;
        }
        expect(listed.toSorted()).toEqual(all.map(({ nativeId }) => nativeId));
      }),
      { numRuns: 2 },
    );
  }, 60_000);
});

test("a page of tasks that are small without their explanations fits into a function's answer", async () => {
  const handler = await handlerOver(Array.from({ length: count }, (_, n) => numbered(explained, n)));
  const { body = "" } = await ask(handler, "source=live&limit=100");
  const { tasks: listed }: { tasks: WithExplanation<Task>[] } = JSON.parse(body);
  expect(listed.length).toBeLessThan(100);
  for (const { operations } of listed) expect(operations.every(({ explanation }) => explanation !== null)).toBe(true);
});
