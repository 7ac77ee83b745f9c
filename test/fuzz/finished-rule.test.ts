import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Task } from "../../lib/domain/task.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import type { CloudName } from "./corpus.ts";
import { endingsOf } from "./finished-rule.ts";
import type { Delivered } from "./observation.ts";
import { evidenceOf, kindOf } from "./oracle.ts";

/** docs/finished.md and the fuzzer's oracle must say the same. */

const page = readFileSync(new URL("../../docs/finished.md", import.meta.url), "utf8");
const combinations = tableAfter("## Every combination").map(([total, succeeded, failed, operations, ...expected]) => ({
  payload: {
    ...member("TotalCount", countOf(total)),
    ...member("SuccessCount", countOf(succeeded)),
    ...member("FailedCount", countOf(failed)),
    ...member("OperationProgressSet", setOf(operations)),
  },
  what: [total, succeeded, failed, operations].join(" | "),
  endsAs: expected[0],
  partial: expected[1] === "yes",
  line: Number(expected[2]),
}));

function tableAfter(heading: string): string[][] {
  const section = page.slice(page.indexOf(heading) + heading.length).split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function member(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

/** A number or a text in quotes is written as in JSON. */
function countOf(cell = ""): unknown {
  return cell === "–" ? undefined : JSON.parse(cell);
}

function setOf(cell = ""): unknown {
  if (cell === "–") return undefined;
  const operations = cell.split(", ").map((one) => {
    const [word, rest] = one.split(" with ");
    const status = word === "( )" ? {} : { OperationStatus: word };
    return rest === "ErrorCode" ? { ...status, ErrorCode: "ParameterInvalid", ErrorMsg: "A message." } : status;
  });
  return { OperationProgress: operations };
}

type Payload = Readonly<Record<string, unknown>>;
const finished = { TaskId: "t-1", TaskAction: "ExportImage", TaskStatus: "Finished" };

function delivered(kind: Delivered["kind"], payload: unknown, status = 200): Delivered {
  return { kind, response: { status, headers: {}, body: JSON.stringify(payload) }, filter: null };
}

function listed(...rows: readonly Payload[]): Delivered {
  return delivered("list", { TaskSet: { Task: rows } });
}

function seen(cloud: CloudName, needsDetail: boolean | null): { task: Task; needsDetail: boolean | null } {
  return { task: { ...sampleTask(), provider: cloud, nativeId: "t-1" }, needsDetail };
}

function ofAttribute(...answers: readonly Delivered[]) {
  return evidenceOf({ cloud: "alibaba-ecs", seesStatus: true }, seen("alibaba-ecs", null), answers);
}

function ofEcsList(...rows: readonly Payload[]) {
  return evidenceOf({ cloud: "alibaba-ecs", seesStatus: true }, seen("alibaba-ecs", true), [listed(...rows)]);
}

function ofGateway(...rows: readonly Payload[]) {
  return evidenceOf({ cloud: "apsara-route", seesStatus: true }, seen("apsara-route", false), [listed(...rows)]);
}

describe("every combination on the page", () => {
  test("is read: each of the nine lines decides at least once, and each ending occurs", () => {
    expect(combinations.length).toBeGreaterThanOrEqual(59);
    expect(new Set(combinations.map(({ line }) => line))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(new Set(combinations.map(({ endsAs }) => endsAs))).toEqual(new Set(["succeeded", "failed", "unknown"]));
    expect(combinations.filter(({ partial }) => partial).length).toBeGreaterThan(0);
  });

  test.each(combinations)("$what ends as $endsAs by line $line", ({ payload, endsAs, partial, line }) => {
    expect(endingsOf({ ...finished, ...payload })).toEqual([{ status: endsAs, partial, line }]);
    for (const evidence of [
      ofAttribute(delivered("detail", { ...finished, ...payload })),
      ofGateway({ ...finished, ...payload }),
    ]) {
      expect(evidence.certain).toBe(endsAs);
      expect([...evidence.may]).toEqual([endsAs]);
      if (endsAs === "failed") expect(evidence.partial).toBe(partial);
    }
  });

  test.each(combinations)("$what ends as its own word says where that is Failed or Canceled", ({ payload }) => {
    expect(ofGateway({ ...finished, ...payload, TaskStatus: "Failed" }).certain).toBe("failed");
    for (const TaskStatus of ["Deleted", "Canceled", "Cancelled"]) {
      expect(ofAttribute(delivered("detail", { ...finished, ...payload, TaskStatus })).certain).toBe("canceled");
    }
    expect([...ofGateway({ ...finished, ...payload, TaskStatus: "Processing" }).may]).toEqual([]);
  });
});

describe("a payload that the page does not settle", () => {
  const proven = { TotalCount: 1, SuccessCount: 1, FailedCount: 0 };
  const allows = (payload: Payload) => [...ofGateway({ ...finished, ...payload }).may].toSorted();

  test.each<[string, unknown, string[]]>([
    ["a failure one list too deep", [[{ OperationStatus: "Failed" }]], ["failed", "unknown"]],
    ["a failure in a text", '{"OperationProgress":[{"OperationStatus":"Error"}]}', ["failed", "unknown"]],
    [
      "a failure beside the list",
      { OperationProgress: [], Other: { OperationStatus: "Failed" } },
      ["failed", "unknown"],
    ],
    ["a set that is a text", "Failed", ["unknown"]],
    ["a member that is no object", { OperationProgress: [{ OperationStatus: "Success" }, "x"] }, ["unknown"]],
    ["a success in a list", [{ OperationStatus: "Success" }], ["succeeded", "unknown"]],
    ["an invisible status", { OperationProgress: [{ OperationStatus: "\u200b" }] }, ["failed", "unknown"]],
    ["no set", null, ["succeeded", "unknown"]],
    ["a set without a list", { RequestId: "x" }, ["succeeded", "unknown"]],
    ["an empty list", { OperationProgress: {} }, ["succeeded", "unknown"]],
    ["a list of an empty set", [{}], ["succeeded", "unknown"]],
    ["a list of nothing", [null], ["unknown"]],
  ])("%s beside counts that prove success", (_what, set, expected) => {
    expect(allows({ ...proven, OperationProgressSet: set })).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["an empty list", []],
    ["a text", "Success"],
    ["an empty text", ""],
    ["a list of nothing", [null]],
    ["a list without end", JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`)],
  ])("%s as a set is no proof without counts", (_what, set) => {
    expect(endingsOf({ ...finished, OperationProgressSet: set }).map(({ status }) => status)).toEqual(["unknown"]);
  });

  test("a success inside a sub-operation without a status may be one in part, or nothing", () => {
    const OperationProgress = [{ Inner: { OperationStatus: "Success" } }, { OperationStatus: "Failed" }];
    const evidence = ofGateway({ ...finished, OperationProgressSet: { OperationProgress } });
    expect([[...evidence.may].toSorted(), evidence.partial]).toEqual([["failed", "unknown"], null]);
  });

  test.each<[unknown, string[]]>([
    ["01", ["succeeded", "unknown"]],
    [" 1", ["succeeded", "unknown"]],
    ["1.0", ["succeeded", "unknown"]],
    [-1, ["unknown"]],
    [1.5, ["unknown"]],
    [true, ["unknown"]],
    [[1], ["unknown"]],
    ["one", ["unknown"]],
  ])("%j as a count of successes", (SuccessCount, expected) => {
    expect(allows({ ...proven, SuccessCount })).toEqual(expected);
  });

  test("a blank count of failures is none or cannot be read", () => {
    expect(allows({ ...proven, FailedCount: " " })).toEqual(["succeeded", "unknown"]);
  });

  test("two rows of one task that disagree leave both endings", () => {
    const evidence = ofGateway({ ...finished, ...proven }, { ...finished, FailedCount: 1 });
    expect([evidence.certain, [...evidence.may]]).toEqual([null, ["succeeded", "failed"]]);
  });
});

describe("the actions of the page", () => {
  const notFound = { Code: "InvalidTaskId.NotFound", Message: "The specified TaskId is not found." };

  test.each(["RedeployInstance", "ArchiveSnapshot", "REDEPLOY_INSTANCE"])("the row alone decides %s", (TaskAction) => {
    const row = { ...finished, TaskAction };
    expect(ofGateway(row)).toMatchObject({ certain: "succeeded" });
    expect([...ofEcsList(row).may]).toEqual(["succeeded"]);
    expect(ofAttribute(delivered("detail", notFound, 400), listed(row))).toMatchObject({ certain: "succeeded" });
    expect([...ofAttribute(listed(row)).may]).toEqual([]);
  });

  test.each(["ImportImage", "Import-Image", "CopyImage", "ModifyDiskSpec", undefined])(
    "a bare row of %s proves nothing",
    (TaskAction) => {
      const row = { ...finished, TaskAction };
      expect(ofGateway(row).certain).toBe("unknown");
      expect(ofEcsList(row)).toMatchObject({ certain: null, may: new Set(), needsDetail: true });
      expect([...ofAttribute(delivered("detail", notFound, 400), listed(row)).may]).toEqual([]);
      expect(ofAttribute(delivered("detail", row)).certain).toBe("unknown");
    },
  );

  test.each([
    ["ImportImage", "import-image", "image"],
    ["IMPORT_IMAGE", "import-image", "image"],
    ["exportimage", "export-image", "image"],
    ["ModifyDiskSpec", "other", "disk"],
    ["RedeployInstance", "other", "instance"],
    ["ArchiveSnapshot", "other", "other"],
    ["Import-Image", "other", "other"],
    ["CopyImage", "other", "other"],
    [undefined, "other", "other"],
  ])("%s is %s of %s", (TaskAction, action, resource) => {
    const rows = [listed({ ...finished, TaskAction })];
    const kind = kindOf({ cloud: "apsara-route", seesStatus: true }, seen("apsara-route", false), rows);
    expect(kind).toEqual({ action, resource });
  });
});
