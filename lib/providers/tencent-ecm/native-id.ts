/**
 * The formats of a task's native id. A row of DescribeCustomImageTask has no id, so a task can be found again only with
 * the same filter. The id encodes that filter.
 * @see https://www.tencentcloud.com/document/product/1119/45725
 */

export interface TaskFilter {
  readonly name: "task-id" | "image-id" | "image-name";
  readonly value: string;
}

const taskIdForm = /^\d{1,20}$/;
/** The API declares task ids as uint64. An id of 0 means no task. */
const largestTaskId = 18_446_744_073_709_551_615n;
const imageIdForm = /^img-[a-z0-9]+$/;
const imageNamePrefix = "image-name:";
const imageNameForm = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]{1,60}$/u;

/** The filter that a native id encodes, or `undefined` if it has none of the three formats. */
export function taskFilter(nativeId: string): TaskFilter | undefined {
  if (canonicalTaskId(nativeId) !== undefined) return { name: "task-id", value: nativeId };
  if (imageIdForm.test(nativeId)) return { name: "image-id", value: nativeId };
  if (!nativeId.startsWith(imageNamePrefix)) return undefined;
  const value = nativeId.slice(imageNamePrefix.length);
  return imageNameForm.test(value) ? { name: "image-name", value } : undefined;
}

/** A task id without leading zeros. The API treats both forms as the same number. */
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

/** What is wrong with a native id, or `undefined` if it is well-formed. */
export function nativeIdProblem(nativeId: string): string | undefined {
  if (taskFilter(nativeId) !== undefined) return undefined;
  return (
    "must be a task id from 1 to 18446744073709551615 (21), an image id (img-c1p90f6q), " +
    "or image-name: and a name of 1 to 60 printable characters (image-name:ecmtest)"
  );
}
