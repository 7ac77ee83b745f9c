import * as z from "zod/mini";

/**
 * The fields of ECS 2014-05-26 that are read, as the published pages and their samples give them (read January 2025
 * and November 2025). An Apsara Stack gives the same fields. `TaskId` and `TaskStatus` are required; any other field
 * that is missing or of a wrong type becomes `null`.
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

/** Some gateways write their counts as text. Text of more than nine digits is no count. */
const WholeNumber = z.union([
  z.int().check(z.gte(0)),
  z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number)),
]);

/** For a count that decides something: a value that is no count is `unreadable`, which is not the same as missing. */
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

/** The page says text, its older samples show a boolean; the case varies. */
const Flag = z.catch(
  z.pipe(
    z.union([z.boolean(), z.string()]),
    z.transform((flag) => flagOf(String(flag).trim().toLowerCase())),
  ),
  null,
);

/** `"100%"` or a number: 0 to 100, or `null` for anything else. */
const Percent = z.catch(
  z.pipe(
    z.union([z.number(), z.string()]),
    z.transform((percent) => percentOf(String(percent))),
  ),
  null,
);

/**
 * A task in any answer. Public ECS splits it: a row of `DescribeTasks` has the resource but no progress, no counts, and
 * no reason; `DescribeTaskAttribute` has those but no resource. A row of an Apsara Stack may have all of them.
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
  /** The three counts are over sub-operations. */
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

export const RelatedItem = z.object({ Name: z.string(), Value: z.string() });

/** What `DescribeTasks` says around its rows. `TotalCount` decides whether a list is whole. */
export const TaskListHead = z.object({
  PageSize: z.catch(z.nullable(WholeNumber), null),
  TotalCount: Count,
  TaskSet: z.optional(z.unknown()),
});

/**
 * The members of a set in any of its forms: `{Task: […]}` (real answers), `[{Task: […]}]` (older JSON samples),
 * `{Task: {…}}` or `{}` (XML turned into JSON), empty text, or nothing. A set in no known form is returned as a member,
 * so that it is reported and never lost.
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
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
