import * as z from "zod/mini";

/**
 * The fields of ECS 2014-05-26 that are read, as the published pages and their samples give them (read January 2025
 * and November 2025). A field that is missing or of a wrong type reads as `null` unless a task is nothing without it.
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

/** A whole number, which some gateways write as text. */
const Count = z.catch(
  z.pipe(
    z.union([z.number(), z.string().check(z.regex(/^\d{1,9}$/))]),
    z.transform((count) => wholeNumber(Number(count))),
  ),
  null,
);

/** For a count that decides: `unreadable` is something else than a count, which is not the same as none. */
const DecisiveCount = z.catch(
  z.union([
    z.pipe(
      z.nullish(z.literal("")),
      z.transform(() => null),
    ),
    z.int().check(z.gte(0)),
    z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number)),
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

/** `"100%"`: 0 to 100, or `null` when it is not a number. */
const Percent = z.catch(
  z.pipe(
    z.union([z.number(), z.string()]),
    z.transform((percent) => percentOf(String(percent))),
  ),
  null,
);

const task = {
  TaskId: z.string(),
  TaskStatus: z.string(),
  TaskAction: Text,
  SupportCancel: Flag,
  /** Minute resolution: `2020-11-24T12:50Z`. */
  CreationTime: Text,
  /** Missing or empty while the task runs. */
  FinishedTime: Text,
};

/** A row of `DescribeTasks`: no progress, no counts, no reason. */
export const TaskRow = z.object({ ...task, ResourceId: Text });
export type TaskRow = z.infer<typeof TaskRow>;

/** The answer of `DescribeTaskAttribute`: no resource. The counts are over sub-operations. */
export const TaskAttribute = z.object({
  ...task,
  TaskProcess: Percent,
  TotalCount: Count,
  SuccessCount: Count,
  FailedCount: DecisiveCount,
  OperationProgressSet: z.optional(z.unknown()),
});
export type TaskAttribute = z.infer<typeof TaskAttribute>;

export const OperationProgress = z.object({
  OperationStatus: Text,
  ErrorCode: Text,
  ErrorMsg: Text,
  RelatedItemSet: z.optional(z.unknown()),
});
export type OperationProgress = z.infer<typeof OperationProgress>;

export const RelatedItem = z.object({ Name: z.string(), Value: z.string() });

/** What `DescribeTasks` says around its rows. */
export const TaskListHead = z.object({ PageSize: Count, TotalCount: Count, TaskSet: z.optional(z.unknown()) });

/**
 * The members of a set, whichever of its shapes it has: `{Task: […]}` (what is answered), `[{Task: […]}]` (the older
 * JSON samples), `{Task: {…}}` or `{}` (XML turned into JSON), empty text or nothing. What fits none of them is
 * returned as a member, so that it is reported rather than lost.
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

function wholeNumber(count: number): number | null {
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function percentOf(text: string): number | null {
  const digits = /^(\d{1,9}(?:\.\d{1,9})?)\s*%?$/.exec(text.trim())?.[1];
  return digits === undefined ? null : Math.min(100, Number(digits));
}
