/**
 * The forms of a task's native id. A row of DescribeCustomImageTask carries no id of its own, so a task is found again
 * only by the filter it was found with, and the id says which filter that is.
 * @see https://www.tencentcloud.com/document/product/1119/45725
 */

export interface TaskFilter {
  readonly name: "task-id" | "image-id" | "image-name";
  readonly value: string;
}

const taskIdForm = /^\d{1,20}$/;
/** The API declares task ids as uint64. Its 0 stands for no task. */
const largestTaskId = 18_446_744_073_709_551_615n;
const imageIdForm = /^img-[a-z0-9]+$/;
const imageNamePrefix = "image-name:";
const imageNameForm = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,60}$/u;

/** The filter a native id stands for, or `undefined` when it has none of the three forms. */
export function taskFilter(nativeId: string): TaskFilter | undefined {
  if (canonicalTaskId(nativeId) !== undefined) return { name: "task-id", value: nativeId };
  if (imageIdForm.test(nativeId)) return { name: "image-id", value: nativeId };
  if (!nativeId.startsWith(imageNamePrefix)) return undefined;
  const value = nativeId.slice(imageNamePrefix.length);
  return imageNameForm.test(value) ? { name: "image-name", value } : undefined;
}

/** A task id without leading zeros, which the API does not tell from the same number without them. */
export function canonicalTaskId(text: string): string | undefined {
  if (!taskIdForm.test(text)) return undefined;
  const id = BigInt(text);
  return id > 0n && id <= largestTaskId ? String(id) : undefined;
}

export function isImageId(text: string): boolean {
  return imageIdForm.test(text);
}

export function imageNameId(imageName: string): string {
  return imageNamePrefix + imageName;
}

/** What is wrong with a native id, or `undefined` when nothing is. */
export function nativeIdProblem(nativeId: string): string | undefined {
  if (taskFilter(nativeId) !== undefined) return undefined;
  return (
    "must be a task id from 1 to 18446744073709551615 (21), an image id (img-c1p90f6q), " +
    "or image-name: and a name of 1 to 60 printable characters (image-name:ecmtest)"
  );
}
