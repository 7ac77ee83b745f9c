import { randomUUID } from "node:crypto";
import { rpcParams } from "./alibaba-ecs-auth.ts";
import type { EcsProblem } from "./ecs-errors.ts";
import type { Answer, Exchange } from "./exchange.ts";

/** The format of an ECS answer: JSON on request, XML otherwise. */

export interface Body {
  readonly [name: string]: unknown;
}

/** Without `accept: application/json` or `Format=JSON`, in a query or a form, the API answers in XML. */
export function wantsJson(exchange: Exchange): boolean {
  const format = rpcParams(exchange).get("Format");
  if (format !== undefined) return format.toUpperCase() === "JSON";
  return (exchange.headers["accept"] ?? "").includes("application/json");
}

export function ecsSuccess(body: Body, options: { json: boolean; root: string }): Answer {
  const requestId = newRequestId();
  const content = { RequestId: requestId, ...body };
  return write(content, { ...options, requestId, status: 200, code: null });
}

export function ecsFailure(
  problem: EcsProblem,
  options: { json: boolean; headers?: Readonly<Record<string, string>> },
): Answer {
  const requestId = newRequestId();
  const content = {
    RequestId: requestId,
    HostId: "ecs.aliyuncs.com",
    Code: problem.code,
    Message: problem.message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(problem.code)}&product=Ecs`,
  };
  const { status, code } = problem;
  const answer = write(content, { json: options.json, root: "Error", requestId, status, code });
  return { ...answer, headers: { ...answer.headers, ...options.headers } };
}

function write(
  content: Body,
  options: { json: boolean; root: string; requestId: string; status: number; code: string | null },
): Answer {
  const { json, root, requestId, status, code } = options;
  const type = json ? "application/json;charset=utf-8" : "text/xml;charset=utf-8";
  const body = json ? JSON.stringify(content) : `<?xml version="1.0" encoding="UTF-8"?>${xml(root, content)}`;
  return { status, headers: { "content-type": type, "x-acs-request-id": requestId }, body, code, requestId };
}

function xml(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((entry) => xml(name, entry)).join("");
  if (typeof value === "object" && value !== null) {
    const inner = Object.entries(value).map(([key, entry]) => xml(key, entry));
    return `<${name}>${inner.join("")}</${name}>`;
  }
  const text = String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${name}>${text}</${name}>`;
}

function newRequestId(): string {
  return randomUUID().toUpperCase();
}
