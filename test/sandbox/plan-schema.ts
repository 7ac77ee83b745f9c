import * as z from "zod/mini";

/** How a task's plan is written as JSON: by callers of the control port, and in the file that outlives the process. */

const duration = () => z.number().check(z.nonnegative());
const percent = () => z.optional(z.number().check(z.minimum(0), z.maximum(100)));
const text = () => z.string();
const count = () => z.int().check(z.nonnegative());

export const endingSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("succeeded"),
    strayError: z.optional(z.strictObject({ code: text(), message: text() })),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    code: text(),
    message: text(),
    atPercent: percent(),
    reportedAs: z.optional(z.enum(["Failed", "Finished"])),
  }),
  z.strictObject({
    kind: z.literal("partly-failed"),
    succeeded: count(),
    failed: count(),
    code: text(),
    message: text(),
  }),
  z.strictObject({
    kind: z.literal("finished"),
    counts: z.optional(
      z.strictObject({
        TotalCount: z.optional(z.unknown()),
        SuccessCount: z.optional(z.unknown()),
        FailedCount: z.optional(z.unknown()),
      }),
    ),
    operations: z.optional(z.array(z.unknown())),
  }),
  z.strictObject({ kind: z.literal("canceled") }),
  z.strictObject({ kind: z.literal("stalls"), atPercent: percent() }),
  z.strictObject({ kind: z.literal("vanishes") }),
]);

export const planSchema = z.strictObject({
  pendingMs: duration(),
  pausedMs: z.optional(duration()),
  runningMs: duration(),
  stuckMs: z.optional(duration()),
  ending: endingSchema,
  hiddenMs: z.optional(duration()),
  cancelTakesMs: z.optional(duration()),
  cancelable: z.optional(z.boolean()),
});

/** Optional members of a parsed object may be present as `undefined`, which `exactOptionalPropertyTypes` rejects. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return JSON.parse(JSON.stringify(value)) as Defined<T>;
}

export type Defined<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Key in keyof T]: Defined<Exclude<T[Key], undefined>> }
    : T;
