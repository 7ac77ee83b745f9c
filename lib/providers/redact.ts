import { firstOperations, longest } from "../domain/bound-task.ts";
import { boundText } from "../domain/bound-text.ts";
import { ProviderError } from "../domain/errors.ts";
import type { Operation, Task, TaskFailure } from "../domain/task.ts";
import type { Caller } from "../transport/call.ts";
import { errorText, withoutCredentials } from "./shared/redaction.ts";

/** What every text of a provider passes before any other code sees it, whichever cloud it is from. */

/**
 * Makes every text of a provider in a task plain and removes credentials from it, whatever the adapter has done. Members
 * that other code reads by their form are checked instead: an id must already be exact, and a time becomes `null` unless
 * it is RFC 3339 UTC. Operations beyond those that a task keeps are dropped before they are read, and told.
 */
export function redactTask(task: Task): Task {
  const { error, nativeTimes, resource } = task;
  const operations = firstOperations(task.operations);
  return {
    ...task,
    nativeAction: withoutCredentials(task.nativeAction, longest.word),
    nativeStatus: withoutCredentials(task.nativeStatus, longest.word),
    statusReason: optional(task.statusReason, longest.message),
    error: error && redactFailure(error),
    resource: resource && {
      ...resource,
      id: optional(resource.id, longest.name),
      name: optional(resource.name, longest.name),
    },
    createdAt: exactTime(task.createdAt),
    finishedAt: exactTime(task.finishedAt),
    nativeTimes: {
      ...nativeTimes,
      createdAt: optional(nativeTimes.createdAt, longest.time),
      finishedAt: optional(nativeTimes.finishedAt, longest.time),
    },
    requestId: optional(task.requestId, longest.requestId),
    operations: operations.map(redactOperation),
    truncated: operations.length < task.operations.length ? [...task.truncated, "operations"] : task.truncated,
  };
}

/** Why a row cannot be read or an id cannot be resolved. */
export function redactReason(reason: string): string {
  return boundText(withoutCredentials(reason, longest.message), longest.message);
}

/** A caller whose refusals quote no credential, although the adapter may pass on the provider's own words. */
export function redactRefusals(call: Caller): Caller {
  return ({ api, safeToRepeat, ...steps }, signal) =>
    call(
      {
        api,
        safeToRepeat,
        sign: (attempt) => steps.sign(attempt),
        read(response) {
          try {
            return steps.read(response);
          } catch (error) {
            throw error instanceof ProviderError ? withTexts(error, errorText(error.message, longest.message)) : error;
          }
        },
      },
      signal,
    );
}

/**
 * Keeps the words of an error that an adapter wrote itself, which may name a secret's place, and only bounds them. Its
 * code and request id are the provider's, wherever the adapter has found the error.
 */
export function boundError(error: ProviderError): ProviderError {
  return withTexts(error, boundText(error.message, longest.message));
}

/** The same error if its texts are already clean. */
function withTexts(error: ProviderError, message: string): ProviderError {
  const code = error.code === null ? null : errorText(error.code, longest.code);
  const requestId = error.requestId === null ? null : errorText(error.requestId, longest.requestId);
  if (message === error.message && code === error.code && requestId === error.requestId) return error;
  const { kind, retry, scope, retryAfterMs, serverTimeMs, cause } = error;
  return new ProviderError(kind, message, { code, requestId, retry, scope, retryAfterMs, serverTimeMs, cause });
}

function optional(text: string | null, kept: number): string | null {
  return text === null ? null : withoutCredentials(text, kept);
}

function redactFailure({ code, message }: TaskFailure): TaskFailure {
  return { code: withoutCredentials(code, longest.code), message: withoutCredentials(message, longest.message) };
}

function redactOperation(operation: Operation): Operation {
  const { error, warning, related } = operation;
  const items = Object.entries(related).map((item) => item.map((text) => withoutCredentials(text, longest.name)));
  return {
    ...operation,
    nativeStatus: withoutCredentials(operation.nativeStatus, longest.word),
    error: error && redactFailure(error),
    warning: warning && redactFailure(warning),
    related: Object.fromEntries(items),
  };
}

function exactTime(time: string | null): string | null {
  return time !== null && /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/.test(time) && !Number.isNaN(Date.parse(time)) ? time : null;
}
