import type { WireResponse } from "../../lib/transport/call.ts";
import type { Seed } from "./corpus.ts";
import type { Random } from "./random.ts";

/**
 * Answers of ECS that no byte has been damaged in, and that may well come one day: counts, sub-operations, words and
 * actions drawn independently of each other, so that every combination occurs.
 */

/** The task that is asked for where no detail names one. */
export const absentEcsTask = "t-absent";

type Fields = Readonly<Record<string, unknown>>;
type EcsCloud = "alibaba-ecs" | "apsara-route";

export interface PlausibleAnswer {
  readonly seed: Seed;
  readonly response: WireResponse;
}

/** Answers about one task, and in lists about others beside it. */
export function plausibleAnswers(
  cloud: EcsCloud,
  random: Random,
): (kind: "list" | "detail", index: number) => PlausibleAnswer {
  const task = taskOf(random);
  const absent = random.chance(0.25);
  return (kind, index) => {
    if (kind === "detail" && absent) return notFound(cloud, random);
    const payload = kind === "detail" ? { ...task, ...evidenceOf(random) } : listOf(cloud, random, { task, index });
    return answer(cloud, `plausible-${kind}`, { RequestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000009", ...payload });
  };
}

function answer(cloud: EcsCloud, name: string, json: Fields, status = 200): PlausibleAnswer {
  const text = JSON.stringify(json);
  return { seed: { cloud, name, text, json: JSON.parse(text) }, response: { status, headers: {}, body: text } };
}

function notFound(cloud: EcsCloud, random: Random): PlausibleAnswer {
  const error = { Code: "InvalidTaskId.NotFound", Message: 'The specified "TaskId" is not found.' };
  return answer(cloud, "error-plausible", error, random.pick([400, 404, 200]));
}

interface Page {
  readonly task: Fields;
  readonly index: number;
}

/** The gateway documents no rows, so any of them may have what ECS tells of one task only. */
function listOf(cloud: EcsCloud, random: Random, { task, index: page }: Page): Fields {
  const rows = Array.from({ length: random.pick([1, 1, 2, 3]) }, (_, index) => ({
    ...(page === 0 && index === 0 ? task : { ...taskOf(random), TaskId: `t-${page}-${index}` }),
    ...(cloud === "apsara-route" && random.chance(0.8) ? evidenceOf(random) : {}),
  }));
  const set = { Task: rows };
  return { TotalCount: rows.length, TaskSet: cloud === "apsara-route" && random.chance(0.5) ? [set] : set };
}

const actions = [
  undefined,
  "ImportImage",
  "ExportImage",
  "IMPORT_IMAGE",
  "Import-Image",
  "CopyImage",
  "ModifyDiskSpec",
  "RedeployInstance",
  "ArchiveSnapshot",
] as const;

const taskWords = ["Failed", "Deleted", "Canceled", "Cancelled", "Processing", "Pending", "finished", "ExportImage"];

function taskOf(random: Random): Fields {
  return {
    TaskId: absentEcsTask,
    TaskAction: random.pick(actions),
    TaskStatus: random.chance(0.8) ? "Finished" : random.one(taskWords),
    ResourceId: random.pick([undefined, undefined, "", "m-1", "d-1", "i-1", "s-1"]),
    SupportCancel: random.pick(["true", "false", undefined]),
    CreationTime: "2026-03-01T08:00Z",
    FinishedTime: random.pick(["2026-03-01T08:30Z", "", undefined]),
  };
}

const counts = [undefined, undefined, undefined, 0, 0, 1, 1, 2, 2, "", "0", "1", "2", "many", -1, null] as const;

function evidenceOf(random: Random): Fields {
  return {
    TotalCount: random.pick(counts),
    SuccessCount: random.pick(counts),
    // A pipeline that fails seldom says so in numbers that do not fit: half of the time none has failed.
    FailedCount: random.chance(0.5) ? random.pick<unknown>([0, "0", undefined, ""]) : random.pick(counts),
    OperationProgressSet: setOf(random),
    TaskProcess: random.pick(percents),
  };
}

const percents = [undefined, "100%", "45.5 %", 100, 45.5, "", "250%", -3] as const;

const operationWords = [
  "Success",
  "Success",
  "Success",
  "success",
  " Success ",
  "Failed",
  "Error",
  "Failure",
  "Canceled",
  "deleted",
  "Processing",
  "pending",
  "Running",
  "Hibernating",
  "Succeeded",
  "",
  " ",
  undefined,
  7,
] as const;

const bucket = { Name: "OSSBucket", Value: "images" };
const relatedItems = [
  [bucket],
  [bucket, { Name: "OSSObject", Value: "a.vhd" }, { Name: "OSSObject", Value: "b.vhd" }],
] as const;

function setOf(random: Random): unknown {
  if (random.chance(0.35)) return random.pick([undefined, undefined, {}, { OperationProgress: [] }, null]);
  const operations = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => ({
    OperationStatus: random.pick(operationWords),
    ...(random.chance(0.3) ? { ErrorCode: random.pick(["ParameterInvalid", ""]), ErrorMsg: "A message." } : {}),
    ...(random.chance(0.3) ? { RelatedItemSet: { RelatedItem: random.pick<unknown>(relatedItems) } } : {}),
  }));
  const set = { OperationProgress: operations };
  if (random.chance(0.9)) return set;
  return random.pick<unknown>([operations, [set], operations[0], { OperationProgress: operations[0] }]);
}
