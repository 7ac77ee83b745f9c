import { inspect } from "node:util";
import type { NativeTask } from "../../lib/domain/provider.ts";
import { isPlainObject } from "./observation.ts";
import type { Property } from "./properties.ts";
import { normalizerSubjects, trueNormalizers } from "./subjects.ts";
import type { Normalizers } from "./subjects.ts";
import { trueWires, twoWiresSubject } from "./two-wires.ts";
import type { EcsWire, TwoWires } from "./two-wires.ts";

/** Adapters that are wrong on purpose. A fuzzer that does not find each of them proves nothing. */
export interface KnownBad {
  readonly name: string;
  readonly foundAs: Property;
  readonly normalizers: Normalizers;
  /** Given: the two wires are fuzzed instead of the normalizers. */
  readonly wires?: TwoWires;
}

export const knownBad: readonly KnownBad[] = [
  {
    name: "unknown-is-done",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, readImageTask: unknownIsDone },
  },
  {
    name: "finished-is-success",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, normalizeTaskAttribute: finishedIsSuccess },
  },
  {
    name: "only-failed-is-a-failure",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, normalizeTaskAttribute: onlyFailedIsAFailure },
  },
  {
    name: "forgets-the-total",
    foundAs: "no-missed-ending",
    normalizers: { ...trueNormalizers, normalizeTaskAttribute: forgetsTheTotal },
  },
  {
    name: "finished-needs-no-proof",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, normalizePage: finishedNeedsNoProof },
  },
  {
    name: "all-or-nothing",
    foundAs: "partial-as-told",
    normalizers: { ...trueNormalizers, normalizePage: allOrNothing },
  },
  {
    name: "sounds-like-an-import",
    foundAs: "action-decides",
    normalizers: { ...trueNormalizers, normalizeTaskList: soundsLikeAnImport },
  },
  { name: "crash-on-null", foundAs: "no-crash", normalizers: { ...trueNormalizers, normalizeTaskList: crashOnNull } },
  { name: "drops-odd-rows", foundAs: "rows-kept", normalizers: { ...trueNormalizers, normalizePage: dropsOddRows } },
  { name: "says-too-much", foundAs: "no-secret", normalizers: { ...trueNormalizers, normalizeTaskList: saysTooMuch } },
  {
    name: "last-item-wins",
    foundAs: "wires-agree",
    normalizers: trueNormalizers,
    wires: { ...trueWires, gateway: (envelope) => lastItemWins(trueWires.gateway(envelope)) },
  },
  {
    name: "percent-is-text",
    foundAs: "wires-agree",
    normalizers: trueNormalizers,
    wires: { ...trueWires, gateway: (envelope) => percentIsText(trueWires.gateway(envelope)) },
  },
  {
    name: "row-is-lost",
    foundAs: "wires-agree",
    normalizers: trueNormalizers,
    wires: { ...trueWires, gateway: (envelope) => rowIsLost(trueWires.gateway(envelope)) },
  },
];

export function subjectsOf({ normalizers, wires }: KnownBad) {
  return wires === undefined ? normalizerSubjects(normalizers) : [twoWiresSubject(wires)];
}

/** A state that nobody has heard of will surely mean that it has ended. */
function unknownIsDone(
  ...[row, context]: Parameters<Normalizers["readImageTask"]>
): ReturnType<Normalizers["readImageTask"]> {
  const reading = trueNormalizers.readImageTask(row, context);
  if (!("task" in reading) || reading.task.status !== "unknown") return reading;
  return { task: { ...reading.task, status: "succeeded" } };
}

/** Finished is Finished: no need to look at what failed. */
function finishedIsSuccess(...[payload, context]: Parameters<Normalizers["normalizeTaskAttribute"]>) {
  const task = trueNormalizers.normalizeTaskAttribute(payload, context);
  if (task.nativeStatus !== "Finished") return task;
  return { ...task, status: "succeeded", partial: false, error: null } as const;
}

/** The one word for a failure is Failed. */
function onlyFailedIsAFailure(...[payload, context]: Parameters<Normalizers["normalizeTaskAttribute"]>) {
  const set = isPlainObject(payload) ? payload["OperationProgressSet"] : undefined;
  const operations: unknown = isPlainObject(set) ? set["OperationProgress"] : undefined;
  if (!isPlainObject(payload) || !Array.isArray(operations)) {
    return trueNormalizers.normalizeTaskAttribute(payload, context);
  }
  const read = operations.filter(isPlainObject).map((one) => {
    const known = typeof one["OperationStatus"] === "string" && /^(failed|success)$/i.test(one["OperationStatus"]);
    return known ? one : { ...one, OperationStatus: "Success" };
  });
  const reread = { ...payload, OperationProgressSet: { OperationProgress: read } };
  return trueNormalizers.normalizeTaskAttribute(reread, context);
}

/** What has failed is counted: no need to compare the other two. */
function forgetsTheTotal(...[payload, context]: Parameters<Normalizers["normalizeTaskAttribute"]>) {
  const uncounted = isPlainObject(payload) ? { ...payload, TotalCount: undefined } : payload;
  return trueNormalizers.normalizeTaskAttribute(uncounted, context);
}

/** A gateway that gives no counts means that all went well. */
function finishedNeedsNoProof(...[opened, context]: Parameters<Normalizers["normalizePage"]>) {
  const page = trueNormalizers.normalizePage(opened, context);
  const sightings = page.sightings.map(({ task, needsDetail }) => {
    const bare = task.nativeStatus === "Finished" && task.status === "unknown" && task.operations.length === 0;
    return { needsDetail, task: bare ? ({ ...task, status: "succeeded", done: true } as const) : task };
  });
  return { ...page, sightings };
}

/** What has failed has failed. */
function allOrNothing(...[opened, context]: Parameters<Normalizers["normalizePage"]>) {
  const page = trueNormalizers.normalizePage(opened, context);
  return {
    ...page,
    sightings: page.sightings.map((one) => ({ ...one, task: { ...one.task, partial: false } })),
  };
}

/** Import-Image will be ImportImage. */
function soundsLikeAnImport(...[payload, context]: Parameters<Normalizers["normalizeTaskList"]>) {
  const list = trueNormalizers.normalizeTaskList(payload, context);
  const sightings = list.sightings.map((one) =>
    /import.image/i.test(one.task.nativeAction)
      ? { ...one, task: { ...one.task, action: "import-image" } as const }
      : one,
  );
  return { ...list, sightings };
}

/** Every row is an object: the page says so. */
function crashOnNull(...[payload, context]: Parameters<Normalizers["normalizeTaskList"]>) {
  const set = isPlainObject(payload) ? payload["TaskSet"] : undefined;
  const rows: unknown = isPlainObject(set) ? set["Task"] : undefined;
  if (Array.isArray(rows)) rows.map((row: { TaskId?: unknown }) => row.TaskId);
  return trueNormalizers.normalizeTaskList(payload, context);
}

/** What cannot be read is of no use to anybody. */
function dropsOddRows(...[opened, context]: Parameters<Normalizers["normalizePage"]>) {
  return { ...trueNormalizers.normalizePage(opened, context), unreadable: [] };
}

/** An error is the more helpful the more it tells. */
function saysTooMuch(...[payload, context]: Parameters<Normalizers["normalizeTaskList"]>) {
  const list = trueNormalizers.normalizeTaskList(payload, context);
  // Not as JSON, which cannot write what is nested without end: it is to be found for what it says.
  const reason = inspect(payload, { depth: 6, breakLength: Infinity }).slice(0, 900);
  return { ...list, unreadable: list.unreadable.map((row) => ({ ...row, reason })) };
}

/** A name is a key, and a key has one value. */
function lastItemWins(wire: EcsWire): EcsWire {
  return changed(wire, (task) => ({
    ...task,
    operations: task.operations.map((operation) => ({
      ...operation,
      related: Object.fromEntries(
        Object.entries(operation.related).map(([name, value]) => [name, value.split(",").at(-1) ?? ""]),
      ),
    })),
  }));
}

/** The page says that the percent is text. */
function percentIsText(wire: EcsWire): EcsWire {
  return {
    ...wire,
    get: (nativeId, row) =>
      wire.get(nativeId, typeof row["TaskProcess"] === "number" ? { ...row, TaskProcess: null } : row),
  };
}

function rowIsLost(wire: EcsWire): EcsWire {
  return {
    ...wire,
    async list(page) {
      const read = await wire.list(page);
      return "value" in read ? { value: { ...read.value, sightings: read.value.sightings.slice(0, 1) } } : read;
    },
  };
}

function changed(wire: EcsWire, change: (task: NativeTask) => NativeTask): EcsWire {
  return {
    ...wire,
    async get(nativeId, row) {
      const read = await wire.get(nativeId, row);
      return "value" in read && read.value !== undefined ? { value: change(read.value) } : read;
    },
  };
}
