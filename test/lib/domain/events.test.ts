import { describe, expect, test } from "vitest";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { Transition } from "../../../lib/domain/events.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const task = sampleTask({ status: "succeeded", nativeStatus: "Finished" });
const completion: Transition = {
  kind: "completed",
  task,
  previousStatus: "running",
  sequence: 3,
  generation: 1,
  occurrence: "",
  atMs: Date.parse("2026-01-31T13:00:01.250Z"),
};
const idOf = (change: Partial<Transition>) => transitionToEvent({ ...completion, ...change }).detail.id;

describe("transitionToEvent()", () => {
  test("builds a CloudEvents 1.0 detail with the task, its previous state, and its sequence", () => {
    expect(transitionToEvent(completion)).toEqual({
      detailType: "Image Task Completed",
      detail: {
        specversion: "1.0",
        id: "a5e84f3b9f1c7981f72639c88a7a0e89",
        source: "image-tasks",
        type: "image-tasks.task.completed",
        subject: "aliyun:cn-hangzhou:t-1",
        time: "2026-01-31T13:00:01.250Z",
        datacontenttype: "application/json",
        dataschema: "urn:image-tasks:schema:task-event:v1",
        data: { task, previousStatus: "running", sequence: 3 },
      },
    });
  });

  test("uses the contract's name for each kind of event", () => {
    const named = (["completed", "vanished", "stalled", "discovered"] as const).map((kind) => {
      const { detailType, detail } = transitionToEvent({ ...completion, kind });
      return [detailType, detail.type];
    });
    expect(named).toEqual([
      ["Image Task Completed", "image-tasks.task.completed"],
      ["Image Task Vanished", "image-tasks.task.vanished"],
      ["Image Task Stalled", "image-tasks.task.stalled"],
      ["Image Task Discovered", "image-tasks.task.discovered"],
    ]);
  });

  test("gives a completion the same id regardless of observer, time, and outcome", () => {
    const seenByAnother: Partial<Transition> = {
      task: { ...task, status: "failed", requestId: "another", observedAt: "2026-02-01T00:00:00.000Z" },
      previousStatus: "pending",
      sequence: 9,
      atMs: 0,
    };
    expect(idOf(seenByAnother)).toBe(idOf({}));
  });

  test("gives different ids to different tasks, kinds, generations, and occurrences", () => {
    const ids = [
      idOf({}),
      idOf({ task: { ...task, id: "aliyun:cn-hangzhou:t-2" } }),
      idOf({ kind: "vanished" }),
      idOf({ generation: 2 }),
      idOf({ occurrence: "1" }),
      idOf({ generation: 21, occurrence: "" }),
      idOf({ generation: 2, occurrence: "1" }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
