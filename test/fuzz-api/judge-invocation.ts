import * as z from "zod/mini";
import type { JsonObject } from "../../lib/openapi/json.ts";
import { createContract } from "../contract/check-response.ts";
import { invoked } from "./hostile-event.ts";
import type { Invocation } from "./hostile-event.ts";

/** What is wrong with a function's answer to an event, whatever the event was. */
export type InvocationJudge = (invocation: Invocation, answer: unknown) => string[];

/** The most that a function may answer. */
const maxAnswerBytes = 6_291_556;
const maxProblemBytes = 16 * 1024;

const Answer = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.optional(z.string()),
});

const ClaimsHead = z.looseObject({
  requestContext: z.looseObject({ http: z.looseObject({ method: z.literal("HEAD") }) }),
});

export function createInvocationJudge(document: JsonObject, secrets: readonly string[]): InvocationJudge {
  const contract = createContract(document);
  return ({ name, event }, given) => {
    const parsed = Answer.safeParse(given);
    if (!parsed.success) return ["the answer is not one of HTTP"];
    const { statusCode: status, headers, body = "" } = parsed.data;
    const { method, path } = invoked[name];
    // The event may say HEAD to any function, and the contract has that method only beside GET.
    const isHead = body === "" && ClaimsHead.safeParse(event).success;
    const asked = { method: isHead ? "HEAD" : method, path: path.replace("{id}", "a:b:c") };
    const isDocumented = !isHead || method === "GET";
    const findings = isDocumented ? contract.findingsIn({ ...asked, status, headers, body }) : [];
    const text = JSON.stringify(given);
    return [
      ...findings.map(({ what }) => what),
      ...(status >= 500 ? [`the status ${status}`] : []),
      ...(status >= 400 && body.length > 0 && problemBytes(body) > maxProblemBytes ? ["the problem is too large"] : []),
      ...(Buffer.byteLength(text) >= maxAnswerBytes ? ["the answer is too large"] : []),
      ...(/\\n? {2,}at \S+|\.m?[jt]s:\d+|node_modules|file:\/\//.test(body) ? ["a stack is in the answer"] : []),
      ...(secrets.some((secret) => text.includes(secret)) ? ["a secret is in the answer"] : []),
    ];
  };
}

/** A task has a bound of its own. */
function problemBytes(body: string): number {
  const { task: _task, ...problem } = z.looseObject({}).parse(JSON.parse(body));
  return Buffer.byteLength(JSON.stringify(problem));
}
