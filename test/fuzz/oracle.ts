import type { TaskStatus } from "../../lib/domain/task.ts";
import type { CloudName } from "./corpus.ts";
import { endingsByRowAlone, endingsOf, nativeWord } from "./finished-rule.ts";
import type { Ending, Row } from "./finished-rule.ts";
import { isDecidedByRow, kindOfAction } from "./listed-actions.ts";
import type { TaskKind } from "./listed-actions.ts";
import { isPlainObject, objectsIn, payloadOf } from "./observation.ts";
import type { Delivered, Seen, Subject } from "./observation.ts";

/**
 * What an answer truly says of a task, worked out from the raw body and from the providers' pages alone: nothing here
 * is shared with the adapters. How a row of ECS has ended is in finished-rule.ts.
 */

/** How a task has ended according to the rows that show it. */
export interface Evidence {
  /** Every final status that some row supports, in some reading of it. */
  readonly may: ReadonlySet<TaskStatus>;
  /** The only status that all rows leave, where they leave no doubt. */
  readonly certain: TaskStatus | null;
  /** Whether a failed task succeeded in part, where the rows leave no doubt. */
  readonly partial: boolean | null;
  /** Lines of docs/finished.md that the rows lead to. */
  readonly lines: readonly number[];
  /** Every row says that the task ended, and not how or why. Only a success that a row alone decides needs no detail. */
  readonly needsDetail: boolean;
}

export function evidenceOf(
  subject: Pick<Subject, "cloud" | "seesStatus">,
  { task, needsDetail }: Seen,
  delivered: readonly Delivered[],
): Evidence {
  const accepted = acceptedOf(subject, delivered);
  const { nativeId } = task;
  switch (subject.cloud) {
    case "alibaba-ecs":
      return needsDetail === null ? ofAttributes(nativeId, delivered, accepted) : ofListed(nativeId, accepted);
    case "apsara-route":
      return ofEndings(rowsWithId(nativeId, accepted).map(endingsOfRow));
    case "tencent-ecm":
      return ofImageTasks(
        accepted.filter(({ kind, filter }) => kind === "detail" && (filter === null || filter === nativeId)),
      );
  }
}

/** A refusal shows no tasks, whatever its body looks like. */
export function acceptedOf({ seesStatus }: Pick<Subject, "seesStatus">, delivered: readonly Delivered[]): Delivered[] {
  return delivered.filter(({ response: { status } }) => !seesStatus || (status >= 200 && status <= 299));
}

/** What the word of its action makes of a task; `undefined` where the rows disagree, or a blank makes them unclear. */
export function kindOf(
  subject: Pick<Subject, "cloud" | "seesStatus">,
  { task }: Seen,
  delivered: readonly Delivered[],
): TaskKind | undefined {
  if (subject.cloud === "tencent-ecm") return undefined;
  const accepted = acceptedOf(subject, delivered);
  const rows = [...attributesOf(task.nativeId, accepted), ...rowsWithId(task.nativeId, accepted)];
  const kinds = new Set(rows.map(({ TaskAction }) => kindOfAction(TaskAction)));
  return kinds.size === 1 ? [...kinds][0] : undefined;
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

function attributesOf(nativeId: string, delivered: readonly Delivered[]): Row[] {
  const details = delivered.filter(({ kind }) => kind === "detail").map(({ response }) => payloadOf(response.body));
  return details.filter(isPlainObject).filter(({ TaskId }) => TaskId === nativeId);
}

/** A row that nothing else describes: its action may be one whose `Finished` is decided by the row alone. */
function endingsOfRow(row: Row): readonly Ending[] {
  const alone = nativeWord(row) === "finished" ? isDecidedByRow(row["TaskAction"]) : "no";
  if (alone === "no") return endingsOf(row);
  return alone === "yes" ? endingsByRowAlone(row) : [...endingsOf(row), ...endingsByRowAlone(row)];
}

function ofEndings(endingsOfRows: readonly (readonly Ending[])[]): Evidence {
  const endings = endingsOfRows.flat();
  const statuses = [...new Set(endings.map(({ status }) => status))];
  const allEnded = endingsOfRows.every((one) => one.length > 0);
  const partials = new Set(endings.filter(({ status }) => status === "failed").map(({ partial }) => partial));
  return {
    may: new Set(statuses),
    certain: allEnded && statuses.length === 1 ? (statuses[0] ?? null) : null,
    partial: partials.size === 1 ? partials.has(true) : null,
    lines: [...new Set(endings.flatMap(({ line }) => line ?? []))],
    needsDetail: false,
  };
}

/** A list of ECS tells how a task has ended only by a word for it, or where no call tells more. */
function ofListed(nativeId: string, delivered: readonly Delivered[]): Evidence {
  const rows = rowsWithId(nativeId, delivered);
  const words = rows.map((row) => (nativeWord(row) === "finished" ? [] : endingsOf(row)));
  const evidence = ofEndings([...words, ...rows.map((row) => (isLeftToRow(row) ? endingsOfRow(row) : []))]);
  const asked = rows.filter(mustBeAskedAbout);
  return {
    ...evidence,
    certain: rows.length > 0 ? ofEndings(words).certain : null,
    partial: null,
    lines: [],
    needsDetail: asked.length > 0 && asked.length === rows.length,
  };
}

function isLeftToRow(row: Row): boolean {
  return nativeWord(row) === "finished" && isDecidedByRow(row["TaskAction"]) !== "no";
}

function mustBeAskedAbout(row: Row): boolean {
  if (nativeWord(row) !== "finished") return isFailureToExplain(row);
  return !isLeftToRow(row) || endingsOfRow(row).every(({ status }) => status === "unknown");
}

/** A list gives no reasons, and there is no call to ask for those of a task that its row decides. */
function isFailureToExplain(row: Row): boolean {
  return nativeWord(row) === "failed" && isDecidedByRow(row["TaskAction"]) === "no";
}

/** The attribute of a task, or the rows of a task that has none. */
function ofAttributes(nativeId: string, delivered: readonly Delivered[], accepted: readonly Delivered[]): Evidence {
  const told = attributesOf(nativeId, accepted);
  if (told.length > 0) return ofEndings(told.map(endingsOfAttribute));
  const { may, certain } = ofListed(nativeId, accepted);
  // The service refuses the question with this code, so here a refusal does count.
  const details = delivered.filter(({ kind }) => kind === "detail").map(({ response }) => payloadOf(response.body));
  const unknownThere = details.some((detail) => JSON.stringify(shallow(detail)).includes("InvalidTaskId.NotFound"));
  const supported = [...may].filter((status) => status !== "succeeded" || unknownThere);
  const surely = details.length > 0 && details.every(isNotFound) && mustHaveSucceeded(nativeId, accepted);
  return {
    may: new Set(supported),
    certain: surely ? "succeeded" : certain,
    partial: null,
    lines: [],
    needsDetail: false,
  };
}

/** The call does not describe a task whose row decides; what it says of one all the same, the page leaves open. */
function endingsOfAttribute(row: Row): readonly Ending[] {
  return isLeftToRow(row) ? [...endingsOf(row), ...endingsByRowAlone(row)] : endingsOf(row);
}

function isNotFound(detail: unknown): boolean {
  return isPlainObject(detail) && detail["Code"] === "InvalidTaskId.NotFound" && !("TaskId" in detail);
}

function mustHaveSucceeded(nativeId: string, accepted: readonly Delivered[]): boolean {
  const rows = rowsWithId(nativeId, accepted);
  const succeeds = (row: Row): boolean => endingsOfRow(row).every(({ status }) => status === "succeeded");
  return rows.length > 0 && rows.every((row) => isLeftToRow(row) && succeeds(row));
}

/** Texts of the first level: enough for an error's code, and safe however deep the rest is. */
function shallow(detail: unknown): unknown {
  if (!isPlainObject(detail)) return typeof detail === "string" ? detail : "";
  return Object.values(detail).filter((value) => typeof value === "string");
}

/** The page's example has the words in upper case; `i` without `u` folds no letters from other alphabets. */
function ofImageTasks(delivered: readonly Delivered[]): Evidence {
  const states = delivered.flatMap(({ response }) => imageTaskRows(response.body).map(({ State }) => String(State)));
  const may = new Set<TaskStatus>();
  if (states.some((state) => /^success$/i.test(state))) may.add("succeeded");
  if (states.some((state) => /^failed$/i.test(state))) may.add("failed");
  const only = states.length > 0 && states.every((state) => state === states[0]);
  const certain = only && states[0] === "SUCCESS" ? "succeeded" : only && states[0] === "FAILED" ? "failed" : null;
  return { may, certain, partial: null, lines: [], needsDetail: false };
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
