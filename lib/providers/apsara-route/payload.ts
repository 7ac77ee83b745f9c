import * as z from "zod/mini";

/**
 * The fields that are read of `DescribeTasks`, as an Apsara Stack's ECS gives them; the route's own page documents the
 * request id only. https://help.crelpc.com/elastic-compute-service/APIReference/Other%20operations/DescribeTasks
 * A field that cannot be read is as good as absent, except for the two that make a row a task.
 */
const optionalText = lenient(z.string());
const optionalFlag = lenient(z.union([z.boolean(), z.string()]));
/** Apsara may write its counts as strings. */
const count = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^\d{1,15}$/))]),
  z.pipe(z.transform(Number), z.int().check(z.gte(0))),
);
const optionalCount = lenient(count);
/** For a count that decides: `unreadable` is something else than a count, which is not the same as none. */
const decisiveCount = z.catch(
  z.union([
    z.pipe(
      z.nullish(z.literal("")),
      z.transform(() => null),
    ),
    count,
    z.literal("unreadable"),
  ]),
  "unreadable",
);

export const TaskRow = z.object({
  TaskId: z.string(),
  TaskStatus: z.string().check(z.minLength(1)),
  TaskAction: optionalText,
  SupportCancel: optionalFlag,
  ResourceId: optionalText,
  /** UTC, minute resolution. */
  CreationTime: optionalText,
  FinishedTime: optionalText,
  /** A percent such as `100%`. */
  TaskProcess: optionalText,
  TotalCount: optionalCount,
  SuccessCount: optionalCount,
  FailedCount: decisiveCount,
  OperationProgressSet: z.optional(z.unknown()),
});
export type TaskRow = z.infer<typeof TaskRow>;

export const OperationProgress = z.object({
  OperationStatus: optionalText,
  ErrorCode: optionalText,
  ErrorMsg: optionalText,
  RelatedItemSet: z.optional(z.unknown()),
});

export const RelatedItem = z.object({ Name: z.string(), Value: z.string() });

/** Without a readable total, half a list could pass for all of it: where it is given, it must be one. */
export const ListHead = z.object({
  TaskSet: z.optional(z.unknown()),
  TotalCount: z.optional(z.nullable(count)),
  PageSize: optionalCount,
});

/** `null` for what is absent, empty or of another type. */
function lenient<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.nullable(schema), null);
}

/**
 * The members of a set: `{ Task: […] }` on the wire, `[{ Task: […] }]` in the published samples. Absent or empty is no
 * member; `undefined` means that it has neither form.
 */
export function membersOf(set: unknown, name: string): readonly unknown[] | undefined {
  if (set === undefined || set === null || set === "") return [];
  if (typeof set !== "object") return undefined;
  const holders: readonly unknown[] = Array.isArray(set) ? set : [set];
  const members: unknown[] = [];
  for (const holder of holders) {
    if (typeof holder !== "object" || holder === null) return undefined;
    const held: unknown = Object.entries(holder).find(([key]) => key === name)?.[1];
    if (Array.isArray(held)) members.push(...held);
    else if (held !== undefined && held !== null) members.push(held);
    // Something that holds no member is taken for one, so that it is reported and not lost.
    else if (held === undefined && Object.keys(holder).length > 0) members.push(holder);
  }
  return members;
}
