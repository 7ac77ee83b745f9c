import { boundText } from "./bound-text.ts";
import type { Operation, Task, TaskFailure } from "./task.ts";

/** Keeps a task small enough for the ledger and the event bus, whatever the provider sends. Pure. */

/** The limit for a task as JSON in UTF-8, without its labels. The API limits those. */
export const maxTaskBytes = 48 * 1024;
/** Reserved for `truncated`, which grows while the rest shrinks. */
const truncatedBytes = 512;

/** How much of each text a task keeps, in UTF-16 code units. */
export const longest = { word: 100, code: 128, message: 1000, name: 300, requestId: 128, time: 64 };
/** For the messages of operations in a task that is still too large. */
const shortMessage = 200;
export const maxOperations = 100;
export const maxRelated = 20;

/**
 * Returns the task within its limits and adds the names of cut members to `truncated`. A task within its limits is
 * unchanged, so applying this twice has no further effect.
 */
export function boundTask(task: Task): Task {
  const cuts = new Set(task.truncated);
  const slim = boundTexts({ ...task, operations: [] }, cuts);
  // Without operations, the bounded texts alone are small enough.
  const operations = task.operations.length === 0 ? [] : boundOperations(task.operations, roomBeside(slim), cuts);
  return { ...slim, operations, truncated: [...cuts].toSorted() };
}

function roomBeside(slim: Task): number {
  return maxTaskBytes - truncatedBytes - bytesOf({ ...slim, labels: {}, truncated: [] });
}

function boundTexts(task: Task, cuts: Set<string>): Task {
  const { error, resource, nativeTimes, requestId, statusReason } = task;
  const cut = (member: string, text: string, max: number) => boundText(text, max, () => cuts.add(member));
  const cutOptional = (member: string, text: string | null, max: number) => text && cut(member, text, max);
  return {
    ...task,
    nativeAction: cut("nativeAction", task.nativeAction, longest.word),
    nativeStatus: cut("nativeStatus", task.nativeStatus, longest.word),
    statusReason: cutOptional("statusReason", statusReason, longest.message),
    error: error && boundFailure(error, longest.message, () => cuts.add("error")),
    resource: resource && {
      ...resource,
      id: cutOptional("resource.id", resource.id, longest.name),
      name: cutOptional("resource.name", resource.name, longest.name),
    },
    nativeTimes: {
      ...nativeTimes,
      createdAt: cutOptional("nativeTimes.createdAt", nativeTimes.createdAt, longest.time),
      finishedAt: cutOptional("nativeTimes.finishedAt", nativeTimes.finishedAt, longest.time),
    },
    requestId: cutOptional("requestId", requestId, longest.requestId),
  };
}

function boundFailure({ code, message }: TaskFailure, maxMessage: number, onCut: () => void): TaskFailure {
  return { code: boundText(code, longest.code, onCut), message: boundText(message, maxMessage, onCut) };
}

/** At most `maxOperations`, in their order. Failed ones have priority. */
export function firstOperations(operations: readonly Operation[]): readonly Operation[] {
  return operations.length <= maxOperations
    ? operations
    : keepFailedFirst(operations, (_, count) => count <= maxOperations);
}

/**
 * Drops the least informative parts first: related items, then the ends of messages, then operations that did not fail.
 */
function boundOperations(operations: readonly Operation[], roomBytes: number, cuts: Set<string>): readonly Operation[] {
  let kept: readonly Operation[] = firstOperations(operations).map((operation) =>
    boundOperation(operation, longest.message, cuts),
  );
  if (bytesOf(kept) > roomBytes) kept = kept.map((operation) => withoutRelated(operation, cuts));
  if (bytesOf(kept) > roomBytes) kept = kept.map((operation) => boundOperation(operation, shortMessage, cuts));
  if (bytesOf(kept) > roomBytes) {
    let usedBytes = bytesOf([]);
    kept = keepFailedFirst(kept, (operation) => (usedBytes += bytesOf(operation) + 1) <= roomBytes);
  }
  if (kept.length < operations.length) cuts.add("operations");
  return kept;
}

/** The operations that fit, in their original order. Failed ones have priority. */
function keepFailedFirst(
  operations: readonly Operation[],
  fits: (operation: Operation, count: number) => boolean,
): readonly Operation[] {
  const kept = new Set<number>();
  const keep = (): readonly Operation[] => operations.filter((_, index) => kept.has(index));
  for (const isTurnOfFailed of [true, false]) {
    for (const [index, operation] of operations.entries()) {
      if ((operation.status === "failed") !== isTurnOfFailed) continue;
      if (!fits(operation, kept.size + 1)) return keep();
      kept.add(index);
    }
  }
  return operations;
}

function boundOperation(operation: Operation, maxMessage: number, cuts: Set<string>): Operation {
  const { nativeStatus, error, warning, related } = operation;
  return {
    ...operation,
    nativeStatus: boundText(nativeStatus, longest.word, () => cuts.add("operations.nativeStatus")),
    error: error && boundFailure(error, maxMessage, () => cuts.add("operations.error")),
    warning: warning && boundFailure(warning, maxMessage, () => cuts.add("operations.warning")),
    related: boundRelated(related, () => cuts.add("operations.related")),
  };
}

function boundRelated(related: Operation["related"], onCut: () => void): Operation["related"] {
  const entries = Object.entries(related);
  if (entries.length > maxRelated) onCut();
  const bounded = entries
    .slice(0, maxRelated)
    .map((entry) => entry.map((text) => boundText(text, longest.name, onCut)));
  return Object.fromEntries(bounded);
}

function withoutRelated(operation: Operation, cuts: Set<string>): Operation {
  if (Object.keys(operation.related).length > 0) cuts.add("operations.related");
  return { ...operation, related: {} };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
