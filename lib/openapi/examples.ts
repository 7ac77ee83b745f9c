import type { JsonObject } from "./json.ts";
import { toJsonObject } from "./json.ts";

/** All examples show the same task, an export that succeeded in part. */

const running = {
  id: "aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e",
  connection: "aliyun",
  provider: "alibaba-ecs",
  region: "cn-hangzhou",
  nativeId: "t-bp1c2d3e4f5a6b7c8d9e",
  action: "export-image",
  nativeAction: "ExportImage",
  status: "running",
  nativeStatus: "Processing",
  statusReason: null,
  missingSince: null,
  done: false,
  partial: false,
  progress: { percent: 40, succeeded: null, failed: null, total: null },
  resource: { type: "image", id: "m-bp1a2b3c4d5e6f7a8b9c", name: null },
  error: null,
  explanation: null,
  operations: [],
  cancelable: true,
  createdAt: "2026-01-31T12:00:00.000Z",
  finishedAt: null,
  finishedAtObserved: false,
  nativeTimes: { createdAt: "2026-01-31T12:00Z", finishedAt: null, zoneAssumed: false },
  observedAt: "2026-01-31T12:04:10.000Z",
  requestId: "0B3D5A7C-1E2F-5A6B-8C9D-0E1F2A3B4C5D",
  labels: { pipeline: "golden-image-42" },
  truncated: [],
} as const;

const reason = {
  code: "ExportImageFailed",
  message: "Exporting image is failed, Please contact the administrator.",
} as const;

/** The provider's table says the same, as a test checks. */
const explanation = {
  cause: "The cloud reports an internal failure and does not name a cause.",
  certainty: "documented",
  remedy: "Try once more after a while. If that fails too, open a ticket with the request id.",
  retry: "later",
  retryCertainty: "inferred",
} as const;

function operation(status: "succeeded" | "failed", object: string) {
  const failed = status === "failed";
  const shared = { status, warning: null, related: { OSSObject: object } };
  return failed
    ? { ...shared, nativeStatus: "Failed", error: reason, explanation }
    : { ...shared, nativeStatus: "Success", error: null, explanation: null };
}

const failed = {
  ...running,
  status: "failed",
  nativeStatus: "Finished",
  done: true,
  partial: true,
  progress: { percent: 100, succeeded: 1, failed: 1, total: 2 },
  error: reason,
  explanation,
  operations: [operation("succeeded", "export/system.raw"), operation("failed", "export/data.raw")],
  cancelable: false,
  finishedAt: "2026-01-31T12:31:00.000Z",
  nativeTimes: { createdAt: "2026-01-31T12:00Z", finishedAt: "2026-01-31T12:31Z", zoneAssumed: false },
  observedAt: "2026-01-31T12:31:20.000Z",
} as const;

const pending = { status: "pending", nativeStatus: "Waiting", at: "2026-01-31T12:00:20.000Z" } as const;
const seenRunning = { status: "running", nativeStatus: "Processing", at: running.observedAt } as const;
const seenFailed = { status: "failed", nativeStatus: "Finished", at: failed.observedAt } as const;

export const runningTask: JsonObject = toJsonObject(running);
export const failedTask: JsonObject = toJsonObject(failed);
export const runningDetail = toJsonObject({ ...running, timeline: [pending, seenRunning] });
export const failedDetail = toJsonObject({ ...failed, timeline: [pending, seenRunning, seenFailed] });

export const firstPage = toJsonObject({ tasks: [failed], nextCursor: "bm90IGEgY3Vyc29y", errors: [] });
export const partialPage = toJsonObject({
  tasks: [running],
  nextCursor: null,
  errors: [
    {
      connection: "edge",
      region: "global",
      kind: "throttled",
      code: "RequestLimitExceeded",
      message: "The provider is throttling",
      requestId: "9f0a1b2c-3d4e-4f5a-8b6c-7d8e9f0a1b2c",
    },
  ],
});

export const trackTask: JsonObject = {
  connection: "aliyun",
  region: "cn-hangzhou",
  nativeId: "t-bp1c2d3e4f5a6b7c8d9e",
  labels: { pipeline: "golden-image-42" },
};

export const connections = toJsonObject({
  connections: [
    {
      connection: "aliyun",
      name: "aliyun",
      provider: "alibaba-ecs",
      region: "cn-hangzhou",
      capabilities: { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: true },
      rate: { perSecond: 5, burst: 5 },
      lastSweptAt: "2026-01-31T12:31:20.000Z",
      lastSweepSeconds: 0.8,
      behindSeconds: 22,
      lastError: null,
      clockSkewSeconds: 0,
      unreadableItems: 0,
    },
    {
      connection: "edge",
      name: "edge",
      provider: "tencent-ecm",
      region: "global",
      capabilities: { batchSize: 1, listsWithoutIds: false, reportsProgress: false, cancels: false },
      rate: { perSecond: 10, burst: 10 },
      lastSweptAt: null,
      lastSweepSeconds: null,
      behindSeconds: null,
      lastError: "unauthorized: The SecretId is not found.",
      clockSkewSeconds: null,
      unreadableItems: 0,
    },
  ],
  unconfigured: [
    {
      connection: "aliyun-old",
      provider: "alibaba-ecs",
      region: "cn-hangzhou",
      since: "2026-01-31T12:30:20.000Z",
      openTasks: 2,
      pendingEvents: 0,
    },
  ],
});
