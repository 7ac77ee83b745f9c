import * as z from "zod/mini";
import type { Answer, Exchange, Refusal, Wire } from "./exchange.ts";
import type { CallWindow } from "./limits.ts";
import { hasEnded, type Phase } from "./task-state.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";
import { chinaTime, tencentFailure, type TencentProblem, tencentSuccess } from "./tencent-answer.ts";
import { checkTencentCaller, type TencentGate } from "./tencent-auth.ts";
import { readTencentCall, type TencentCall, type TencentParams } from "./tencent-call.ts";
import { type Filters, passes, readFilters } from "./tencent-filters.ts";

/**
 * Tencent ECM 2019-07-19 over HTTP: DescribeCustomImageTask and DescribeImage.
 * @see https://www.tencentcloud.com/document/product/1119/45725
 */

/** The answer for an unknown task. The document allows both. */
export type NotFoundAnswer = "null-set" | "error";

export interface TencentEcmOptions {
  readonly tasks: SandboxTasks;
  readonly gate: TencentGate;
  /** Limit per API, per second. */
  readonly calls: CallWindow;
  readonly callsPerSecond: number;
  readonly notFoundAs: () => NotFoundAnswer;
}

type Params = TencentParams;
type Content = Readonly<Record<string, unknown>>;

interface Operation {
  readonly params: readonly string[];
  /** Those of its parameters that are integers. */
  readonly integers: readonly string[];
  readonly run: (params: Params, options: TencentEcmOptions) => { content: Content } | TencentProblem;
}

const operations: Readonly<Record<string, Operation>> = {
  DescribeCustomImageTask: { params: ["Filters"], integers: [], run: describeCustomImageTask },
  DescribeImage: {
    params: ["Filters", "Offset", "Limit"],
    integers: ["Offset", "Limit"],
    run: describeImage,
  },
};

export function createTencentEcmWire(options: TencentEcmOptions): Wire {
  return {
    cloud: "tencent-ecm",
    apiOf: (exchange) => readTencentCall(exchange).action,
    paramsOf: (exchange) => readTencentCall(exchange).params ?? {},
    answer: (exchange, refusal) => answer(exchange, options, refusal),
    wrongShape: () => tencentSuccess({ ImageTaskSet: "none", ImageSet: { 0: null }, TotalCount: "many" }),
    serverError: (status) => ({ ...tencentFailure({ code: "InternalError", message: "Internal error." }), status }),
    imitate: (_exchange, { code, status = 200, message = "The request failed." }) => ({
      ...tencentFailure({ code, message }),
      status,
    }),
    tooLarge: () => tencentFailure({ code: "RequestSizeLimitExceeded", message: "The request is too large." }),
  };
}

function answer(exchange: Exchange, options: TencentEcmOptions, refusal: Refusal | undefined): Answer {
  const call = readTencentCall(exchange);
  const bad = requestProblem(exchange, call);
  if (bad !== undefined) return tencentFailure(bad);
  const caller = checkTencentCaller(exchange, options.gate);
  if ("code" in caller) return tencentFailure(caller);
  const { action, params } = call;
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined) return tencentFailure({ code: "InvalidAction", message: "The action is not found." });
  if (!options.calls.admit(action) || refusal?.kind === "throttle") return tencentFailure(throttled(options));
  if (refusal?.kind === "deny") return tencentFailure(denied(action));
  if (params === undefined) {
    return tencentFailure({ code: "InvalidParameter", message: "The parameters are not well formed." });
  }
  const unknown = Object.keys(params).find((name) => !operation.params.includes(name));
  if (unknown !== undefined) {
    return tencentFailure({ code: "UnknownParameter", message: `The parameter \`${unknown}\` is not recognized.` });
  }
  const result = operation.run(call.typed ? params : withIntegers(params, operation.integers), options);
  if ("code" in result) return tencentFailure(result);
  return tencentSuccess(result.content, `signed as ${caller.signedAs}`);
}

function requestProblem(exchange: Exchange, call: TencentCall): TencentProblem | undefined {
  return (
    formProblem(exchange, call) ??
    (call.version === "2019-07-19" ? undefined : { code: "NoSuchVersion", message: "There is no such version." }) ??
    (call.region === "" ? { code: "UnsupportedRegion", message: "The region is empty." } : undefined)
  );
}

/**
 * JSON requires TC3, and a posted form requires the older signature. With TC3, a GET must have the type of a form.
 * @see https://www.tencentcloud.com/document/product/267/37447
 */
function formProblem({ method, path, search, headers }: Exchange, call: TencentCall): TencentProblem | undefined {
  if (path !== "/" || (method !== "GET" && method !== "POST") || (method === "POST" && search !== "")) {
    return { code: "UnsupportedProtocol", message: "Only GET and POST to the root path are supported." };
  }
  if (call.signature === "V1") return undefined;
  const expected = method === "GET" ? "application/x-www-form-urlencoded" : "application/json";
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() === expected) return undefined;
  return { code: "UnsupportedProtocol", message: `The content type is not ${expected}.` };
}

function throttled({ callsPerSecond }: TencentEcmOptions): TencentProblem {
  const times = callsPerSecond + 1;
  const message = `Your current request times equals to \`${times}\` in a second, which exceeds the frequency limit \`${callsPerSecond}\` for a second.`;
  return { code: "RequestLimitExceeded", message };
}

function denied(action: string): TencentProblem {
  return { code: "AuthFailure.UnauthorizedOperation", message: `You are not authorized to perform ecm:${action}.` };
}

/** Every value of a query or form is text, which the API reads as the parameter's type. */
function withIntegers(params: Params, names: readonly string[]): Params {
  const read = (name: string, value: unknown) =>
    names.includes(name) && typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, read(name, value)]));
}

function describeCustomImageTask(params: Params, options: TencentEcmOptions): { content: Content } | TencentProblem {
  if (params["Filters"] === undefined) {
    return { code: "MissingParameter", message: "The request is missing a required parameter `Filters`." };
  }
  const filters = readFilters(params["Filters"], ["task-id", "image-id", "image-name"]);
  if ("code" in filters) return filters;
  if (!selectsSomething(filters)) {
    return { code: "InvalidParameterValue", message: "The value of `Filters` is empty." };
  }
  const found = candidates(options.tasks, filters).filter((view) => passes(view, filters));
  if (found.length > 0) return { content: { ImageTaskSet: found.map(taskRow), TotalCount: found.length } };
  if (options.notFoundAs() === "null-set") return { content: { ImageTaskSet: null, TotalCount: 0 } };
  return { code: "ResourceNotFound", message: "The resource does not exist." };
}

/**
 * ECM has no call that lists all import tasks, so filters without a value must not return them. Which error it answers
 * is not documented: this code is on the page of the action, and clients should not depend on it.
 */
function selectsSomething(filters: Filters): boolean {
  return filters.length > 0 && filters.every(({ Values }) => Values.some((value) => value !== ""));
}

/** Looks up by id when an id is requested, since one call per task must not scan all tasks. */
function candidates(tasks: SandboxTasks, filters: Filters): readonly TaskView[] {
  const ids = filters.find((filter) => filter.Name === "task-id")?.Values;
  if (ids === undefined) return tasks.visible("tencent-ecm");
  return [...new Set(ids)].flatMap((id) => tasks.find("tencent-ecm", id) ?? []);
}

function describeImage(params: Params, options: TencentEcmOptions): { content: Content } | TencentProblem {
  const offset = z
    .int()
    .check(z.nonnegative())
    .safeParse(params["Offset"] ?? 0);
  const limit = z
    .int()
    .check(z.positive(), z.maximum(100))
    .safeParse(params["Limit"] ?? 20);
  if (!offset.success) return { code: "InvalidParameterValue", message: "The value of `Offset` is not valid." };
  if (!limit.success) return { code: "InvalidParameterValue", message: "The value of `Limit` is not valid." };
  const filters = readFilters(params["Filters"] ?? [], ["image-id", "image-name", "image-type"]);
  if ("code" in filters) return filters;
  if (filters.some(({ Name, Values }) => Name === "image-name" && Values.length > 1)) {
    return { code: "InvalidParameterValue.FilterLimitExceeded", message: "The filter `image-name` takes one value." };
  }
  const images = options.tasks.visible("tencent-ecm").filter((view) => passes(view, filters));
  const page = images.slice(offset.data, offset.data + limit.data);
  return { content: { TotalCount: images.length, ImageSet: page.map(imageRow) } };
}

const states = {
  unborn: "PENDING",
  pending: "PENDING",
  paused: "PENDING",
  running: "PROCESSING",
  succeeded: "SUCCESS",
  "partly-failed": "FAILED",
  finished: "SUCCESS",
  failed: "FAILED",
  canceled: "FAILED",
  vanished: "FAILED",
} as const satisfies Record<Phase, string>;

/** A row has no id; only the filter that found it identifies the task. */
function taskRow({ task, state }: TaskView): Record<string, unknown> {
  return {
    State: states[state.phase],
    Message: messageOf({ task, state }),
    ImageName: task.imageName,
    CreateTime: chinaTime(task.createdAtMs),
  };
}

function messageOf({ task, state }: TaskView): string | null {
  const { ending } = task.plan;
  if (state.phase === "succeeded") return "success";
  if (!hasEnded(state.phase)) return null;
  return "message" in ending ? ending.message : "";
}

/** `TaskId` is set during the import and after a failure, and empty once the image is usable. */
function imageRow({ task, state }: TaskView): Record<string, unknown> {
  const imported = state.phase === "succeeded";
  const failed = states[state.phase] === "FAILED";
  return {
    ImageId: task.imageId,
    ImageName: task.imageName,
    ImageState: imported ? "NORMAL" : failed ? "IMPORT_FAILED" : "IMPORTING",
    ImageType: "PRIVATE_IMAGE",
    ImageSource: "EXTERNAL_IMPORT",
    ImageCreateTime: chinaTime(task.createdAtMs),
    TaskId: imported ? "" : task.nativeId,
  };
}
