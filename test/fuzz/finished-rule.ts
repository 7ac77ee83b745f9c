import { isPlainObject, payloadOf } from "./observation.ts";

/**
 * The rule of docs/finished.md, written from that page alone: nothing here is shared with the adapters.
 * Where the page leaves a value open, every reading of it is tried. All endings that a reading leads to are allowed, and
 * a single one is demanded.
 */

export type Row = Readonly<Record<string, unknown>>;

export interface Ending {
  readonly status: "succeeded" | "failed" | "canceled" | "unknown";
  readonly partial: boolean;
  /** The line of the rule that decided; `null` where the native word or the action did. */
  readonly line: number | null;
}

/** `none`: no count was given. */
type Count = number | "none" | "unreadable";

/** What a sub-operation says. */
type Said = "succeeded" | "runs" | "nothing" | "failed";

interface Reading {
  readonly total: Count;
  readonly succeeded: Count;
  readonly failed: Count;
  readonly operations: readonly Said[];
}

const canceledWords = new Set(["deleted", "canceled", "cancelled"]);

/** Every way in which a row may have ended; none for a row whose own word is not that of an end. */
export function endingsOf(row: Row): readonly Ending[] {
  const word = nativeWord(row);
  if (canceledWords.has(word)) return [{ status: "canceled", partial: false, line: null }];
  if (word === "failed") return distinct(readingsOf(row).map((reading) => failedBy(null, reading)));
  return word === "finished" ? distinct(readingsOf(row).map(judge)) : [];
}

/** Older answers write `IMPORT_IMAGE` for `ImportImage`, so case and underscores say nothing. */
export function nativeWord({ TaskStatus }: Row): string {
  return typeof TaskStatus === "string" ? TaskStatus.trim().replaceAll("_", "").toLowerCase() : "";
}

const running = new Set(["processing", "pending", "waiting", "running"]);

const byRowAlone: Ending = { status: "succeeded", partial: false, line: null };

/** Every way in which a `Finished` row may have ended whose action leaves it to the row: no evidence means success. */
export function endingsByRowAlone(row: Row): readonly Ending[] {
  return distinct(readingsOf(row).map((reading) => (hasEvidence(reading) ? judge(reading) : byRowAlone)));
}

function hasEvidence({ total, succeeded, failed, operations }: Reading): boolean {
  return operations.length > 0 || [total, succeeded, failed].some((count) => count !== "none");
}

/** The nine lines, in their order. */
function judge(reading: Reading): Ending {
  const { total, succeeded, failed, operations } = reading;
  const unknown = (line: number): Ending => ({ status: "unknown", partial: false, line });
  const success = (line: number): Ending => ({ status: "succeeded", partial: false, line });
  if (isAbove(failed, 0) || operations.includes("failed")) return failedBy(1, reading);
  if (operations.includes("runs")) return unknown(2);
  if ([total, succeeded, failed].includes("unreadable")) return unknown(3);
  if (typeof succeeded === "number" && isAbove(total, succeeded)) return failedBy(4, reading);
  if (typeof total === "number" && isAbove(succeeded, total)) return unknown(5);
  if (operations.includes("nothing")) return unknown(6);
  if (isAbove(total, 0) && succeeded === total) return success(7);
  const enough = [total, succeeded, failed].every((count) => !isAbove(count, operations.length));
  return operations.length > 0 && enough ? success(8) : unknown(9);
}

function isAbove(count: Count, bound: number): boolean {
  return typeof count === "number" && count > bound;
}

function failedBy(line: number | null, { succeeded, operations }: Reading): Ending {
  return { status: "failed", partial: isAbove(succeeded, 0) || operations.includes("succeeded"), line };
}

function distinct(endings: readonly Ending[]): Ending[] {
  return [...new Map(endings.map((ending) => [`${ending.status} ${ending.partial}`, ending])).values()];
}

function readingsOf(row: Row): Reading[] {
  const operationsRead = readingsOfSet(row["OperationProgressSet"]);
  const failedRead = readingsOfCount(row["FailedCount"]);
  const counts = readingsOfCount(row["TotalCount"]).flatMap((total) =>
    readingsOfCount(row["SuccessCount"]).flatMap((succeeded) =>
      failedRead.map((failed) => ({ total, succeeded, failed })),
    ),
  );
  return counts.flatMap((one) => operationsRead.map((operations) => ({ ...one, operations })));
}

function readingsOfCount(value: unknown): readonly Count[] {
  if (value === undefined || value === null || value === "") return ["none"];
  if (typeof value !== "number" && typeof value !== "string") return ["unreadable"];
  // The page does not say whether blanks are an empty text.
  if (typeof value === "string" && value.trim() === "") return ["none", "unreadable"];
  const count = Number(value);
  const whole = count >= 0 && (Number.isInteger(count) || count === Infinity);
  if (!whole) return ["unreadable"];
  const plain = typeof value === "number" || /^(0|[1-9]\d*)$/.test(value);
  // Nor whether "01", " 1", "1e3" and what no double can hold exactly are whole numbers.
  return plain && Number.isSafeInteger(count) ? [count] : [count, "unreadable"];
}

/** What the sub-operations say, once for each way to read the set. */
function readingsOfSet(set: unknown): readonly (readonly Said[])[] {
  const published = publishedOperations(set);
  if (published !== undefined) return meaningsOf(published.map(({ OperationStatus }) => OperationStatus));
  // The page knows no other form. It may be looked into, or only at, or be left as something that says nothing.
  return [
    ...meaningsOf(wordsIn(set)),
    ...meaningsOf(wordsOnTop(set)),
    ["nothing"],
    ...(isAsGoodAsAbsent(set) ? [[]] : []),
  ];
}

function meaningsOf(words: readonly unknown[]): Said[][] {
  return [words.map((word) => meaningOf(word, "failed")), words.map((word) => meaningOf(word, "nothing"))];
}

/** `doubtful`: what a word means that nobody can see, or see whole. */
function meaningOf(word: unknown, doubtful: "failed" | "nothing"): Said {
  if (typeof word !== "string" || word.trim() === "") return "nothing";
  const folded = word.trim().toLowerCase();
  if (folded === "success") return "succeeded";
  if (running.has(folded)) return "runs";
  // The page does not say whether a zero-width or a control character is a blank. It is never a success.
  return /\p{C}/u.test(folded) ? doubtful : "failed";
}

/** The members where the page puts them; `undefined` for a set of any other form. */
function publishedOperations(set: unknown): readonly Row[] | undefined {
  if (set === undefined) return [];
  if (!isPlainObject(set)) return undefined;
  const { OperationProgress: members, ...others } = set;
  if (Object.keys(set).length === 0) return [];
  if (!Array.isArray(members) || !members.every(isPlainObject)) return undefined;
  const silent = members.filter((member) => !speaks(member));
  // A status inside a member that has none, or beside the list, may be that of a sub-operation.
  return [...silent, others].every((odd) => statusesIn(odd).length === 0) ? members : undefined;
}

function speaks(value: unknown): value is Row {
  return isPlainObject(value) && typeof value["OperationStatus"] === "string" && value["OperationStatus"].trim() !== "";
}

function statusesIn(root: unknown): unknown[] {
  return wordsIn(root).filter((word) => word !== undefined);
}

/**
 * The status of everything that could be a sub-operation, `undefined` for what has none. Without recursion, and into
 * texts that are JSON. What is inside of one that speaks is its own business.
 */
function wordsIn(root: unknown): unknown[] {
  const words: unknown[] = [];
  const left: unknown[] = [root];
  while (left.length > 0) {
    const value = parsed(left.pop());
    if (speaks(value)) words.push(value["OperationStatus"]);
    else if (typeof value !== "object" || value === null) words.push(undefined);
    else {
      const members: unknown[] = Array.isArray(value) ? value : Object.values(value).filter(isContainer);
      for (const member of members) left.push(member);
      if (members.length === 0 && !Array.isArray(value)) words.push(undefined);
    }
  }
  return words;
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  const json = payloadOf(value);
  return typeof json === "string" ? undefined : json;
}

function isContainer(value: unknown): boolean {
  const inner = parsed(value);
  return typeof inner === "object" && inner !== null;
}

/**
 * The status of each member where the page puts them, or of a bare list, and none for all that is elsewhere and has one.
 */
function wordsOnTop(set: unknown): unknown[] {
  if (Array.isArray(set)) return wordsOnTop({ OperationProgress: set });
  if (!isPlainObject(set) || !Array.isArray(set["OperationProgress"])) return [undefined];
  const { OperationProgress: members, ...others } = set;
  const words = members.map((member: unknown) => (isPlainObject(member) ? member["OperationStatus"] : undefined));
  return statusesIn(others).length > 0 ? [...words, undefined] : words;
}

/** Nothing stands where a sub-operation would stand. */
function isAsGoodAsAbsent(set: unknown): boolean {
  if (set === null || set === "") return true;
  if (typeof set !== "object") return false;
  if (Array.isArray(set) && set.length > 0) return set.every((part) => isPlainObject(part) && isAsGoodAsAbsent(part));
  const members: unknown[] = isPlainObject(set) && "OperationProgress" in set ? [set["OperationProgress"]] : [];
  const others = Object.entries(set).filter(([key]) => Array.isArray(set) || key !== "OperationProgress");
  const nothingAside = !Array.isArray(set) && others.every(([, value]) => !isContainer(value));
  const empty = (value: unknown): boolean =>
    value === null || value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return (nothingAside || others.length === 0) && members.every(empty);
}
