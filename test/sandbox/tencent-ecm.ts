import * as z from "zod/mini";
import type { Answer, Exchange, Refusal, Wire } from "./exchange.ts";
import type { CallWindow } from "./limits.ts";
import { hasEnded, type Phase } from "./task-state.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";
import { chinaTime, tencentFailure, type TencentProblem, tencentSuccess } from "./tencent-answer.ts";
import { checkTencentCaller, type TencentGate } from "./tencent-auth.ts";
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

type Params = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, unknown>>;

interface Operation {
  readonly params: readonly string[];
  readonly run: (params: Params, options: TencentEcmOptions) => { content: Content } | TencentProblem;
}

const operations: Readonly<Record<string, Operation>> = {
  DescribeCustomImageTask: { params: ["Filters"], run: describeCustomImageTask },
  DescribeImage: { params: ["Filters", "Offset", "Limit"], run: describeImage },
};

export function createTencentEcmWire(options: TencentEcmOptions): Wire {
  return {
    cloud: "tencent-ecm",
    apiOf: (exchange) => exchange.headers["x-tc-action"] ?? "",
    paramsOf: (exchange) => readBody(exchange) ?? {},
    answer: (exchange, refusal) => answer(exchange, options, refusal),
    wrongShape: () => tencentSuccess({ ImageTaskSet: "none", ImageSet: { 0: null }, TotalCount: "many" }),
    serverError: (status) => ({ ...tencentFailure({ code: "InternalError", message: "Internal error." }), status }),
    tooLarge: () => tencentFailure({ code: "RequestSizeLimitExceeded", message: "The request is too large." }),
  };
}

function answer(exchange: Exchange, options: TencentEcmOptions, refusal: Refusal | undefined): Answer {
  const bad = requestProblem(exchange);
  if (bad !== undefined) return tencentFailure(bad);
  const caller = checkTencentCaller(exchange, options.gate);
  if ("code" in caller) return tencentFailure(caller);
  const action = exchange.headers["x-tc-action"] ?? "";
  const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (operation === undefined) return tencentFailure({ code: "InvalidAction", message: "The action is not found." });
  if (!options.calls.admit(action) || refusal?.kind === "throttle") return tencentFailure(throttled(options));
  if (refusal?.kind === "deny") return tencentFailure(denied(action));
  const params = readBody(exchange);
  if (params === undefined) return tencentFailure({ code: "InvalidParameter", message: "The body is not valid JSON." });
  const unknown = Object.keys(params).find((name) => !operation.params.includes(name));
  if (unknown !== undefined) {
    return tencentFailure({ code: "UnknownParameter", message: `The parameter \`${unknown}\` is not recognized.` });
  }
  const result = operation.run(params, options);
  if ("code" in result) return tencentFailure(result);
  return tencentSuccess(result.content, `signed as ${caller.signedAs}`);
}

function requestProblem(exchange: Exchange): TencentProblem | undefined {
  const { headers } = exchange;
  if (exchange.method !== "POST" || exchange.path !== "/" || exchange.search !== "") {
    return { code: "UnsupportedProtocol", message: "Only POST of JSON to the root path is supported." };
  }
  if (!/^application\/json\s*(;|$)/.test(headers["content-type"] ?? "")) {
    return { code: "UnsupportedProtocol", message: "The content type is not JSON." };
  }
  if (headers["x-tc-version"] !== "2019-07-19") return { code: "NoSuchVersion", message: "There is no such version." };
  if (headers["x-tc-region"] === "") return { code: "UnsupportedRegion", message: "The region is empty." };
  return undefined;
}

function throttled({ callsPerSecond }: TencentEcmOptions): TencentProblem {
  const times = callsPerSecond + 1;
  const message = `Your current request times equals to \`${times}\` in a second, which exceeds the frequency limit \`${callsPerSecond}\` for a second.`;
  return { code: "RequestLimitExceeded", message };
}

function denied(action: string): TencentProblem {
  return { code: "AuthFailure.UnauthorizedOperation", message: `You are not authorized to perform ecm:${action}.` };
}

function readBody(exchange: Exchange): Params | undefined {
  try {
    const body: unknown = JSON.parse(exchange.body.toString("utf8"));
    const parsed = z.record(z.string(), z.unknown()).safeParse(body);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function describeCustomImageTask(params: Params, options: TencentEcmOptions): { content: Content } | TencentProblem {
  if (params["Filters"] === undefined) {
    return { code: "MissingParameter", message: "The request is missing a required parameter `Filters`." };
  }
  const filters = readFilters(params["Filters"], ["task-id", "image-id", "image-name"]);
  if ("code" in filters) return filters;
  const found = candidates(options.tasks, filters).filter((view) => passes(view, filters));
  if (found.length > 0) return { content: { ImageTaskSet: found.map(taskRow), TotalCount: found.length } };
  if (options.notFoundAs() === "null-set") return { content: { ImageTaskSet: null, TotalCount: 0 } };
  return { code: "ResourceNotFound", message: "The resource does not exist." };
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
