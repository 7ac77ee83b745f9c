import type { TaskStatus } from "../../lib/domain/task.ts";
import type { CloudName } from "./corpus.ts";
import { isPlainObject, objectsIn, payloadOf } from "./observation.ts";
import type { Delivered, Seen, Subject } from "./observation.ts";

/**
 * What an answer truly says of a task, worked out from the raw body and from the providers' pages alone: nothing here
 * is shared with the adapters.
 */

type Row = Readonly<Record<string, unknown>>;

/** How a task has ended according to `rows`, or `undefined` when no row supports a status that is final. */
export interface Evidence {
  readonly maySucceed: boolean;
  readonly mayFail: boolean;
  readonly mayBeCanceled: boolean;
  /** The only status that all rows leave, where they leave no doubt. */
  readonly certain: TaskStatus | null;
  /** Every row says that the task ended and none says how. */
  readonly endedWithoutOutcome: boolean;
}

export function evidenceOf(
  subject: Pick<Subject, "cloud" | "shows">,
  { task, needsDetail }: Seen,
  delivered: readonly Delivered[],
): Evidence {
  switch (subject.cloud) {
    case "alibaba-ecs":
      return needsDetail === null
        ? ofAttributes(task.nativeId, delivered)
        : ofListedRows(rowsWithId(task.nativeId, delivered));
    case "apsara-route":
      return ofEcsRows(rowsWithId(task.nativeId, delivered));
    case "tencent-ecm":
      return ofImageTasks(
        delivered.filter(({ kind, filter }) => kind === "detail" && (filter === null || filter === task.nativeId)),
      );
  }
}

function rowsWithId(nativeId: string, delivered: readonly Delivered[]): Row[] {
  const lists = delivered.filter(({ kind }) => kind === "list");
  return lists.flatMap(({ response }) => objectsOf(response)).filter(({ TaskId }) => TaskId === nativeId);
}

const read = new WeakMap<object, readonly Row[]>();

/** Each answer is taken apart once, however many tasks it shows. */
function objectsOf(response: Delivered["response"]): readonly Row[] {
  const objects = read.get(response) ?? objectsIn(payloadOf(response.body));
  read.set(response, objects);
  return objects;
}

const canceledWords = new Set(["deleted", "canceled", "cancelled"]);

/** Older answers write `IMPORT_IMAGE` for `ImportImage`, so case and underscores say nothing. */
function wordOf(value: unknown): string {
  return typeof value === "string" ? value.trim().replaceAll("_", "").toLowerCase() : "";
}

/** A list of ECS tells that a task has ended, and never how well. */
function ofListedRows(rows: readonly Row[]): Evidence {
  const words = rows.map(({ TaskStatus }) => wordOf(TaskStatus));
  const all = (word: string): boolean => words.length > 0 && words.every((one) => one === word);
  return {
    maySucceed: false,
    mayFail: words.includes("failed"),
    mayBeCanceled: words.some((word) => canceledWords.has(word)),
    certain: all("failed") ? "failed" : null,
    endedWithoutOutcome: words.length > 0 && words.every((word) => word === "finished" || word === "failed"),
  };
}

function ofAttributes(nativeId: string, delivered: readonly Delivered[]): Evidence {
  const details = delivered.filter(({ kind }) => kind === "detail").map(({ response }) => payloadOf(response.body));
  const told = details.filter(isPlainObject).filter(({ TaskId }) => TaskId === nativeId);
  if (told.length > 0) return ofEcsRows(told);
  const rows = rowsWithId(nativeId, delivered);
  const unknownThere = details.some((detail) => JSON.stringify(shallow(detail)).includes("InvalidTaskId.NotFound"));
  const withoutDetail = rows.filter(
    ({ TaskAction }) => !["importimage", "exportimage", "modifydiskspec"].includes(wordOf(TaskAction)),
  );
  return {
    ...ofListedRows(rows),
    maySucceed: unknownThere && withoutDetail.some(({ TaskStatus }) => wordOf(TaskStatus) === "finished"),
    certain: null,
  };
}

/** Texts of the first level: enough for an error's code, and safe however deep the rest is. */
function shallow(detail: unknown): unknown {
  if (!isPlainObject(detail)) return typeof detail === "string" ? detail : "";
  return Object.values(detail).filter((value) => typeof value === "string");
}

/** `Finished` is a success when nothing in the row speaks of a failure. */
function ofEcsRows(rows: readonly Row[]): Evidence {
  const verdicts = rows.map((row) => {
    const word = wordOf(row["TaskStatus"]);
    const finished = word === "finished";
    const soiled = speaksOfFailure(row);
    const clean = finished && row["FailedCount"] === undefined && row["OperationProgressSet"] === undefined;
    return {
      maySucceed: finished && !soiled,
      mayFail: word === "failed" || (finished && mayHaveFailed(row)),
      mayBeCanceled: canceledWords.has(word),
      mustFail: word === "failed",
      mustSucceed: clean,
    };
  });
  const every = (name: "mustFail" | "mustSucceed"): boolean =>
    verdicts.length > 0 && verdicts.every((one) => one[name]);
  return {
    maySucceed: verdicts.some(({ maySucceed }) => maySucceed),
    mayFail: verdicts.some(({ mayFail }) => mayFail),
    mayBeCanceled: verdicts.some(({ mayBeCanceled }) => mayBeCanceled),
    certain: every("mustFail") ? "failed" : every("mustSucceed") ? "succeeded" : null,
    endedWithoutOutcome: false,
  };
}

/** A count that is not zero, a sub-operation that failed, or one buried where nobody would look. */
function speaksOfFailure(row: Row): boolean {
  const count = row["FailedCount"];
  const given = count !== undefined && count !== null && count !== "";
  const zero =
    (typeof count === "number" || (typeof count === "string" && /^\s*\d+\s*$/.test(count))) && Number(count) === 0;
  if (given && !zero) return true;
  return operationsOf(row).some(isFailed) || (!given && buriedIn(row["OperationProgressSet"]).some(isFailed));
}

function mayHaveFailed(row: Row): boolean {
  const count = row["FailedCount"];
  const counted = (typeof count === "number" || typeof count === "string") && Number(count) > 0;
  return counted || objectsIn(row["OperationProgressSet"]).some(isFailed);
}

/** Objects that could be sub-operations, not looking into those that say how they went. */
function buriedIn(set: unknown): Row[] {
  const found: Row[] = [];
  const left = [set];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    if (isPlainObject(value)) found.push(value);
    const speaks =
      isPlainObject(value) && typeof value["OperationStatus"] === "string" && value["OperationStatus"] !== "";
    if (!speaks) for (const member of Object.values(value)) left.push(member);
  }
  return found;
}

/** The sub-operations where the page puts them. */
function operationsOf(row: Row): Row[] {
  const set = row["OperationProgressSet"];
  const members = isPlainObject(set) ? set["OperationProgress"] : undefined;
  return Array.isArray(members) ? members.filter(isPlainObject) : [];
}

function isFailed({ OperationStatus }: Row): boolean {
  return wordOf(OperationStatus) === "failed";
}

/** The page's example has the words in upper case; `i` without `u` folds no letters from other alphabets. */
function ofImageTasks(delivered: readonly Delivered[]): Evidence {
  const states = delivered.flatMap(({ response }) => imageTaskRows(response.body).map(({ State }) => String(State)));
  const maySucceed = states.some((state) => /^success$/i.test(state));
  const mayFail = states.some((state) => /^failed$/i.test(state));
  const only = states.length > 0 && states.every((state) => state === states[0]);
  const certain = only && states[0] === "SUCCESS" ? "succeeded" : only && states[0] === "FAILED" ? "failed" : null;
  return { maySucceed, mayFail, mayBeCanceled: false, certain, endedWithoutOutcome: false };
}

function imageTaskRows(body: string): Row[] {
  const payload = payloadOf(body);
  const response = isPlainObject(payload) ? payload["Response"] : undefined;
  const rows = isPlainObject(response) ? response["ImageTaskSet"] : undefined;
  return Array.isArray(rows) ? rows.filter(isPlainObject).filter(({ State }) => typeof State === "string") : [];
}

/** The rows of a list in one of the two published forms, told apart by whether they can be read. */
export interface PublishedRows {
  readonly readable: readonly string[];
  /** Rows that cannot be read and are no second copy of one that can. */
  readonly odd: number;
}

/** `undefined` for a body in any other form: what becomes of its rows is the adapter's own business. */
export function publishedRows(cloud: CloudName, body: string): PublishedRows | undefined {
  const payload = payloadOf(body);
  if (!isPlainObject(payload)) return undefined;
  if (cloud === "tencent-ecm") return imageRows(payload);
  const rows = taskRows(payload["TaskSet"]);
  const leastStatus = cloud === "apsara-route" ? 1 : 0;
  const readable = rows?.filter(isPlainObject).flatMap(({ TaskId, TaskStatus }) => {
    const named = typeof TaskId === "string" && /^[A-Za-z0-9_.*-]{1,128}$/.test(TaskId);
    return named && typeof TaskStatus === "string" && TaskStatus.length >= leastStatus ? [TaskId] : [];
  });
  if (rows === undefined || readable === undefined) return undefined;
  const isCopy = (row: unknown): boolean => isPlainObject(row) && readable.some((id) => id === row["TaskId"]);
  return { readable, odd: rows.filter((row) => !isCopy(row)).length };
}

function taskRows(set: unknown): readonly unknown[] | undefined {
  if (isPlainObject(set)) return Array.isArray(set["Task"]) ? set["Task"] : undefined;
  if (!Array.isArray(set)) return undefined;
  const lists = set.map((part) =>
    isPlainObject(part) && Array.isArray(part["Task"]) ? (part["Task"] as unknown[]) : undefined,
  );
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

/** The ids of the imports whose image has this id or exactly this name. */
export function identitiesIn(body: string, asked: string): ReadonlySet<string> {
  const payload = payloadOf(body);
  const response = isPlainObject(payload) ? payload["Response"] : undefined;
  const rows = isPlainObject(response) ? response["ImageSet"] : undefined;
  const name = asked.startsWith("image-name:") ? asked.slice("image-name:".length) : undefined;
  const meant = (Array.isArray(rows) ? rows : [])
    .filter(isPlainObject)
    .filter(({ ImageId, ImageName }) => (name === undefined ? ImageId === asked : ImageName === name))
    .filter(({ ImageSource }) => !ImageSource || /^external_import$/i.test(String(ImageSource)));
  return new Set(meant.map(({ TaskId, ImageId }) => String(TaskId || ImageId).replace(/^0+(?=\d)/, "")));
}

/** A uint64 as it is usually written; 0 stands for no task. */
function isCanonical(taskId: string): boolean {
  return /^[1-9]\d{0,19}$/.test(taskId) && BigInt(taskId) < 2n ** 64n;
}

/** The imports an image list names beyond doubt. */
function imageRows(payload: Row): PublishedRows | undefined {
  const response = payload["Response"];
  const rows = isPlainObject(response) ? response["ImageSet"] : undefined;
  if (!Array.isArray(rows)) return undefined;
  const readable = rows.filter(isPlainObject).flatMap((row) => {
    const { ImageId, TaskId, ImageSource, ImageState } = row;
    const imported = typeof ImageId === "string" && ImageSource === "EXTERNAL_IMPORT";
    const unfinished = typeof ImageState === "string" && !/^normal$/i.test(ImageState);
    const plain = ["ImageName", "ImageCreateTime"].every(
      (name) => row[name] === undefined || typeof row[name] === "string",
    );
    return imported && unfinished && plain && typeof TaskId === "string" && isCanonical(TaskId) ? [TaskId] : [];
  });
  // A list of images is not a list of tasks: most of its rows are of no interest.
  return { readable, odd: 0 };
}
