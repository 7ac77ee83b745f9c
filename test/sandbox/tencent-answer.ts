import { randomUUID } from "node:crypto";
import type { Answer } from "./exchange.ts";

export interface TencentProblem {
  readonly code: string;
  readonly message: string;
}

/** Errors also come with status 200; only `Response.Error` identifies them. */
export function tencentFailure(problem: TencentProblem): Answer {
  const requestId = randomUUID();
  const content = { Response: { Error: { Code: problem.code, Message: problem.message }, RequestId: requestId } };
  return write(content, { requestId, code: problem.code });
}

export function tencentSuccess(content: Readonly<Record<string, unknown>>, note?: string): Answer {
  const requestId = randomUUID();
  const answer = write({ Response: { ...content, RequestId: requestId } }, { requestId, code: null });
  return note === undefined ? answer : { ...answer, note };
}

function write(content: unknown, about: { requestId: string; code: string | null }): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
    ...about,
  };
}

/** In China Standard Time without a zone, like the published examples. */
export function chinaTime(epochMs: number): string {
  return new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}
