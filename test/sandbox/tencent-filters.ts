import * as z from "zod/mini";
import type { TaskView } from "./tasks.ts";
import type { TencentProblem } from "./tencent-answer.ts";

/** `Filters` as ECM reads them: all filters must match, and the values of one filter are alternatives. */

const Filters = z.array(z.strictObject({ Name: z.string(), Values: z.array(z.string()) }));
export type Filters = z.infer<typeof Filters>;

const maxFilters = 10;
const maxValues = 5;

export function readFilters(value: unknown, names: readonly string[]): Filters | TencentProblem {
  const parsed = Filters.safeParse(value);
  if (!parsed.success) {
    return { code: "InvalidParameter", message: "The value type of parameter `Filters` is not right." };
  }
  const filters = parsed.data;
  const tooMany = filters.length > maxFilters || filters.some((filter) => filter.Values.length > maxValues);
  if (tooMany) {
    return { code: "InvalidParameterValue.FilterLimitExceeded", message: "There are too many filters or values." };
  }
  const unknown = filters.find((filter) => !names.includes(filter.Name));
  if (unknown === undefined) return filters;
  return { code: "InvalidParameterValue.InvalidFilter", message: `The filter \`${unknown.Name}\` is not supported.` };
}

/** `image-name` matches any name that contains the value, so callers must compare the names themselves. */
export function passes({ task }: TaskView, filters: Filters): boolean {
  return filters.every(({ Name, Values }) => {
    if (Name === "task-id") return Values.includes(task.nativeId);
    if (Name === "image-id") return Values.includes(task.imageId);
    if (Name === "image-name") return Values.some((value) => task.imageName.includes(value));
    return Values.includes("PRIVATE_IMAGE");
  });
}
