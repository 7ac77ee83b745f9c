import type { WireRequest, WireResponse } from "../../../lib/transport/call.ts";
import type { TrueTask } from "../truth.ts";
import type { Asked, Cloud, AnswerContext, Refusal } from "./cloud.ts";
import { json, quoted } from "./cloud.ts";
import { chinaTime, look } from "./view.ts";
import type { ContentFault, Row } from "./view.ts";

/** ECM 2019-07-19: DescribeImage and DescribeCustomImageTask. */
export function createTencentCloud(connection: string): Cloud {
  return {
    clockToleranceMs: 5 * 60_000,
    understand: (request) => ({
      api: request.headers["x-tc-action"] ?? "",
      targetKey: `${connection}:global`,
      signedAtMs: Number(request.headers["x-tc-timestamp"]) * 1000,
      parameters: new Map(),
      body: request.body,
    }),
    answer: (asked, fault, context) =>
      asked.api === "DescribeImage" ? describeImage(asked, fault, context) : describeTask(asked, fault, context),
    refuse,
  };
}

const allTimes = { fromMs: -Infinity, toMs: Infinity };

function describeImage(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse {
  const { Offset: offset, Limit } = JSON.parse(asked.body) as { Offset: number; Limit: number };
  const limit = Math.min(Limit, context.largestPage);
  const question = { cloud: "tencent-ecm", targetKey: asked.targetKey, ids: null, ...allTimes, offset, limit } as const;
  const { rows, total } = look(question, fault, context);
  return respond(context, { TotalCount: total, ImageSet: fault === "null set" ? null : rows.map(imageRow) });
}

function imageRow({ task, state, unreadable }: Row): Record<string, unknown> {
  const failed = state.phase === "ended" && task.outcome !== "succeeded";
  const imported = state.phase === "ended" && !failed;
  return {
    ImageId: unreadable ? 17 : task.imageId,
    ImageName: task.imageName,
    ImageState: imported ? "NORMAL" : failed ? "IMPORT_FAILED" : "IMPORTING",
    ImageType: "PRIVATE_IMAGE",
    ImageSource: "EXTERNAL_IMPORT",
    ImageCreateTime: chinaTime(task.createdAtMs),
    TaskId: imported ? "" : task.nativeId,
  };
}

function describeTask(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse {
  const { Filters } = JSON.parse(asked.body) as { Filters: { Name: string; Values: string[] }[] };
  const ids = new Set(Filters[0]?.Values);
  const question = {
    cloud: "tencent-ecm",
    targetKey: asked.targetKey,
    ids,
    ...allTimes,
    offset: 0,
    limit: 100,
  } as const;
  const { rows, total } = look(question, fault, context);
  if (rows.length === 0 && total === 0 && context.random.happens(0.5)) {
    return respond(context, { Error: { Code: "ResourceNotFound", Message: "The resource does not exist." } });
  }
  const empty = rows.length === 0 || fault === "null set";
  return respond(context, { ImageTaskSet: empty ? null : rows.map(taskRow), TotalCount: total });
}

function taskRow({ task, state, unknownWord, unreadable }: Row): Record<string, unknown> {
  const ended = state.phase === "ended";
  const failed = ended && task.outcome !== "succeeded";
  return {
    State: unreadable ? null : unknownWord ? "HIBERNATING" : wordOf(task, state.phase),
    Message: failed ? task.errorMessage : ended ? "success" : null,
    ImageName: task.imageName,
    CreateTime: chinaTime(task.createdAtMs),
  };
}

function wordOf({ outcome }: TrueTask, phase: Row["state"]["phase"]): string {
  if (phase === "pending") return "PENDING";
  if (phase === "running") return "PROCESSING";
  return outcome === "succeeded" ? "SUCCESS" : "FAILED";
}

const refusals = {
  throttled: { code: "RequestLimitExceeded", message: "Your current request times exceed the frequency limit." },
  "5xx": { code: "InternalError", message: "Internal error." },
  "nonce used": { code: "InternalError", message: "Internal error." },
  "clock refused": { code: "AuthFailure.SignatureExpire", message: "The provided credentials have expired." },
  "credential expired": { code: "AuthFailure.TokenFailure", message: "The token is wrong." },
  "secrets echoed": { code: "AuthFailure.SignatureFailure", message: "" },
} as const;

function refuse(fault: Refusal, context: AnswerContext, request: WireRequest): WireResponse {
  const { code, message } = refusals[fault];
  const said = fault === "secrets echoed" ? `The signature is not that of ${quoted(request)}` : message;
  return respond(context, { Error: { Code: code, Message: said } }, { date: new Date(context.nowMs).toUTCString() });
}

/** Errors also come with status 200. */
function respond(
  context: AnswerContext,
  content: Record<string, unknown>,
  headers: Record<string, string> = {},
): WireResponse {
  return json(200, { Response: { ...content, RequestId: context.requestId } }, headers);
}
