import type { TaskView } from "./tasks.ts";

/** The counts and sub-operations in DescribeTaskAttribute. */

interface OperationProgress {
  readonly OperationStatus: "Processing" | "Success" | "Failed";
  readonly ErrorCode: string;
  readonly ErrorMsg: string;
  readonly RelatedItemSet: { readonly RelatedItem: readonly { readonly Name: string; readonly Value: string }[] };
}

/** What an answer says of how a task is going or has ended. */
export function evidenceOf(view: TaskView): Readonly<Record<string, unknown>> {
  const { state, task } = view;
  const { ending } = task.plan;
  if (state.phase === "finished" && ending.kind === "finished") {
    const { counts = {}, operations } = ending;
    return { ...counts, ...(operations && { OperationProgressSet: { OperationProgress: operations } }) };
  }
  return {
    TotalCount: state.total,
    SuccessCount: state.succeeded,
    FailedCount: state.failed,
    OperationProgressSet: { OperationProgress: operationsOf(view) },
  };
}

/** Sub-operations appear once there is something to report; a waiting task has none. */
function operationsOf(view: TaskView): readonly OperationProgress[] {
  const { state, task } = view;
  const { ending } = task.plan;
  const operation = operationMaker(view);
  switch (state.phase) {
    case "running":
    case "paused":
      return Array.from({ length: state.total }, (_, index) => operation("Processing", index));
    case "succeeded":
      return [operation("Success", 0, ending.kind === "succeeded" ? ending.strayError : undefined)];
    case "failed":
      return ending.kind === "failed" ? [operation("Failed", 0, ending)] : [];
    case "partly-failed": {
      if (ending.kind !== "partly-failed") return [];
      const good = Array.from({ length: ending.succeeded }, (_, index) => operation("Success", index));
      const bad = Array.from({ length: ending.failed }, (_, i) => operation("Failed", ending.succeeded + i, ending));
      return [...good, ...bad];
    }
    default:
      return [];
  }
}

function operationMaker({ task }: TaskView) {
  return function operation(
    status: OperationProgress["OperationStatus"],
    index: number,
    error?: { readonly code: string; readonly message: string },
  ): OperationProgress {
    const object = `${task.imageId}_${task.nativeId}_${index}.raw.tar.gz`;
    const exported = [
      { Name: "OSSBucket", Value: "golden-images" },
      { Name: "OSSObject", Value: object },
      { Name: "ImageFormat", Value: "RAW" },
    ];
    return {
      OperationStatus: status,
      ErrorCode: error?.code ?? "",
      ErrorMsg: error?.message ?? "",
      RelatedItemSet: { RelatedItem: task.action === "ExportImage" ? exported : [] },
    };
  };
}
