import { ecsFailure, ecsSuccess, wantsJson } from "./alibaba-ecs-answer.ts";
import { type AlibabaGate, refuseEcsCaller, rpcParams, signedName } from "./alibaba-ecs-auth.ts";
import { ecsProblem, type EcsProblem, imitatedEcsProblem, isProblem, missingParameter } from "./ecs-errors.ts";
import { evidenceOf } from "./ecs-task-detail.ts";
import { ecsStatusWord, findTasks, minuteTime, readRegion, readTaskQuery, type TaskSource } from "./ecs-task-query.ts";
import type { Answer, Exchange, Refusal, Wire } from "./exchange.ts";
import type { CallWindow } from "./limits.ts";
import { hasEnded } from "./task-state.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";

/**
 * Alibaba ECS 2014-05-26 over HTTP: DescribeTasks, DescribeTaskAttribute, CancelTask.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetasks
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetaskattribute
 */

export interface AlibabaEcsOptions {
  readonly tasks: SandboxTasks;
  readonly regions: readonly string[];
  readonly gate: AlibabaGate;
  /** Limit per API and region, per calendar minute. */
  readonly calls: CallWindow;
}

type Params = ReadonlyMap<string, string>;
type Operation = (params: Params, options: AlibabaEcsOptions) => Record<string, unknown> | EcsProblem;

const operations: Readonly<Record<string, Operation>> = {
  DescribeTasks: describeTasks,
  DescribeTaskAttribute: describeTaskAttribute,
  CancelTask: cancelTask,
};

const secretParams = new Set(["Signature", "SecurityToken", "AccessKeyId", "SignatureNonce"]);

export function createAlibabaEcsWire(options: AlibabaEcsOptions): Wire {
  return {
    cloud: "alibaba-ecs",
    apiOf,
    paramsOf: (exchange) => Object.fromEntries([...rpcParams(exchange)].filter(([name]) => !secretParams.has(name))),
    answer: (exchange, refusal) => answer(exchange, options, refusal),
    wrongShape: () => ecsSuccess({ TaskSet: { Task: "none" }, TotalCount: "many" }, { json: true, root: "Response" }),
    serverError: (status) =>
      ecsFailure({ ...ecsProblem(status === 500 ? "InternalError" : "ServiceUnavailable"), status }, { json: true }),
    imitate: (exchange, error) => ecsFailure(imitatedEcsProblem(error), { json: wantsJson(exchange) }),
    tooLarge: () => ecsFailure({ ...ecsProblem("InvalidParameter"), status: 413 }, { json: true }),
  };
}

function apiOf(exchange: Exchange): string {
  return signedName(exchange, "Action") ?? "";
}

function answer(exchange: Exchange, options: AlibabaEcsOptions, refusal: Refusal | undefined): Answer {
  const json = wantsJson(exchange);
  const problem = refuseRequest(exchange) ?? refuseEcsCaller(exchange, options.gate);
  if (problem !== undefined) return ecsFailure(problem, { json });
  const action = apiOf(exchange);
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined) return ecsFailure(ecsProblem("InvalidAction"), { json });
  const params = paramsRead(exchange);
  const admitted = options.calls.admit(`${action} ${params.get("RegionId")}`);
  if (refusal?.kind === "throttle" || !admitted)
    return ecsFailure(ecsProblem("Throttling.User"), throttle(json, refusal));
  if (refusal?.kind === "deny") return ecsFailure(ecsProblem("Forbidden.RAM"), { json });
  const result = operation(params, options);
  return isProblem(result) ? ecsFailure(result, { json }) : ecsSuccess(result, { json, root: `${action}Response` });
}

/** `x-acs-retry-after` is in milliseconds. */
function throttle(json: boolean, refusal: Refusal | undefined) {
  const retryAfterMs = refusal?.kind === "throttle" ? refusal.retryAfterMs : undefined;
  return { json, headers: retryAfterMs === undefined ? {} : { "x-acs-retry-after": String(retryAfterMs) } };
}

function refuseRequest(exchange: Exchange): EcsProblem | undefined {
  if (exchange.method !== "GET" && exchange.method !== "POST") return ecsProblem("InvalidAction");
  if (exchange.path !== "/") return ecsProblem("InvalidAction");
  return signedName(exchange, "Version") === "2014-05-26" ? undefined : ecsProblem("InvalidVersion");
}

/** In the current signature, all parameters of these APIs are in the query. A body is signed but not read. */
function paramsRead(exchange: Exchange): Params {
  if (exchange.headers["authorization"] === undefined) return rpcParams(exchange);
  return new Map(new URLSearchParams(exchange.search));
}

function describeTasks(params: Params, options: AlibabaEcsOptions): Record<string, unknown> | EcsProblem {
  const filterWords = ["Finished", "Processing", "Failed"];
  const query = readTaskQuery(params, { regions: options.regions, filterWords });
  if (isProblem(query)) return query;
  const source: TaskSource = { tasks: options.tasks, cloud: "alibaba-ecs", statusWord };
  const { total, rows } = findTasks(source, query);
  return {
    RegionId: query.region,
    PageNumber: query.pageNumber,
    PageSize: query.pageSize,
    TotalCount: total,
    TaskSet: { Task: rows.map((view) => ({ ...commonFields(view), ResourceId: view.task.imageId })) },
  };
}

function describeTaskAttribute(params: Params, options: AlibabaEcsOptions): Record<string, unknown> | EcsProblem {
  const view = findTask(params, options);
  if ("code" in view) return view;
  const { state, task } = view;
  return {
    ...commonFields(view),
    RegionId: task.region,
    TaskProcess: `${state.percent}%`,
    ...evidenceOf(view),
  };
}

function cancelTask(params: Params, options: AlibabaEcsOptions): Record<string, unknown> | EcsProblem {
  const view = findTask(params, options);
  if ("code" in view) return view;
  const { task, state } = view;
  if (!isImageTask(view)) return ecsProblem("InvalidTaskId.TaskActionNotSupport");
  const asked = task.cancelRequestedAtMs !== null;
  if (hasEnded(state.phase) || asked) return ecsProblem("InvalidTaskId.IncorrectTaskStatus");
  if (task.plan.cancelable === false) return ecsProblem("CancelTaskFailed");
  options.tasks.requestCancel("alibaba-ecs", task.nativeId);
  return {};
}

function findTask(params: Params, options: AlibabaEcsOptions): TaskView | EcsProblem {
  const region = readRegion(params, options.regions);
  if (typeof region !== "string") return region;
  const taskId = params.get("TaskId");
  if (!taskId) return missingParameter("TaskId");
  const view = options.tasks.find("alibaba-ecs", taskId);
  return view?.task.region === region ? view : ecsProblem("InvalidTaskId.NotFound");
}

function commonFields(view: TaskView): Record<string, unknown> {
  const { task, state } = view;
  const cancelable = isImageTask(view) && !hasEnded(state.phase) && task.plan.cancelable !== false;
  return {
    TaskId: task.nativeId,
    TaskAction: task.action,
    TaskStatus: statusWord(view),
    SupportCancel: String(cancelable),
    CreationTime: minuteTime(task.createdAtMs),
    ...(state.endedAtMs === null ? {} : { FinishedTime: minuteTime(state.endedAtMs) }),
  };
}

function isImageTask({ task }: TaskView): boolean {
  return task.action === "ImportImage" || task.action === "ExportImage";
}

/** `Waiting` appears in older documents only. */
function statusWord(view: TaskView): string {
  return ecsStatusWord(view, "Waiting");
}
