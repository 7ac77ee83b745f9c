import { describe, expect, test } from "vitest";
import { boundLedger } from "../../../lib/config/bounded-ledger.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { collect, collectOpen, describeLedgerContract, record } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";

const { signal } = new AbortController();
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const never = new Promise<never>(() => undefined);
const timeoutMs = 30;

const hangingPages = () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) });

const hanging: Ledger = {
  readTasks: () => never,
  writeTask: () => never,
  openTasks: hangingPages,
  tasksWithDueEvents: hangingPages,
  listTasks: () => never,
  readTarget: () => never,
  readTargets: () => never,
  writeTarget: () => never,
  readTargetList: () => never,
  writeTargetList: () => never,
  countReplaced: () => never,
  cursorKey: () => never,
};

/** Every call of a ledger. */
const calls: Readonly<Record<keyof Ledger, (ledger: Ledger, signal: AbortSignal) => Promise<unknown>>> = {
  readTasks: (ledger, given) => ledger.readTasks([], given),
  writeTask: (ledger, given) => ledger.writeTask(record("t-1"), null, given),
  openTasks: (ledger, given) => collectOpen(ledger.openTasks(target, null, given)),
  tasksWithDueEvents: (ledger, given) => collect(ledger.tasksWithDueEvents(target, 0, given)),
  listTasks: (ledger, given) => ledger.listTasks(target, null, 1, given),
  readTarget: (ledger, given) => ledger.readTarget(target, given),
  readTargets: (ledger, given) => ledger.readTargets([target], given),
  writeTarget: (ledger, given) => ledger.writeTarget(target, sampleTargetState, null, given),
  readTargetList: (ledger, given) => ledger.readTargetList(given),
  writeTargetList: (ledger, given) => ledger.writeTargetList({ revision: 1, targets: [] }, null, given),
  countReplaced: (ledger, given) => ledger.countReplaced(target, given),
  cursorKey: (ledger, given) => ledger.cursorKey(given),
};

describeLedgerContract("boundLedger()", async () => boundLedger(createMemoryLedger(), 5000));

describe("boundLedger()", () => {
  test.each(Object.entries(calls))("ends a %s that gets no answer", async (_name, call) => {
    const message = `DynamoDB did not answer within ${timeoutMs} ms`;
    await expect(call(boundLedger(hanging, timeoutMs), signal)).rejects.toMatchObject({
      name: "LedgerUnavailableError",
      kind: "unavailable",
      message,
    });
  });

  test.each(Object.entries(calls))("ends a %s whose caller gave up, with the caller's reason", async (_name, call) => {
    const reason = new Error("gave up");
    const gone = new AbortController();
    const ended = expect(call(boundLedger(hanging, 60_000), gone.signal)).rejects.toBe(reason);
    gone.abort(reason);
    await ended;
  });

  test("aborts the signal of a call and of an iterable that it abandons", async () => {
    const seen: AbortSignal[] = [];
    const noting: Ledger = {
      ...hanging,
      readTasks: (_ids, given) => (seen.push(given), never),
      openTasks: (_target, _after, given) => (seen.push(given), hangingPages()),
    };
    await calls.readTasks(boundLedger(noting, timeoutMs), signal).catch(() => undefined);
    await calls.openTasks(boundLedger(noting, timeoutMs), signal).catch(() => undefined);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test("gives every page of an iterable its own time", async () => {
    const slow = createMemoryLedger();
    const paged: Ledger = {
      ...slow,
      async *openTasks() {
        for (let page = 0; page < 4; page += 1) {
          await new Promise((resolve) => setTimeout(resolve, 60));
          yield { tasks: [], unreadable: [], lastId: null };
        }
      },
    };
    expect(await calls.openTasks(boundLedger(paged, 150), signal)).toEqual([]);
  });

  test("remembers the cursor key but no failure to read it", async () => {
    const ledger = createMemoryLedger();
    let asked = 0;
    const failing: Ledger = {
      ...ledger,
      async cursorKey(given) {
        asked += 1;
        if (asked === 1) throw Object.assign(new Error("no"), { $metadata: { httpStatusCode: 500 } });
        return ledger.cursorKey(given);
      },
    };
    const bound = boundLedger(failing, 5000);
    await expect(bound.cursorKey(signal)).rejects.toMatchObject({ name: "LedgerUnavailableError" });
    const keys = [await bound.cursorKey(signal), await bound.cursorKey(signal), await ledger.cursorKey(signal)];
    expect([new Set(keys).size, asked]).toEqual([1, 2]);
  });
});
