import * as z from "zod/mini";

/**
 * The ECS 2014-05-26 fields that we read, according to the published pages and their samples (read January 2025 and
 * November 2025). An Apsara Stack returns the same fields. `TaskId` and `TaskStatus` are required. Any other field
 * becomes `null` if it is missing or has the wrong type.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetasks
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetaskattribute
 */

const Text = z.catch(
  z.pipe(
    z.string(),
    z.transform((text) => (text.trim() === "" ? null : text)),
  ),
  null,
);

/** Some gateways write counts as text. Text of more than nine digits is malformed. */
const WholeNumber = z.union([
  z.int().check(z.gte(0)),
  z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number)),
]);

/** For a count that decides the outcome. A malformed value becomes `unreadable`, which differs from missing. */
const Count = z.catch(
  z.union([
    z.pipe(
      z.nullish(z.literal("")),
      z.transform(() => null),
    ),
    WholeNumber,
    z.literal("unreadable"),
  ]),
  "unreadable",
);

/** Documented as text, but a boolean in older samples. The letter case varies. */
const Flag = z.catch(
  z.pipe(
    z.union([z.boolean(), z.string()]),
    z.transform((flag) => flagOf(String(flag).trim().toLowerCase())),
  ),
  null,
);

/** `"100%"` or a number. Returns 0 to 100, or `null` for anything else. */
const Percent = z.catch(
  z.pipe(
    z.union([z.number(), z.string()]),
    z.transform((percent) => percentOf(String(percent))),
  ),
  null,
);

/**
 * A task in any response. Public ECS splits it: a row of `DescribeTasks` has the resource but no progress, counts, or
 * reason; `DescribeTaskAttribute` has those but no resource. A row of an Apsara Stack may have all of them.
 */
export const EcsTask = z.object({
  TaskId: z.string(),
  TaskStatus: z.string().check(z.minLength(1)),
  TaskAction: Text,
  SupportCancel: Flag,
  ResourceId: Text,
  /** Minute resolution: `2020-11-24T12:50Z`. */
  CreationTime: Text,
  /** Missing or empty while the task runs. */
  FinishedTime: Text,
  TaskProcess: Percent,
  /** The three counts are of sub-operations. */
  TotalCount: Count,
  SuccessCount: Count,
  FailedCount: Count,
  OperationProgressSet: z.optional(z.unknown()),
});
export type EcsTask = z.infer<typeof EcsTask>;

export const OperationProgress = z.object({
  OperationStatus: Text,
  ErrorCode: Text,
  ErrorMsg: Text,
  RelatedItemSet: z.optional(z.unknown()),
});
export type OperationProgress = z.infer<typeof OperationProgress>;

/** The fields of `DescribeTasks` other than its rows. `TotalCount` shows whether a list is complete. */
export const TaskListHead = z.object({
  PageSize: z.catch(z.nullable(WholeNumber), null),
  TotalCount: Count,
  TaskSet: z.optional(z.unknown()),
});

/**
 * The members of a set in any known form: `{Task: […]}` (real responses), `[{Task: […]}]` (older JSON samples), `{Task:
 * {…}}` or `{}` (XML converted to JSON), empty text, or nothing. A set in any other form is returned as one member, so
 * that it is reported and not lost.
 */
export function membersOf(set: unknown, memberName: string): readonly unknown[] {
  if (set === undefined || set === null || set === "") return [];
  if (Array.isArray(set)) return set.flatMap((part) => (isObject(part) ? membersOf(part, memberName) : [part]));
  if (!isObject(set)) return [set];
  const members = set[memberName];
  if (Array.isArray(members)) return members;
  if (members !== undefined && members !== null && members !== "") return [members];
  const isEmpty = memberName in set || Object.keys(set).length === 0;
  return isEmpty ? [] : [set];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function flagOf(word: string): boolean | null {
  if (word === "true") return true;
  return word === "false" ? false : null;
}

function percentOf(text: string): number | null {
  const digits = /^(\d{1,9}(?:\.\d{1,9})?)\s*%?$/.exec(text.trim())?.[1];
  return digits === undefined ? null : Math.min(100, Number(digits));
}
