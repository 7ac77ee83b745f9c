import { describe, expect, test } from "vitest";
import { createSubscriber } from "./subscriber.ts";

const event = {
  version: "0",
  id: "5f3a244e-91eb-4cd4-9c00-e9be5ecd22fd",
  "detail-type": "Image Task Completed",
  source: "image-tasks",
  detail: {
    id: "first",
    time: "2026-11-21T12:03:41.789Z",
    subject: "edge:global:21",
    data: { previousStatus: "running", task: { id: "edge:global:21", status: "succeeded", error: null }, sequence: 2 },
  },
};

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
    const task = { id: "aliyun:cn-hangzhou:t-1", status: "failed", error: { code: "InvalidOSSObject" } };
    await handler({ ...event, detail: { ...event.detail, data: { task, previousStatus: null } } });
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
    for (const id of ["a", "b", "c", "c", "b", "a"]) await handler({ ...event, detail: { ...event.detail, id } });
    expect(lines).toHaveLength(4);
  });

  test("throws on an unreadable event and reads it when it arrives intact later", async () => {
    const { lines, handler } = subscribe();
    await expect(handler({ ...event, detail: { id: "first" } })).rejects.toThrow();
    await handler(event);
    expect(lines).toHaveLength(1);
  });
});
