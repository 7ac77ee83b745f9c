import { describe, expect, test } from "vitest";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { recordOf } from "../../fakes/task-book.ts";

const provider = createScriptedProvider({});

function withPending(n: number): TaskRecord {
  const task = sampleTask({
    ...provider.target,
    id: `${provider.target.connection}:${provider.target.region}:t-${n}`,
    nativeId: `t-${n}`,
    status: n % 2 === 0 ? "failed" : "succeeded",
    done: true,
  });
  const transition = { kind: "completed", task, previousStatus: "running", sequence: 2, generation: 1 } as const;
  const event = transitionToEvent({ ...transition, occurrence: "", atMs: n });
  const pending = {
    event,
    attempts: 3,
    nextAttemptAtMs: Date.parse("2027-01-01T00:00:00Z") + n,
    lastProblem: "refused",
  };
  return recordOf(task, { pending: [pending], tracking: n === 3 ? "untracked" : "requested" });
}

async function ledgerWith(count: number) {
  const ledger = createMemoryLedger();
  for (let n = 1; n <= count; n += 1) await ledger.writeTask(withPending(n), null, unhurried.signal);
  const delivered = { ...withPending(9), pending: [] };
  await ledger.writeTask(delivered, null, unhurried.signal);
  return ledger;
}

describe("pendingEvent=true", () => {
  test("lists the tasks with an unpublished event, including untracked ones, and the state of that event", async () => {
    const deps = { providers: [provider], ledger: await ledgerWith(4), explain, now: () => 0, ...unhurried };
    const { tasks } = await listTasks(parseListQuery("pendingEvent=true", [provider]), deps);
    expect(tasks.map(({ nativeId }) => nativeId).toSorted()).toEqual(["t-1", "t-2", "t-3", "t-4"]);
    expect(tasks.find(({ nativeId }) => nativeId === "t-1")?.pendingEvents).toEqual([
      {
        id: withPending(1).pending[0]?.event.detail.id,
        type: "image-tasks.task.completed",
        attempts: 3,
        nextAttemptAt: "2027-01-01T00:00:00.001Z",
        lastProblem: "refused",
      },
    ]);
  });

  test("reads at most 20 pages of the index, and says that the list lacks the others", async () => {
    const whole = await ledgerWith(8);
    let pages = 0;
    const ledger: Ledger = {
      ...whole,
      async *tasksWithDueEvents() {
        for (;;) {
          pages += 1;
          yield pages <= 8 ? [withPending(pages).task.id] : [];
        }
      },
    };
    const deps = { providers: [provider], ledger, explain, now: () => 0, ...unhurried };
    const { tasks, errors } = await listTasks(parseListQuery("pendingEvent=true", [provider]), deps);
    expect([tasks.length, pages]).toEqual([8, 21]);
    expect(errors).toMatchObject([
      { connection: "aliyun", kind: "unavailable", message: expect.stringContaining("more than 8 tasks") },
    ]);
  });

  test("applies the other filters and pages without repeating or skipping", async () => {
    const deps = { providers: [provider], ledger: await ledgerWith(8), explain, now: () => 0, ...unhurried };
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const search = `pendingEvent=true&status=failed&limit=1${cursor && `&cursor=${cursor}`}`;
      const page: Awaited<ReturnType<typeof listTasks>> = await listTasks(parseListQuery(search, [provider]), deps);
      seen.push(...page.tasks.map(({ nativeId }) => nativeId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(["t-2", "t-4", "t-6", "t-8"]);
  });
});
