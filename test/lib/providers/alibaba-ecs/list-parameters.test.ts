import { describe, expect, test } from "vitest";
import { listParameters } from "../../../../lib/providers/alibaba-ecs/list-parameters.ts";

describe("listParameters()", () => {
  test("sends nothing for an empty query", () => {
    expect(listParameters({})).toEqual({});
  });

  test("widens both times to whole minutes, the resolution of the responses", () => {
    const createdAfter = new Date("2026-03-01T08:30:59.999Z");
    const createdBefore = new Date("2026-03-01T09:00:00.001Z");
    expect(listParameters({ createdAfter, createdBefore })).toEqual({
      StartTime: "2026-03-01T08:30:00Z",
      EndTime: "2026-03-01T09:01:00Z",
    });
    expect(listParameters({ createdBefore: new Date("2026-03-01T09:00:00Z") })).toEqual({
      EndTime: "2026-03-01T09:01:00Z",
    });
  });

  test("sends an action of the API, and a native action in its documented spelling", () => {
    expect(listParameters({ action: "import-image" })).toEqual({ TaskAction: "ImportImage" });
    expect(listParameters({ action: "export-image" })).toEqual({ TaskAction: "ExportImage" });
    expect(listParameters({ action: "other" })).toEqual({});
    expect(listParameters({ action: "other", nativeAction: "ModifyDiskSpec" })).toEqual({
      TaskAction: "ModifyDiskSpec",
    });
    for (const nativeAction of ["importimage", "IMPORTIMAGE", "IMPORT_IMAGE", " ImportImage "]) {
      expect(listParameters({ nativeAction })).toEqual({ TaskAction: "ImportImage" });
    }
  });

  test("sends every documented word in its own spelling", () => {
    for (const [given, sent] of [
      ["EXPORT_IMAGE", "ExportImage"],
      ["redeployinstance", "RedeployInstance"],
      ["modify_disk_spec", "ModifyDiskSpec"],
      ["archivesnapshot", "ArchiveSnapshot"],
    ]) {
      expect(listParameters({ nativeAction: given! })).toEqual({ TaskAction: sent });
    }
    for (const nativeStatus of ["processing", "PROCESSING"]) {
      expect(listParameters({ nativeStatus })).toEqual({ TaskStatus: "Processing" });
    }
  });

  test("sends no native word that the API does not document, because it may compare letter by letter", () => {
    for (const nativeAction of ["CopyImage", "import", "ImportImages", "_", "constructor"]) {
      expect(listParameters({ nativeAction })).toEqual({});
    }
    for (const nativeStatus of ["Waiting", "Paused", "Deleted", "Finish", "_", "ImportImage"]) {
      expect(listParameters({ nativeStatus })).toEqual({});
    }
    // The other filter still holds.
    const unsent = { nativeAction: "CopyImage", nativeStatus: "Waiting" };
    expect(listParameters({ ...unsent, action: "import-image", status: "running" })).toEqual({
      TaskAction: "ImportImage",
      TaskStatus: "Processing",
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
    for (const nativeStatus of ["finished", "FINISHED", "Fin_ished"]) {
      expect(listParameters({ nativeStatus })).toEqual({ TaskStatus: "Finished" });
    }
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
