import { describe, expect, test } from "vitest";
import { transitionToEvent } from "../../lib/domain/events.ts";
import type { Task, TaskStatus } from "../../lib/domain/task.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import { createSubscriber } from "./subscriber.ts";

function eventOf(task: Task, id: string, previousStatus: TaskStatus | null = "running") {
  const { detailType, detail } = transitionToEvent({
    kind: "completed",
    task,
    previousStatus,
    sequence: 2,
    generation: 1,
    occurrence: "",
    atMs: Date.parse("2026-11-21T12:03:41.789Z"),
  });
  return {
    version: "0",
    id: "5f3a244e-91eb-4cd4-9c00-e9be5ecd22fd",
    "detail-type": detailType,
    source: "image-tasks",
    detail: { ...detail, id: id.padStart(32, "0") },
  };
}

const event = eventOf(sampleTask({ connection: "edge", region: "global", nativeId: "21", status: "succeeded" }), "1");

function subscribe(remember?: number) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const handler = createSubscriber({ print, timeZone: "UTC", ...(remember === undefined ? {} : { remember }) });
  return { lines, handler };
}

describe("handler()", () => {
  test("prints one readable line when an event arrives", async () => {
    const { lines, handler } = subscribe();
    await handler(event);
    expect(lines).toEqual(["12:03:41  Image Task Completed  edge:global:21  running -> succeeded"]);
  });

  test("prints the reason of a failure, and (new) when no earlier status is known", async () => {
    const { lines, handler } = subscribe();
    const error = { code: "InvalidOSSObject", message: "There is no such object." };
    await handler(eventOf(sampleTask({ status: "failed", error }), "2", null));
    expect(lines).toEqual([
      "12:03:41  Image Task Completed  aliyun:cn-hangzhou:t-1  (new) -> failed  (InvalidOSSObject)",
    ]);
  });

  test("prints an event once when it arrives twice under two bus ids", async () => {
    const { lines, handler } = subscribe();
    await handler(event);
    await handler({ ...event, id: "another" });
    expect(lines).toHaveLength(1);
  });

  test("remembers only the newest ids beyond its capacity", async () => {
    const { lines, handler } = subscribe(2);
    for (const id of ["a", "b", "c", "c", "b", "a"]) await handler(eventOf(sampleTask({ status: "succeeded" }), id));
    expect(lines).toHaveLength(4);
  });

  test("prints the name of the replay of an event that it has not seen, and nothing for one that it has", async () => {
    const { lines, handler } = subscribe();
    const other = eventOf(sampleTask({ status: "canceled" }), "2");
    await handler(event);
    for (const one of [event, other]) await handler({ ...one, "replay-name": "after-the-outage" });
    expect(lines.slice(1)).toEqual([
      "12:03:41  Image Task Completed  aliyun:cn-hangzhou:t-1  running -> canceled  (replay after-the-outage)",
    ]);
  });

  test("throws on an unreadable event and reads it when it arrives intact later", async () => {
    const { lines, handler } = subscribe();
    await expect(handler({ ...event, detail: { id: "first" } })).rejects.toThrow();
    await handler(event);
    expect(lines).toHaveLength(1);
  });
});
