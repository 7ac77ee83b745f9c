import type { WireRequest, WireResponse } from "../../../lib/transport/call.ts";
import { isVisible, poisonAt } from "../truth.ts";
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

interface Filter {
  readonly Name: string;
  readonly Values: readonly string[];
}

interface ImageQuestion {
  readonly Offset: number;
  readonly Limit: number;
  readonly Filters?: readonly Filter[];
}

function describeImage(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse {
  const { Offset: offset = 0, Limit = 20, Filters = [] } = JSON.parse(asked.body) as ImageQuestion;
  const limit = Math.min(Limit, context.largestPage);
  // Without filters, images that are ready are left out here, since they have no task.
  const ids = Filters.length === 0 ? null : idsOf(context, ({ task }) => Filters.every((one) => isImage(task, one)));
  const question = { cloud: "tencent-ecm", targetKey: asked.targetKey, ids, ...allTimes, offset, limit } as const;
  const { rows, total } = look(question, fault, context);
  return respond(context, { TotalCount: total, ImageSet: fault === "null set" ? null : rows.map(imageRow) });
}

/** Names match in part. */
function isImage({ imageId, imageName }: TrueTask, { Name, Values }: Filter): boolean {
  if (Name === "image-id") return Values.includes(imageId);
  return Name !== "image-name" || Values.some((value) => imageName.includes(value));
}

function idsOf({ tasks, nowMs }: AnswerContext, isMeant: (one: { task: TrueTask }) => boolean): Set<string> {
  const meant = tasks.filter((task) => isVisible(task, nowMs) && isMeant({ task }));
  return new Set(meant.map(({ nativeId }) => nativeId));
}

function imageRow({ task, state, unreadable, atMs }: Row): Record<string, unknown> {
  const failed = state.phase === "ended" && task.outcome !== "succeeded";
  const imported = state.phase === "ended" && !failed;
  return {
    ImageId: unreadable || poisonAt(task, atMs) === "row without an id" ? 17 : task.imageId,
    ImageName: task.imageName,
    ImageState: imported ? "NORMAL" : failed ? "IMPORT_FAILED" : "IMPORTING",
    ImageType: "PRIVATE_IMAGE",
    ImageSource: "EXTERNAL_IMPORT",
    ImageCreateTime: chinaTime(task.createdAtMs),
    TaskId: imported ? "" : task.nativeId,
  };
}

function describeTask(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse {
  const { Filters } = JSON.parse(asked.body) as { Filters: readonly [Filter] };
  const ids = idsAnswering(Filters[0], context);
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

/** A name answers for the latest import that has it, and an id may have leading zeros. */
function idsAnswering({ Name, Values: [value = ""] }: Filter, context: AnswerContext): Set<string> {
  if (Name === "task-id") return new Set([value.replace(/^0+(?=\d)/, "")]);
  if (Name === "image-id") return idsOf(context, ({ task }) => task.imageId === value);
  const named = context.tasks.filter(({ imageName }) => imageName === value);
  const visible = named.filter((task) => isVisible(task, context.nowMs));
  const latest = visible.toSorted((one, other) => other.createdAtMs - one.createdAtMs)[0];
  return new Set(latest && [latest.nativeId]);
}

function taskRow({ task, state, unknownWord, unreadable, atMs }: Row): Record<string, unknown> {
  const ended = state.phase === "ended";
  const failed = ended && task.outcome !== "succeeded";
  return {
    State:
      unreadable || poisonAt(task, atMs) === "row without a status"
        ? null
        : unknownWord
          ? "HIBERNATING"
          : wordOf(task, state.phase),
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
