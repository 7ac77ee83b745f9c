import type { Trial } from "../../domain/trial.ts";

/** A name that no image should have. The task of another image is only read. */
const nobody = "image-name:image-tasks-doctor";

/** @see https://www.tencentcloud.com/document/product/1119/45725 */
export const ecmTrials: readonly Trial[] = [
  {
    api: "DescribeImage",
    grant: '"ecm:DescribeImage" in the CAM policy',
    attempt: async ({ resolve }, signal) => void (await resolve?.(nobody, signal)),
  },
  {
    api: "DescribeCustomImageTask",
    grant: '"ecm:DescribeCustomImageTask" in the CAM policy',
    attempt: async ({ get }, signal) => void (await get(nobody, signal)),
  },
];
