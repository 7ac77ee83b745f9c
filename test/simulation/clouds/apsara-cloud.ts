import type { WireRequest, WireResponse } from "../../../lib/transport/call.ts";
import { ecsList } from "./alibaba-cloud.ts";
import type { Asked, Cloud, AnswerContext, Refusal } from "./cloud.ts";
import { json, quoted } from "./cloud.ts";
import { ecsDetail, ecsRow } from "./ecs-words.ts";
import type { ContentFault, Row } from "./view.ts";

/** The route gateway in front of an Apsara Stack: DescribeTasks. Its rows include the counts. */
export function createApsaraCloud(connection: string): Cloud {
  return {
    clockToleranceMs: 15 * 60_000,
    understand(request) {
      const parameters = new Map(new URLSearchParams(request.body));
      return {
        api: "DescribeTasks",
        targetKey: `${connection}:${parameters.get("RegionId")}`,
        signedAtMs: Number(request.headers["X-Ca-Timestamp"]),
        parameters,
        body: request.body,
      };
    },
    answer: describeTasks,
    refuse,
  };
}

function describeTasks(asked: Asked, fault: ContentFault | null, context: AnswerContext): WireResponse {
  const { rows, total, size, number } = ecsList(asked, fault, context, "apsara-route");
  const payload = {
    RequestID: context.requestId,
    PageNumber: number,
    PageSize: size,
    TotalCount: total,
    TaskSet: fault === "null set" ? null : { Task: rows.map(context.rowsWithDetail ? rowWithDetail : ecsRow) },
  };
  if (context.envelope === "flat") return json(200, payload);
  const result = context.envelope === "object" ? payload : JSON.stringify(payload);
  return json(200, { result, resultCode: "0", resultMsg: "success" });
}

function rowWithDetail(row: Row): Record<string, unknown> {
  return { ...ecsRow(row), ...(row.state.phase === "ended" ? ecsDetail(row) : {}) };
}

const refusals = {
  throttled: { status: 429, code: "T429ID", message: "Throttled by USER Flow Control" },
  "5xx": { status: 503, code: "D503BB", message: "Backend service busy" },
  "nonce used": { status: 400, code: "A400NU", message: "Nonce Used" },
  "clock refused": { status: 400, code: "A400TE", message: "Timestamp Expired" },
  "credential expired": { status: 401, code: "A401XX", message: "Unauthorized" },
  "secrets echoed": { status: 400, code: "A400IS", message: "Invalid Signature" },
} as const;

function refuse(fault: Refusal, { nowMs, random, requestId }: AnswerContext, request: WireRequest): WireResponse {
  const { status, code, message } = refusals[fault];
  const headers: Record<string, string> = {
    "x-ca-request-id": requestId,
    "x-ca-error-code": code,
    "x-ca-error-message": fault === "secrets echoed" ? `${message}, Server StringToSign: ${quoted(request)}` : message,
    date: new Date(nowMs).toUTCString(),
  };
  if (fault === "throttled" && random.happens(0.5)) headers["retry-after"] = String(random.int(1, 3));
  return { status, headers, body: "" };
}
