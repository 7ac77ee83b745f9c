import type { FailureTable } from "../../../domain/explanation.ts";
import { accessFailures, fileFailures } from "./file-failures.ts";
import { exportFailures, requestFailures } from "./request-failures.ts";

/** Waiting helps. */
const passingFailures: FailureTable = [
  {
    codes: ["InvalidOSSBucket.FlowLimit"],
    cause: "OSS limits the traffic of the bucket.",
    certainty: "inferred",
    remedy: "Wait until there is less traffic.",
    retry: "later",
  },
  {
    codes: ["ImageIsImporting"],
    cause: "An import of this image is already running.",
    certainty: "documented",
    remedy:
      "Follow the task of that import. To stop it, cancel the task: an image cannot be deleted while it is imported.",
    retry: "later",
  },
  {
    codes: ["ImageIsExporting", "IncorrectImageStatus"],
    cause: "The image is not available, or an export of it is already running.",
    certainty: "documented",
    remedy: "List the tasks to find a running export, and wait until the image is available.",
    retry: "later",
  },
  {
    codes: ["ConcurrentQuotaExceed.*"],
    cause: "Too many tasks of this kind run at the same time.",
    certainty: "documented",
    remedy: "Wait until one of them has ended.",
    retry: "later",
  },
  {
    codes: ["WeeklyQuotaExceed.*"],
    cause: "The quota of this week is used up.",
    certainty: "documented",
    remedy: "Wait for days, not minutes. Quick retries do not help.",
    retry: "later",
  },
  {
    codes: ["ImportImageFailed", "ExportImageFailed"],
    cause: "The cloud reports an internal failure and does not name a cause.",
    certainty: "documented",
    remedy: "Try once more after a while. If that fails too, open a ticket with the request id.",
    retry: "later",
  },
];

/**
 * Why an image task of ECS failed. The documentation lists these codes as refusals of the requests that start a task.
 * It lists none for a task that has started, and only says that a failed part has a code and a message. So a failed task
 * is looked up in the same table. Only a code that is listed, or a fragment of a message beside its code, is explained.
 * @see https://www.alibabacloud.com/help/doc-detail/25542.htm
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-exportimage
 */
export const ecsFailures: FailureTable = [
  ...accessFailures,
  ...fileFailures,
  ...requestFailures,
  ...exportFailures,
  ...passingFailures,
];

/** The reason that we give when a provider reports only counts. Its words are our own. */
export const countedFailures: FailureTable = [
  {
    codes: ["Failed", "PartialFailure"],
    words: ["FailedCount ", "SuccessCount ", "TotalCount ", "a sub-operation did not succeed"],
    cause: "The cloud reports that not all parts succeeded. It gives no reason.",
    certainty: "documented",
    remedy: "Look in the cloud's console for the reason, and whether the image or the exported files are there.",
    retry: "unknown",
  },
];
