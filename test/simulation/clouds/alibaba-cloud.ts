import type { WireRequest } from "../../../lib/transport/call.ts";
import { isVisible, poisonAt, stateAt } from "../truth.ts";
import type { Asked, Cloud, AnswerContext, Refusal } from "./cloud.ts";
import { json, quoted } from "./cloud.ts";
import { ecsDetail, ecsRow, ecsWord } from "./ecs-words.ts";
import { look, rowOf } from "./view.ts";
import type { ContentFault, Row } from "./view.ts";

/** ECS 2014-05-26: DescribeTasks and DescribeTaskAttribute. */
export function createAlibabaCloud(connection: string): Cloud {
  return {
    clockToleranceMs: 15 * 60_000,
    understand(request) {
      const parameters = new Map(request.url.searchParams);
      return {
        api: request.headers["x-acs-action"] ?? "",
        targetKey: `${connection}:${parameters.get("RegionId")}`,
        signedAtMs: Date.parse(request.headers["x-acs-date"] ?? ""),
        parameters,
        body: request.body,
      };
    },
    answer: (asked, fault, context) =>
      asked.api === "DescribeTasks"
        ? describeTasks(asked, fault, context)
        : describeTaskAttribute(asked, fault, context),
    refuse,
  };
}

export function ecsList(
  { parameters, targetKey }: Asked,
  fault: ContentFault | null,
  context: AnswerContext,
  cloud: Parameters<typeof look>[0]["cloud"],
) {
  const ids = parameters.get("TaskIds");
  const size = Math.min(Number(parameters.get("PageSize") ?? 10), context.largestPage);
  const number = Number(parameters.get("PageNumber") ?? 1);
  const startTime = parameters.get("StartTime");
  const endTime = parameters.get("EndTime");
  const status = parameters.get("TaskStatus");
  // ECS ignores any other status.
  const filters = status !== undefined && (cloud === "apsara-route" || filteredStatuses.has(status));
  const question = {
    cloud,
    targetKey,
    ids: ids === undefined ? null : new Set(ids.split(",")),
    fromMs: startTime === undefined ? -Infinity : Date.parse(startTime),
    toMs: endTime === undefined ? Infinity : Date.parse(endTime),
    offset: (number - 1) * size,
    limit: size,
    ...(filters ? { matches: (row: Row) => ecsWord(row) === status } : {}),
  };
  const { rows, total } = look(question, fault, context);
  const counted = { "all rows": total, "rows of the page": rows.length, "all tasks": total + otherTasks };
  return { rows, total: counted[context.counts], size, number };
}

/** Tasks of the account that no list shows. */
const otherTasks = 500;

const filteredStatuses = new Set(["Finished", "Processing", "Failed"]);
/** Actions that DescribeTaskAttribute does not know. */
const withoutAttributes = new Set(["RedeployInstance", "ArchiveSnapshot"]);

function describeTasks(asked: Asked, fault: ContentFault | null, context: AnswerContext) {
  const { rows, total, size, number } = ecsList(asked, fault, context, "alibaba-ecs");
  return json(200, {
    RequestId: context.requestId,
    PageNumber: number,
    PageSize: size,
    TotalCount: total,
    TaskSet: fault === "null set" ? null : { Task: rows.map(ecsRow) },
  });
}

function describeTaskAttribute({ parameters, targetKey }: Asked, fault: ContentFault | null, context: AnswerContext) {
  const { tasks, nowMs, random, requestId } = context;
  const nativeId = parameters.get("TaskId");
  const task = tasks.find((one) => one.nativeId === nativeId && one.targetKey === targetKey);
  if (task === undefined || !isVisible(task, nowMs) || withoutAttributes.has(task.action) || fault === "rows gone") {
    return json(404, { RequestId: requestId, Code: "InvalidTaskId.NotFound", Message: "There is no such task." });
  }
  const poison = poisonAt(task, nowMs);
  if (poison === "detail forbidden")
    return json(403, { RequestId: requestId, Code: "Forbidden.RAM", Message: "User not authorized." });
  if (poison === "detail malformed") return json(200, { RequestId: requestId, TaskId: nativeId, TaskStatus: 17 });
  const stale = fault === "status going backwards" ? random.int(1, 30 * 60_000) : 0;
  const atMs = Math.max(task.createdAtMs, nowMs - stale);
  const shown = { ...rowOf(task, atMs), state: stateAt(task, atMs) };
  const row = { ...shown, unknownWord: fault === "unknown status", unreadable: fault === "unreadable row" };
  const { ResourceId: _none, ...fields } = ecsRow(row);
  const detail = ecsDetail(row);
  return json(200, {
    RequestId: requestId,
    ...fields,
    ...detail,
    ...(fault === "null set" ? { OperationProgressSet: null } : {}),
  });
}

const refusals = {
  throttled: { status: 400, code: "Throttling.User", message: "Request was denied due to user flow control." },
  "5xx": { status: 503, code: "ServiceUnavailable", message: "The request has failed due to a temporary failure." },
  "nonce used": { status: 400, code: "SignatureNonceUsed", message: "The nonce was used." },
  "clock refused": { status: 400, code: "InvalidTimeStamp.Expired", message: "The timestamp has expired." },
  "credential expired": { status: 403, code: "InvalidSecurityToken.Expired", message: "The token has expired." },
  "secrets echoed": { status: 400, code: "SignatureDoesNotMatch", message: "" },
} as const;

function refuse(fault: Refusal, { nowMs, random, requestId }: AnswerContext, request: WireRequest) {
  const { status, code, message } = refusals[fault];
  const echoed = fault === "secrets echoed";
  const headers: Record<string, string> = { date: new Date(nowMs).toUTCString() };
  if (fault === "throttled" && random.happens(0.5)) headers["x-acs-retry-after"] = String(random.int(100, 3_000));
  const content = {
    RequestId: requestId,
    Code: echoed ? random.pick([code, "InvalidParameter", "Forbidden.RAM"]) : code,
    Message: echoed ? `server string to sign is: ${quoted(request)}` : message,
  };
  return json(status, content, headers);
}
