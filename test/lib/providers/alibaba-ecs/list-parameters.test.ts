import { describe, expect, test } from "vitest";
import { listParameters } from "../../../../lib/providers/alibaba-ecs/list-parameters.ts";

describe("listParameters()", () => {
  test("sends nothing for an empty query", () => {
    expect(listParameters({})).toEqual({});
  });

  test("rounds the start down to the minute and the end up to the second, without milliseconds", () => {
    const createdAfter = new Date("2026-03-01T08:30:59.999Z");
    const createdBefore = new Date("2026-03-01T09:00:00.001Z");
    expect(listParameters({ createdAfter, createdBefore })).toEqual({
      StartTime: "2026-03-01T08:30:00Z",
      EndTime: "2026-03-01T09:00:01Z",
    });
    expect(listParameters({ createdBefore: new Date("2026-03-01T09:00:00Z") })).toEqual({
      EndTime: "2026-03-01T09:00:00Z",
    });
  });

  test("sends an action of the API, or a native action unchanged", () => {
    expect(listParameters({ action: "import-image" })).toEqual({ TaskAction: "ImportImage" });
    expect(listParameters({ action: "export-image" })).toEqual({ TaskAction: "ExportImage" });
    expect(listParameters({ action: "other" })).toEqual({});
    expect(listParameters({ action: "other", nativeAction: "ModifyDiskSpec" })).toEqual({
      TaskAction: "ModifyDiskSpec",
    });
  });

  test("sends only statuses whose filter misses no task", () => {
    expect(listParameters({ status: "running" })).toEqual({ TaskStatus: "Processing" });
    // No other word for an open task is a filter of this API.
    expect(listParameters({ openOnly: true })).toEqual({ TaskStatus: "Processing" });
    expect(listParameters({ status: "succeeded" })).toEqual({ TaskStatus: "Finished" });
    for (const status of ["failed", "pending", "paused", "canceled", "unknown", "vanished", "canceling"] as const) {
      expect(listParameters({ status })).toEqual({});
    }
    expect(listParameters({ status: "failed", nativeStatus: "Failed" })).toEqual({ TaskStatus: "Failed" });
  });

  test("numbers resource ids from 1 and rejects more than 100", () => {
    expect(listParameters({ resourceIds: ["m-1", "m-2"] })).toEqual({
      "ResourceIds.1": "m-1",
      "ResourceIds.2": "m-2",
    });
    const resourceIds = Array.from({ length: 101 }, (_, index) => `m-${index}`);
    expect(Object.keys(listParameters({ resourceIds: resourceIds.slice(1) }))).toHaveLength(100);
    expect(() => listParameters({ resourceIds })).toThrow(
      expect.objectContaining({ kind: "bad-request", message: "at most 100 resource ids in one list" }),
    );
  });

  test("rejects an invalid time", () => {
    for (const query of [{ createdAfter: new Date("never") }, { createdBefore: new Date("never") }]) {
      expect(() => listParameters(query)).toThrow(
        expect.objectContaining({ kind: "bad-request", message: "a time of creation is no time" }),
      );
    }
  });
});
