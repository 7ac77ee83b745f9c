import type { Transport, WireRequest } from "../../lib/transport/call.ts";
import type { Delivered, HostileCase } from "./observation.ts";

/** A list that asks more often than this does not end. */
const mostListCalls = 60;

export class EndlessListError extends Error {
  override readonly name = "EndlessListError";
}

/** Answers with the case's answers in order, and adds each to `delivered`. */
export function hostileTransport(hostile: HostileCase, delivered: Delivered[]): Transport {
  const calls = { list: 0, detail: 0 };
  return async (request) => {
    const kind = kindOf(request);
    calls[kind] += 1;
    if (kind === "list" && calls.list > mostListCalls) throw new EndlessListError(`more than ${mostListCalls} pages`);
    const response = hostile[kind][Math.min(calls[kind], hostile[kind].length) - 1];
    if (response === undefined) throw new Error(`the case has no ${kind}`);
    delivered.push({ kind, response, filter: filterOf(request) });
    return response;
  };
}

function kindOf({ headers, url }: WireRequest): Delivered["kind"] {
  const api = headers["x-acs-action"] ?? headers["x-tc-action"] ?? url.pathname;
  return /DescribeTasks$|DescribeImage$/.test(api) ? "list" : "detail";
}

function filterOf({ body, headers }: WireRequest): string | null {
  if (headers["x-tc-action"] !== "DescribeCustomImageTask") return null;
  const [, name, value] = /"Name":"([^"]*)","Values":\["([^"]*)"\]/.exec(body) ?? [];
  return name === "image-name" ? `image-name:${value}` : (value ?? null);
}
