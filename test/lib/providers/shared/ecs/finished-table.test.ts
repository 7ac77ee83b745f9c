import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { NativeTask } from "../../../../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../../../../lib/providers/alibaba-ecs/client.ts";
import { normalizeTaskAttribute, normalizeTaskList } from "../../../../../lib/providers/alibaba-ecs/normalize.ts";
import { createApsaraRoute } from "../../../../../lib/providers/apsara-route/client.ts";
import { openEnvelope } from "../../../../../lib/providers/apsara-route/envelope.ts";
import { normalizePage } from "../../../../../lib/providers/apsara-route/normalize.ts";

/** Every row of every table in `docs/finished.md`, on both wires. */

const document = readFileSync(new URL("../../../../../docs/finished.md", import.meta.url), "utf8");
const observedAt = "2026-03-01T10:00:00.000Z";

/** The cells below the table's head, which begins with these words. */
function rowsBelow(head: string): string[][] {
  const [, table = ""] = document.split(`\n| ${head}`);
  const lines = table.split("\n").slice(2);
  return lines.slice(0, lines.indexOf("")).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (cell: string): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, word = ""]) => word);

type Fields = Readonly<Record<string, unknown>>;

function finished(fields: Fields): Fields {
  return { TaskId: "t-1", TaskAction: "ImportImage", TaskStatus: "Finished", ...fields };
}

function onPublicEcs(fields: Fields): NativeTask {
  const answer: unknown = JSON.parse(JSON.stringify(finished(fields)));
  return normalizeTaskAttribute(answer, { observedAt, requestId: null });
}

function onTheRoute(fields: Fields, finishedWithoutDetail?: "succeeded"): NativeTask {
  const result = { TaskSet: { Task: [finished(fields)] }, TotalCount: 1 };
  const body = JSON.stringify({ resultCode: "0", resultMsg: "success", result });
  const page = normalizePage(openEnvelope({ status: 200, headers: {}, body }), { observedAt, finishedWithoutDetail });
  const [sighting] = page.sightings;
  if (sighting === undefined) throw new Error(JSON.stringify(page.unreadable));
  return sighting.task;
}

const operationSet = (...OperationProgress: unknown[]) => ({ OperationProgressSet: { OperationProgress } });

describe("the words of a sub-operation", () => {
  const statuses: Readonly<Record<string, string>> = {
    "it succeeded": "succeeded",
    "it is still running": "running",
    "it did not succeed": "failed",
  };
  const words = rowsBelow("a sub-operation's `OperationStatus`").flatMap(([cell = "", meaning = ""]) =>
    code(cell).map((word) => [word, statuses[meaning]] as const),
  );

  test("are read from the page", () => {
    expect(words.map(([, status]) => status)).toEqual([
      "succeeded",
      ...Array.from({ length: 4 }, () => "running"),
      ...Array.from({ length: 6 }, () => "failed"),
    ]);
  });

  test.each(words)("%s means %s, in any case and with spaces around it", (word, status) => {
    for (const OperationStatus of [word, word.toUpperCase(), ` ${word.toLowerCase()}\t`]) {
      const fields = operationSet({ OperationStatus });
      for (const task of [onPublicEcs(fields), onTheRoute(fields)]) expect(task.operations[0]?.status).toBe(status);
    }
  });

  test.each([undefined, null, "", "  ", 7, true, ["Success"]])("%j means nothing", (OperationStatus) => {
    const fields = operationSet({ OperationStatus });
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
      expect(task).toMatchObject({ status: "unknown", statusReason: "a sub-operation has no status" });
      expect(task.operations).toMatchObject([{ status: "unknown", nativeStatus: "" }]);
    }
  });
});

describe("every combination", () => {
  const rule = rowsBelow("# | evidence").map(([line = "", , status = "", reason = ""]) => ({
    line,
    status: code(status)[0],
    reason: code(reason)[0] ?? null,
  }));
  const combinations = rowsBelow("`TotalCount` | `SuccessCount`");

  test("is read from the page, and every line of the rule decides at least one", () => {
    expect(rule.map(({ line }) => line)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(new Set(combinations.map((cells) => cells[6]))).toEqual(new Set(rule.map(({ line }) => line)));
    expect(combinations.length).toBeGreaterThanOrEqual(57);
  });

  const countOf = (cell = ""): unknown => (cell === "–" ? undefined : JSON.parse(cell));
  const failure = { code: "OSSReadFailed", message: "the bucket is gone" };

  function operationOf(cell: string): Fields {
    const [word = "", hasError] = cell.split(" with ");
    const error = hasError === undefined ? {} : { ErrorCode: failure.code, ErrorMsg: failure.message };
    return word === "( )" ? {} : { OperationStatus: word, ...error };
  }

  test.each(combinations)(
    "TotalCount %s, SuccessCount %s, FailedCount %s and sub-operations %s: %s, partial %s, by line %s",
    (total, succeeded, failed, operations = "", status, partial, line) => {
      const counts = {
        TotalCount: countOf(total),
        SuccessCount: countOf(succeeded),
        FailedCount: countOf(failed),
      };
      const set = operations === "–" ? {} : operationSet(...operations.split(", ").map(operationOf));
      const decided = rule.find((one) => one.line === line);
      expect(decided?.status).toBe(status);
      const given = operations.includes("with ErrorCode") ? failure : expect.objectContaining({ code: /./ });
      for (const task of [onPublicEcs({ ...counts, ...set }), onTheRoute({ ...counts, ...set })]) {
        expect(task).toMatchObject({ status, partial: partial === "yes" });
        expect(task.statusReason).toBe(status === "unknown" ? decided?.reason : null);
        if (status !== "failed") expect(task.error).toBeNull();
        else if (operations.includes("with ErrorCode")) expect(task.error).toEqual(given);
        else expect(task.error?.code).toBe(task.partial ? "PartialFailure" : "Failed");
      }
    },
  );

  test.each(["Failed", "Deleted", "Canceled", "Cancelled"])(
    "has no say in how a task ended that is %s",
    (TaskStatus) => {
      const fields = { TaskStatus, TotalCount: 2, SuccessCount: 2, FailedCount: 0, ...operationSet({}) };
      const status = TaskStatus === "Failed" ? "failed" : "canceled";
      for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
        expect(task).toMatchObject({ status, statusReason: null, partial: TaskStatus === "Failed", error: null });
      }
    },
  );
});

describe("counts and sets", () => {
  const proof = operationSet({ OperationStatus: "Success" });

  test.each([1, "1", "01", "000000001"])("%j is the count 1", (count) => {
    const fields = { TotalCount: count, SuccessCount: count, FailedCount: 0 };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
      expect(task).toMatchObject({ status: "succeeded", progress: { succeeded: 1, total: 1 } });
    }
  });

  const unreadable = [" 1", "1 ", "1e3", "0000000001", "+1", "-1", "1.0", -1, 1.5, 2 ** 53, true, [], {}, ["1"]];
  const names = ["TotalCount", "SuccessCount", "FailedCount"];
  test.each(unreadable.flatMap((count) => names.map((name) => [count, name] as const)))(
    "%j cannot be read as the %s",
    (count, name) => {
      const fields = { ...proof, [name]: count };
      for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
        expect(task).toMatchObject({ status: "unknown", statusReason: "a count cannot be read" });
        expect(task.progress).toMatchObject({ succeeded: null, failed: null, total: null });
      }
    },
  );

  test.each([undefined, null, ""])("%j is no count", (count) => {
    const fields = { ...proof, TotalCount: count, SuccessCount: count, FailedCount: count };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) expect(task.status).toBe("succeeded");
  });

  const counted = { TotalCount: 1, SuccessCount: 1, FailedCount: 0 };

  test.each([null, "", [], {}, { OperationProgress: null }, { OperationProgress: "" }, { OperationProgress: [] }])(
    "the set %j contains no sub-operation",
    (OperationProgressSet) => {
      const fields = { ...counted, OperationProgressSet };
      for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
        expect(task).toMatchObject({ status: "succeeded", operations: [] });
      }
    },
  );

  test.each([
    "x",
    7,
    true,
    ["x"],
    [{}, 7],
    { OperationProgress: "x" },
    { OperationProgress: ["x"] },
    { Operations: [{}] },
  ])("the set %j contains a sub-operation that says nothing", (OperationProgressSet) => {
    const fields = { ...counted, OperationProgressSet };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
      expect(task).toMatchObject({ status: "unknown", statusReason: "a sub-operation has no status" });
    }
  });

  const listed = { OperationProgress: [{ OperationStatus: "Success" }] };
  const elsewhere = { OperationStatus: "Failed" };
  const silent = { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} };

  test.each([
    { ...listed, Other: elsewhere },
    { ...listed, Other: [elsewhere] },
    { ...listed, Other: { Deep: [[{ Deeper: elsewhere }]] } },
    { Other: elsewhere, ...listed },
    [{ ...listed, Other: elsewhere }],
    [listed, { OperationProgress: [], Other: elsewhere }],
  ])("a status beside the list of %j proves nothing, so the list proves nothing either", (OperationProgressSet) => {
    const fields = { ...counted, OperationProgressSet };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
      expect(task).toMatchObject({ status: "unknown", statusReason: "a sub-operation has no status" });
      expect(task.operations.map(({ status }) => status)).toEqual(["succeeded", "unknown"]);
      expect(task.operations[1]).toEqual(silent);
    }
  });

  test.each([
    { ...listed, Other: null },
    { ...listed, Other: "Failed" },
    { ...listed, Other: ["Failed"] },
    { ...listed, Other: { OperationStatus: "" } },
    { ...listed, Other: { OperationStatus: " " } },
    { ...listed, Other: { OperationStatus: 7 } },
    { ...listed, Other: { Status: "Failed" } },
    [listed],
  ])("what is no status beside the list of %j changes nothing", (OperationProgressSet) => {
    const fields = { ...counted, OperationProgressSet };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) {
      expect(task).toMatchObject({ status: "succeeded", operations: [{ status: "succeeded" }] });
      expect(task.operations).toHaveLength(1);
    }
  });

  test("a sub-operation that stands in place of the set is one", () => {
    const fields = { ...counted, OperationProgressSet: { OperationStatus: "Failed" } };
    for (const task of [onPublicEcs(fields), onTheRoute(fields)]) expect(task.status).toBe("failed");
  });
});

test("a task that has ended cannot be canceled, whatever its fields say", () => {
  const counted = { TotalCount: 1, SuccessCount: 1, FailedCount: 0, SupportCancel: "true" };
  for (const task of [onPublicEcs(counted), onTheRoute(counted)]) {
    expect(task).toMatchObject({ status: "succeeded", cancelable: false });
  }
});

describe("actions", () => {
  const unused = () => Promise.reject(new Error("no call is made"));
  const clock = { now: () => 0, sleep: unused };
  const publicEcs = createAlibabaEcs({ region: "cn-hangzhou" }, { call: unused, credential: unused, clock });
  const gateway = { region: "cn-qingdao", endpoint: new URL("https://a.example"), userEmail: "a@example.com" };
  const route = createApsaraRoute(gateway, { call: unused, credential: unused, clock });

  const kinds: Readonly<Record<string, object>> = {
    "an image task": { resource: { type: "image" } },
    "a disk task": { action: "other", resource: { type: "disk" } },
    "an instance task": { action: "other", resource: { type: "instance" } },
    "a snapshot task": { action: "other", resource: { type: "other" } },
    unknown: { action: "other", resource: { type: "other" } },
  };
  const unlisted = ["Import-Image", "importimages", "", " ", "toString", "ResizeDisk"];
  const actions = rowsBelow("action | is").flatMap(([cell = "", kind = "", discovered = "", judged = ""]) =>
    (cell.startsWith("any other") ? unlisted : code(cell)).map((action) => [action, kind, discovered, judged] as const),
  );
  const spellings = (action: string) => {
    const snake = action.replaceAll(/(?<=[a-z])[A-Z]/g, "_$&");
    return [action, action.toUpperCase(), snake, snake.toUpperCase()];
  };

  test("are read from the page", () => {
    expect(actions.map(([action]) => action)).toEqual([
      "ImportImage",
      "ExportImage",
      "ModifyDiskSpec",
      "RedeployInstance",
      "ArchiveSnapshot",
      ...unlisted,
    ]);
  });

  test.each(actions)("%j is %s, whatever its resource", (action, kind) => {
    for (const TaskAction of spellings(action)) {
      for (const ResourceId of ["m-1", "d-1", "i-1"]) {
        const fields = { TaskAction, ResourceId };
        for (const task of [onPublicEcs(fields), onTheRoute(fields)]) expect(task).toMatchObject(kinds[kind] ?? {});
      }
    }
  });

  test.each(actions)("%j is %s; the sweep discovers it: %s", (action, _kind, discovered) => {
    for (const nativeAction of spellings(action)) {
      for (const client of [publicEcs, route]) {
        expect(client.discovers?.({ nativeAction })).toBe(discovered === "yes");
      }
    }
  });

  test.each(actions)("a bare Finished row of %j (%s, discovered %s) is judged by %s", (TaskAction, _k, _d, judged) => {
    const decides = judged.includes("is `succeeded`");
    const status = decides ? "succeeded" : "unknown";
    const page = normalizeTaskList(
      { TaskSet: { Task: [finished({ TaskAction, FinishedTime: "2026-03-01T09:58Z" })] } },
      { observedAt, requestId: null },
    );
    expect(page.sightings).toMatchObject([{ task: { status }, needsDetail: !decides }]);
    expect(page.sightings[0]?.task.finishedAt).toBe(decides ? "2026-03-01T09:58:00.000Z" : null);
    for (const task of [onPublicEcs({ TaskAction }), onTheRoute({ TaskAction })]) {
      expect(task).toMatchObject({ status, statusReason: decides ? null : expect.stringContaining("neither counts") });
    }
  });

  test.each(actions)("a Finished task of %j is judged by its counts and sub-operations where it has some", (action) => {
    const judge = (fields: Fields) =>
      [onPublicEcs, onTheRoute].map((read) => read({ TaskAction: action, ...fields }).status);
    expect(judge({ FailedCount: 1 })).toEqual(["failed", "failed"]);
    expect(judge({ FailedCount: "many" })).toEqual(["unknown", "unknown"]);
    expect(judge({ TotalCount: 1 })).toEqual(["unknown", "unknown"]);
    expect(judge({ OperationProgressSet: "x" })).toEqual(["unknown", "unknown"]);
    expect(judge(operationSet({ OperationStatus: "Success" }))).toEqual(["succeeded", "succeeded"]);
  });
});

describe("finishedWithoutDetail", () => {
  test.each(["ImportImage", "EXPORT_IMAGE"])("lets a bare Finished row of %s succeed", (TaskAction) => {
    expect(onTheRoute({ TaskAction }, "succeeded")).toMatchObject({ status: "succeeded", statusReason: null });
    const empty = { TotalCount: null, SuccessCount: "", OperationProgressSet: {} };
    expect(onTheRoute({ TaskAction, ...empty }, "succeeded").status).toBe("succeeded");
  });

  test.each([
    { TotalCount: 1 },
    { SuccessCount: 0 },
    { FailedCount: "many" },
    { OperationProgressSet: "x" },
    { TaskAction: "ModifyDiskSpec" },
    { TaskAction: "Import-Image" },
    { TaskAction: "" },
  ])("does not let the row %j succeed", (fields) => {
    expect(onTheRoute(fields, "succeeded").status).toBe("unknown");
  });

  test("does not hide a failure", () => {
    expect(onTheRoute({ FailedCount: 1 }, "succeeded").status).toBe("failed");
    expect(onTheRoute({ TotalCount: 1, SuccessCount: 0 }, "succeeded").status).toBe("failed");
    expect(onTheRoute({ TaskStatus: "Failed" }, "succeeded").status).toBe("failed");
  });
});
