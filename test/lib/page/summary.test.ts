import { expect, test } from "vitest";
import { summaryOf } from "../../../lib/page/summary.ts";
import { emptyBook } from "../../../lib/page/task-book.ts";
import { usualFor } from "../../../lib/page/usual-duration.ts";
import { endedTask, openTask } from "../../page/scene.ts";

const createdMs = Date.parse("2026-11-27T12:00:00Z");
const open = openTask({ nativeId: "open", name: "open", createdMs });

test("summaryOf() counts statuses and connections, and knows the usual durations of the latest tasks", () => {
  const book = emptyBook();
  book.tasks.set(open.id, open);
  book.stalledIds = new Set([open.id]);
  for (let index = 0; index < 300; index += 1) {
    // The book may hold older tasks before newer ones.
    const tookMs = index < 100 ? 1000 : 60_000;
    const task = endedTask({ nativeId: `t-${index}`, name: "a", createdMs: createdMs + index * 60_000 }, tookMs);
    book.tasks.set(task.id, task);
  }
  const { counts, connections, usual } = summaryOf(book);
  expect([...counts].toSorted()).toEqual([
    ["running", 1],
    ["stalled", 1],
    ["succeeded", 300],
  ]);
  expect([...connections]).toEqual(["aliyun"]);
  expect(usualFor(open, usual)).toEqual({ lowMs: 60_000, highMs: 60_000, samples: 200 });
});

test("summaryOf() is made again once the book has changed", () => {
  const book = emptyBook();
  const before = summaryOf(book);
  expect(summaryOf(book)).toBe(before);
  book.tasks.set(open.id, open);
  book.version += 1;
  expect(summaryOf(book).counts.get("running")).toBe(1);
});
