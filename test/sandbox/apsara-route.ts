import { randomUUID } from "node:crypto";
import { type ApsaraGate, type GatewayProblem, refuseApplication } from "./apsara-gateway-auth.ts";
import { imitatedEcsProblem, isProblem } from "./ecs-errors.ts";
import { evidenceOf } from "./ecs-task-detail.ts";
import { ecsStatusWord, findTasks, minuteTime, readTaskQuery } from "./ecs-task-query.ts";
import type { Answer, Exchange, ImitatedError, Refusal, Wire } from "./exchange.ts";
import type { CallWindow } from "./limits.ts";
import { hasEnded } from "./task-state.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";
import { isForm } from "./verify-x-ca.ts";

/**
 * The route gateway in front of an Apsara Stack: `POST /apsara/route/Ecs/DescribeTasks`.
 * @see https://help.crelpc.com/elastic-compute-service/APIReference/Other%20operations/DescribeTasks
 *
 * The page shows only the `RequestID` of a success, so the rest of the shape is configurable here.
 */

/** Where a success contains its payload. */
export type ApsaraEnvelope = "flat" | "result-object" | "result-string";

export interface ApsaraRouteOptions {
  readonly tasks: SandboxTasks;
  readonly regions: readonly string[];
  readonly gate: ApsaraGate;
  readonly calls: CallWindow;
  readonly userEmail: string;
  readonly envelope: () => ApsaraEnvelope;
  /**
   * Counts and sub-operations in the rows, since no detail call goes through the route. Undocumented, hence optional.
   */
  readonly rowDetail: boolean;
}

const path = "/apsara/route/Ecs/DescribeTasks";

export function createApsaraRouteWire(options: ApsaraRouteOptions): Wire {
  return {
    cloud: "apsara-route",
    apiOf: (exchange) => exchange.path.replace("/apsara/route/Ecs/", ""),
    paramsOf: (exchange) => Object.fromEntries(formOf(exchange)),
    answer: (exchange, refusal) => answer(exchange, options, refusal),
    wrongShape: () => success({ TaskSet: [], TotalCount: { value: "many" } }, "result-object"),
    serverError: (status) => gatewayFailure({ status, code: "D503BB", message: "Backend service busy" }),
    imitate: (_exchange, error) => imitatedFailure(error),
    tooLarge: () => gatewayFailure({ status: 413, code: "I413RL", message: "Request body too Large" }),
  };
}

function answer(exchange: Exchange, options: ApsaraRouteOptions, refusal: Refusal | undefined): Answer {
  const problem = refuseRequest(exchange) ?? refuseApplication(exchange, options.gate);
  if (problem !== undefined) return gatewayFailure(problem);
  const admitted = options.calls.admit("DescribeTasks");
  if (refusal?.kind === "throttle" || !admitted) return throttled(refusal);
  if (refusal?.kind === "deny") return gatewayFailure({ status: 403, code: "I403AA", message: "Unauthorized" });
  const form = formOf(exchange);
  const missing = ["RegionId", "regionId"].find((name) => !form.get(name));
  if (missing !== undefined) {
    return gatewayFailure({ status: 400, code: "I400MP", message: `Parameter \`${missing}\` is required` });
  }
  const email = exchange.headers["useremail"];
  if (!email) return gatewayFailure({ status: 400, code: "I400MH", message: "Header `UserEmail` is Required" });
  if (email !== options.userEmail) return portalFailure("user does not exist");
  if (form.get("RegionId") !== form.get("regionId")) return portalFailure("system error");
  return describeTasks(form, options);
}

function refuseRequest(exchange: Exchange): GatewayProblem | undefined {
  if (exchange.path !== path) return { status: 404, code: "I404NF", message: "API not found" };
  if (exchange.method !== "POST") {
    return { status: 405, code: "I405UM", message: `Unsupported Method \`${exchange.method}\`` };
  }
  if (!isForm(exchange)) return { status: 400, code: "I400BD", message: "Invalid Body: not a form" };
  return undefined;
}

function describeTasks(form: ReadonlyMap<string, string>, options: ApsaraRouteOptions): Answer {
  const filterWords = ["Finished", "Processing", "Pending", "Deleted", "Paused"];
  const query = readTaskQuery(form, { regions: options.regions, filterWords });
  if (isProblem(query)) return portalFailure(`${query.code}: ${query.message}`);
  const { total, rows } = findTasks({ tasks: options.tasks, cloud: "apsara-route", statusWord }, query);
  const payload = {
    RegionId: query.region,
    PageNumber: query.pageNumber,
    PageSize: query.pageSize,
    TotalCount: total,
    TaskSet: { Task: rows.map((view) => ({ ...row(view), ...(options.rowDetail ? detail(view) : {}) })) },
  };
  return success(payload, options.envelope());
}

/**
 * Unlike in ECS, a running task has an empty `FinishedTime` and `SupportCancel` is a boolean. Clients must read both.
 */
function row(view: TaskView): Record<string, unknown> {
  const { task, state } = view;
  return {
    TaskId: task.nativeId,
    TaskAction: task.action,
    TaskStatus: statusWord(view),
    SupportCancel: !hasEnded(state.phase),
    ResourceId: task.imageId,
    CreationTime: minuteTime(task.createdAtMs),
    FinishedTime: state.endedAtMs === null ? "" : minuteTime(state.endedAtMs),
  };
}

function detail(view: TaskView): Readonly<Record<string, unknown>> {
  return hasEnded(view.state.phase) ? evidenceOf(view) : {};
}

function statusWord(view: TaskView): string {
  return ecsStatusWord(view, "Pending");
}

function formOf(exchange: Exchange): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(exchange.body.toString("utf8")));
}

function success(payload: Record<string, unknown>, envelope: ApsaraEnvelope): Answer {
  const requestId = randomUUID().toUpperCase();
  if (envelope === "flat") return write({ RequestID: requestId, ...payload }, { requestId, code: null });
  const inner = { RequestID: requestId, ...payload };
  const result = envelope === "result-object" ? inner : JSON.stringify(inner);
  return write({ result, resultCode: "0", resultMsg: "success" }, { requestId, code: null });
}

/** The portal's own failure: the number -1, where a success has the string "0". */
function portalFailure(resultMsg: string): Answer {
  return write({ resultCode: -1, resultMsg, result: null }, { requestId: randomUUID().toUpperCase(), code: "-1" });
}

function write(body: unknown, about: { requestId: string; code: string | null }): Answer {
  const headers = { "content-type": "application/json; charset=UTF-8", "x-ca-request-id": about.requestId };
  return { status: 200, headers, body: JSON.stringify(body), ...about };
}

/** The gateway's own codes have six characters. It passes other errors on as the ECS of the stack writes them. */
function imitatedFailure(error: ImitatedError): Answer {
  if (/^[A-Z]\d{3}[A-Z0-9]{2}$/.test(error.code)) return gatewayFailure({ status: 400, message: "Error", ...error });
  const { status, code, message } = imitatedEcsProblem(error);
  const requestId = randomUUID().toUpperCase();
  const body = { RequestId: requestId, HostId: "ecs.apsaracs.com", Code: code, Message: message };
  return { ...write(body, { requestId, code }), status };
}

/** The gateway answers 429 where an older version answered 403, both with this message. */
function throttled(refusal: Refusal | undefined): Answer {
  const answer = gatewayFailure({ status: 429, code: "T429ID", message: "Throttled by USER Flow Control" });
  const retryAfterMs = refusal?.kind === "throttle" ? refusal.retryAfterMs : undefined;
  if (retryAfterMs === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(Math.ceil(retryAfterMs / 1000)) } };
}

function gatewayFailure({ status, code, message }: GatewayProblem): Answer {
  const requestId = randomUUID().toUpperCase();
  const headers = {
    "x-ca-request-id": requestId,
    "x-ca-error-code": code,
    "x-ca-error-message": headerText(message),
  };
  return { status, headers, body: "", code, requestId };
}

/** The message quotes the caller's input, so it must be made a valid header that a client will read. */
function headerText(message: string): string {
  const bytes = Buffer.from(message, "utf8").toString("latin1").slice(0, 4_096);
  return [...bytes].map((character) => (character < " " || character === "\u007f" ? " " : character)).join("");
}
