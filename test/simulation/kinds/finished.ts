import {
  every,
  hourMs,
  minuteMs,
  plainConnection,
  plainSlots,
  plainTask,
  quietScenario,
  startMs,
} from "../scenario.ts";
import type { Scenario } from "../scenario.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { Evidence, Outcome } from "../truth.ts";

/** Tasks that end as Finished with any counts and any sub-operations: docs/finished.md. */
export function drawFinished(random: SeededRandom): Scenario {
  const connection = plainConnection(random.pick(["alibaba-ecs", "apsara-route"]), {
    envelope: random.pick(["flat", "object", "text"]),
    rowsWithDetail: random.happens(0.85),
  });
  const slots = plainSlots(every(10 * minuteMs, random.pick([10, 20]) * minuteMs));
  const tasks = Array.from({ length: random.int(1, 2) }, (_, index) => {
    const createdAtMs = startMs - random.int(1, 60) * minuteMs;
    const endsAtMs = random.int(createdAtMs + 1, startMs + 9 * minuteMs);
    const evidence = drawEvidence(random);
    const told = connection.cloud === "alibaba-ecs" || connection.rowsWithDetail;
    const outcome = told ? outcomeOf(evidence) : "unproven";
    const action = random.pick([
      "ImportImage",
      "ExportImage",
      "IMPORT_IMAGE",
      "CopyImage",
      "Import-Image",
      "ConvertImage",
    ]);
    return plainTask(random, { connection, serial: index + 1, createdAtMs, endsAtMs }, { evidence, outcome, action });
  });
  const scenario = quietScenario(random, { connections: [connection], tasks, slots });
  return {
    ...scenario,
    settings: { ...scenario.settings, stallAfterMs: hourMs },
    calmPausesMs: random.happens(0.3) ? [0, 62 * minuteMs] : null,
  };
}

const counts: readonly unknown[] = [undefined, null, "", 0, 0, 1, 1, 2, 2, 3, "1", "2", "many", -1, 1.5];
const words: readonly unknown[] = [
  "Success",
  "Success",
  "success ",
  "Failed",
  "Error",
  "Canceled",
  "deleted",
  "Processing",
  "pending",
  "Waiting",
  "Running",
  "",
  " ",
  undefined,
  17,
];

function drawEvidence(random: SeededRandom): Evidence {
  const operations = Array.from({ length: random.int(0, 3) }, () => {
    const OperationStatus = random.pick(words);
    const code = random.happens(0.2) ? { ErrorCode: "ImportFailed" } : {};
    return OperationStatus === undefined ? code : { OperationStatus, ...code };
  });
  const usual = random.happens(0.5);
  const failed = usual ? random.pick([undefined, 0, 0, "0", ""]) : random.pick(counts);
  return {
    TotalCount: random.pick(counts),
    SuccessCount: random.pick(counts),
    FailedCount: failed,
    operations: operations.length === 0 && random.happens(0.5) ? undefined : operations,
  };
}

type Count = number | "absent" | "unreadable";

function countOf(value: unknown): Count {
  if (value === undefined || value === null) return "absent";
  if (value === "") return "absent";
  const isWhole = typeof value === "string" ? /^\d+$/.test(value) : Number.isInteger(value) && Number(value) >= 0;
  return isWhole ? Number(value) : "unreadable";
}

type Word = "succeeded" | "running" | "silent" | "not succeeded";

function meaningOf(value: unknown): Word {
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (word === "") return "silent";
  if (word === "success") return "succeeded";
  return ["processing", "pending", "waiting", "running"].includes(word) ? "running" : "not succeeded";
}

/** The rule of docs/finished.md, written from that page and not from the code. */
export function outcomeOf({ TotalCount, SuccessCount, FailedCount, operations = [] }: Evidence): Outcome {
  const [total, success, failed] = [TotalCount, SuccessCount, FailedCount].map(countOf) as [Count, Count, Count];
  const meanings = operations.map(({ OperationStatus }) => meaningOf(OperationStatus));
  const has = (word: Word): boolean => meanings.includes(word);
  const isNumber = (count: Count): count is number => typeof count === "number";
  const someGood = has("succeeded") || (isNumber(success) && success > 0);
  const asFailed = someGood ? "partly-failed" : "failed";
  if ((isNumber(failed) && failed > 0) || has("not succeeded")) return asFailed;
  if (has("running")) return "unproven";
  if ([total, success, failed].includes("unreadable")) return "unproven";
  if (isNumber(success) && isNumber(total) && success < total) return asFailed;
  if (isNumber(success) && isNumber(total) && success > total) return "unproven";
  if (has("silent")) return "unproven";
  if (isNumber(total) && total > 0 && success === total) return "succeeded";
  const given = [total, success, failed].filter(isNumber);
  if (meanings.length > 0 && given.every((count) => count <= meanings.length)) return "succeeded";
  return "unproven";
}
