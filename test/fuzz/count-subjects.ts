import type { WireResponse } from "../../lib/transport/call.ts";
import { clientSubjects } from "./client-subjects.ts";
import type { CloudName } from "./corpus.ts";
import type { HostileCase, Subject } from "./observation.ts";
import type { Random } from "./random.ts";

/** The clients before a cloud whose answers are well-formed, and whose counts are not what was asked for. */
export function countSubjects(): Subject[] {
  return clientSubjects()
    .filter(({ shows }) => shows !== "nothing")
    .map((subject) => ({ ...subject, name: `${subject.name} with hostile counts`, spoils: "counts" }));
}

export function hostileCounts(cloud: CloudName, random: Random): Pick<HostileCase, "list" | "detail"> {
  const pages = random.pick([1, 2, 3]);
  return {
    list: Array.from({ length: pages }, (_, page) => answer(listOf(cloud, page, random))),
    detail: [answer(cloud === "tencent-ecm" ? tasksOf(random) : { RequestId: "r", ...taskOf("t-0-0", random) })],
  };
}

function answer(json: unknown): WireResponse {
  return { status: 200, headers: {}, body: JSON.stringify(json).replace('"\u0001"', deepText) };
}

const deepText = "[".repeat(5_000) + "]".repeat(5_000);

const rowCounts = [0, 0, 1, 1, 2, 5, 9, 10, 11, 50, 99, 100, 100, 101, 102, 150, 1_000] as const;
const totals = [
  undefined,
  null,
  0,
  1,
  2,
  99,
  100,
  101,
  1_000,
  999_999_999,
  2 ** 53,
  1e300,
  -1,
  0.5,
  "7",
  "many",
] as const;

/** The count that the rows have, or another. */
function totalOf(rows: number, random: Random): unknown {
  return random.chance(0.5) ? rows : random.pick<unknown>(totals);
}

function listOf(cloud: CloudName, page: number, random: Random): unknown {
  const count = random.pick(rowCounts);
  const repeats = random.chance(0.1);
  const rows = Array.from({ length: count }, (_, index) => rowOf(cloud, repeats ? 0 : page, index, random));
  const TotalCount = totalOf(count, random);
  if (cloud === "tencent-ecm") return { Response: { RequestId: "r", ImageSet: rows, TotalCount } };
  const PageSize = random.pick([undefined, undefined, 100, 10, 0, 1, 1_000_000, "10"]);
  // A set in parts, as older samples show it. Each part alone may be small enough.
  const half = rows.length >> 1;
  const TaskSet = random.chance(0.2) ? [{ Task: rows.slice(0, half) }, { Task: rows.slice(half) }] : { Task: rows };
  return { RequestId: "r", TotalCount, PageSize, TaskSet };
}

function rowOf(cloud: CloudName, page: number, index: number, random: Random): unknown {
  if (random.chance(0.03)) return random.pick<unknown>([{}, null, [], 7, "row", { TaskId: "" }]);
  if (cloud !== "tencent-ecm") return taskOf(`t-${page}-${index}`, random);
  const number = page * 10_000 + index + 1;
  return { ImageId: `img-${number}`, ImageSource: "EXTERNAL_IMPORT", TaskId: String(number), ImageState: "CREATING" };
}

function tasksOf(random: Random): unknown {
  const count = random.pick([0, 1, 1, 1, 1, 2, 5, 100, 101, 5_000]);
  const rows = Array.from({ length: count }, () => ({
    State: random.pick(["SUCCESS", "FAILED", "PENDING"]),
    ImageName: "a",
  }));
  return { Response: { RequestId: "r", ImageTaskSet: rows, TotalCount: totalOf(count, random) } };
}

const statuses = ["Success", "Success", "Success", "Failed", "Processing", "", undefined] as const;

function taskOf(TaskId: string, random: Random): Record<string, unknown> {
  const isLarge = random.chance(0.02);
  const operations = isLarge ? manyOperations(random) : undefined;
  const count = operations?.length ?? random.below(4);
  return {
    TaskId,
    TaskAction: "ExportImage",
    TaskStatus: random.pick(["Finished", "Finished", "Failed", "Processing"]),
    TotalCount: totalOf(count, random),
    SuccessCount: totalOf(count, random),
    FailedCount: totalOf(0, random),
    ...(operations && { OperationProgressSet: { OperationProgress: operations } }),
    ...(random.chance(0.01) && { OperationProgressSet: { OperationProgress: [], Nested: "\u0001" } }),
  };
}

/** Mostly of one status, so that a single one among thousands decides. */
function manyOperations(random: Random): unknown[] {
  const usual = random.pick(statuses);
  const count = random.pick([99, 100, 101, 500, 3_000]);
  const operations: unknown[] = Array.from({ length: count }, () => ({ OperationStatus: usual }));
  if (random.chance(0.5)) {
    const items = Array.from({ length: random.pick([19, 20, 21, 500]) }, (_, index) => ({
      Name: `n-${index}`,
      Value: "v",
    }));
    operations[random.below(count)] = {
      OperationStatus: random.pick(statuses),
      ErrorCode: "One",
      ErrorMsg: "A message.",
      RelatedItemSet: { RelatedItem: items },
    };
  }
  return operations;
}
