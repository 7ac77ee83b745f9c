import type { UnreadableRow } from "../../lib/domain/provider.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { WireResponse } from "../../lib/transport/call.ts";
import type { CloudName } from "./corpus.ts";
import type { HostileSetup } from "./hostile-setup.ts";
import type { Random } from "./random.ts";

/** What the provider says in one case, by the kind of question; the last answer of a kind is repeated for ever. */
export interface HostileCase {
  /** Absent: everything but the answers is in order. */
  readonly setup?: HostileSetup;
  readonly list: readonly WireResponse[];
  readonly detail: readonly WireResponse[];
}

/** One answer as it was read. `filter`: the value that was asked for, where the question named one. */
export interface Delivered {
  readonly kind: "list" | "detail";
  readonly response: WireResponse;
  readonly filter: string | null;
}

export interface Seen {
  readonly task: Task;
  /** `null`: the question was for one task with all its detail. */
  readonly needsDetail: boolean | null;
}

/** An image id or name, and the id of the task that it leads to. */
export interface Resolved {
  readonly asked: string;
  readonly nativeId: string;
  readonly body: string;
}

/** What a subject made of a case. */
export interface Observation {
  readonly delivered: readonly Delivered[];
  readonly seen: readonly Seen[];
  readonly unreadable: readonly UnreadableRow[];
  /** What ids were found to lead to, each with the answer that said so. */
  readonly resolved?: readonly Resolved[];
  /** Where two adapters read the same payload in two ways. */
  readonly disagreements?: readonly string[];
  /** What a ledger with hostile items did not keep. */
  readonly broken?: readonly BrokenPromise[];
  /** How a call failed that was made after the hostile ones, to an honest cloud. Absent: it did not. */
  readonly unrecovered?: string;
  /** Absent: it ended without throwing. */
  readonly thrown?: unknown;
  /** True if `thrown` is the fault of a request that Node would not send, and nothing had checked its parts. */
  readonly unsendable?: boolean;
}

export interface BrokenPromise {
  readonly property: "neighbors-kept" | "items-named" | "endings-told";
  readonly what: string;
}

/** What is fuzzed: a normalizer, or a method of a client. Never throws. */
export interface Subject {
  readonly name: string;
  readonly cloud: CloudName;
  /** `rows`: every row of the first list is shown, none left out as not asked for. */
  readonly shows: "rows" | "asked-rows" | "one-task" | "nothing";
  /** The kind of answer that is damaged first. */
  readonly asks: "list" | "detail";
  /** False for a pure function of a body, whose status somebody else has looked at. */
  readonly seesStatus: boolean;
  /** True if its cases have a hostile setup. */
  readonly hasSetup?: true;
  /** Absent: its cases are damaged answers of its cloud. */
  makeCase?(random: Random): Promise<HostileCase>;
  /** Given: its answers are well-formed but for their headers or their counts. */
  readonly spoils?: "headers" | "counts";
  observe(hostile: HostileCase): Promise<Observation>;
}

/** The body as JSON; what is none is left as the text it is. */
export function payloadOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Every object inside, without recursion, and into texts that are JSON themselves. */
export function objectsIn(root: unknown): Readonly<Record<string, unknown>>[] {
  const objects: Record<string, unknown>[] = [];
  const left: unknown[] = [root];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "string" && value.startsWith("{")) left.push(unlessText(payloadOf(value)));
    if (typeof value !== "object" || value === null) continue;
    if (isPlainObject(value)) objects.push(value);
    // Backwards, so that they come out in the order they stand in.
    for (const member of Object.values(value).toReversed()) left.push(member);
  }
  return objects;
}

function unlessText(value: unknown): unknown {
  return typeof value === "string" ? undefined : value;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
