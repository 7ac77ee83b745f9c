import { createHash } from "node:crypto";
import type { Task } from "../domain/task.ts";

/** A strong validator: equal tags mean equal bytes. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function entityTag(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/**
 * A weak validator: equal tags mean that the tasks are in the same state, although each observation has its own time and
 * request id. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
 */
export function taskEntityTag(task: Task): string {
  return weak(withoutObservation(task));
}

interface List {
  readonly tasks: readonly Task[];
  readonly errors: readonly { readonly requestId: string | null }[];
}

/** `taskEntityTag` for a page of tasks. */
export function listEntityTag(list: List): string {
  const errors = list.errors.map(({ requestId: _requestId, ...error }) => error);
  return weak({ ...list, tasks: list.tasks.map(withoutObservation), errors });
}

function withoutObservation({ observedAt: _observedAt, requestId: _requestId, ...state }: Task): unknown {
  return state;
}

function weak(compared: unknown): string {
  return `W/${entityTag(JSON.stringify(compared))}`;
}

/** Compares weakly, as `If-None-Match` requires. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
export function matchesEntityTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((one) => opaqueTag(one.trim()) === opaqueTag(tag));
}

function opaqueTag(tag: string): string {
  return tag.replace(/^W\//, "");
}
