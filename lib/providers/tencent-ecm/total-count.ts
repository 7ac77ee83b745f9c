import * as z from "zod/mini";

/** `undefined` if the response has no count, `unreadable` if it has something else in its place. */
export type TotalCount = number | undefined | "unreadable";

const WholeNumber = z.union([
  z.int().check(z.gte(0)),
  z.pipe(z.string().check(z.regex(/^\d{1,9}$/)), z.transform(Number)),
]);

/**
 * The `TotalCount` of a response. Text of up to nine digits is a count, as in the other clouds. An unreadable count must
 * not be treated as missing: with it, one row of several could pass for the only one.
 */
export function totalCountOf(fields: Readonly<Record<string, unknown>>): TotalCount {
  const count = fields["TotalCount"];
  if (count === undefined || count === null || count === "") return undefined;
  const parsed = z.safeParse(WholeNumber, count);
  return parsed.success ? parsed.data : "unreadable";
}
