import { isTerminal, unknownProgress } from "../../lib/domain/task.ts";
import type { Task } from "../../lib/domain/task.ts";

/** A running import, `aliyun:cn-hangzhou:t-1`, with the given fields replaced. */
export function sampleTask(wanted: Partial<Task> = {}): Task {
  const { connection = "aliyun", region = "cn-hangzhou", nativeId = "t-1", status = "running" } = wanted;
  return {
    id: `${connection}:${region}:${nativeId}`,
    connection,
    provider: "alibaba-ecs",
    region,
    nativeId,
    action: "import-image",
    nativeAction: "ImportImage",
    status,
    nativeStatus: "Processing",
    statusReason: null,
    missingSince: null,
    done: isTerminal(status),
    partial: false,
    progress: unknownProgress,
    resource: null,
    error: null,
    operations: [],
    cancelable: null,
    createdAt: "2026-01-31T12:00:00.000Z",
    finishedAt: null,
    finishedAtObserved: false,
    nativeTimes: { createdAt: "2026-01-31T12:00Z", finishedAt: null, zoneAssumed: false },
    observedAt: "2026-01-31T12:05:00.000Z",
    requestId: null,
    labels: {},
    truncated: [],
    ...wanted,
  };
}
