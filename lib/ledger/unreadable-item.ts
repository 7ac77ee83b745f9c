import type * as z from "zod/mini";
import type { TaskRecord } from "../domain/record.ts";

/** Items of the ledger's table that cannot be read: edited by hand, damaged, or written by a newer version. */

export type Item = Readonly<Record<string, unknown>>;

export interface UnreadableItem {
  readonly id: string;
  /** `newer`: a newer version of this code wrote the item and can read it. `broken`: no version can. */
  readonly fault: "newer" | "broken";
  /** What is wrong. Safe to show, because it quotes no values of the item except its format number. */
  readonly reason: string;
}

/** An unreadable item with its attributes, so that it can be replaced on the condition that nobody changed it. */
export interface StoredUnreadable extends UnreadableItem {
  readonly stored: Item;
  /** The record of a task item if only the rest of the item is broken. */
  readonly record?: TaskRecord;
}

/** Why an item, or a text in it, cannot be read. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
  readonly fault: UnreadableItem["fault"];
  readonly record: TaskRecord | undefined;

  constructor(fault: UnreadableItem["fault"], reason: string, record?: TaskRecord) {
    super(reason);
    this.fault = fault;
    this.record = record;
  }
}

type Reading<Value> = { readonly value: Value } | { readonly unreadable: StoredUnreadable };

/** Reads an item. Nothing that the item contains makes this throw. */
export function readItem<Value>(item: Item, read: (item: Item) => Value): Reading<Value> {
  try {
    return { value: read(item) };
  } catch (error) {
    const { fault, message, record } =
      error instanceof UnreadableError ? error : new UnreadableError("broken", "the item cannot be read");
    const unreadable = { id: String(item["id"]), fault, reason: message, stored: item };
    return { unreadable: record === undefined ? unreadable : { ...unreadable, record } };
  }
}

/**
 * @param what the subject of the reason, for example `the record`
 * @throws UnreadableError that names the first member that is wrong
 */
export function parseAs<Shape extends z.ZodMiniType>(shape: Shape, value: unknown, what: string): z.output<Shape> {
  const { data, error } = shape.safeParse(value);
  if (error === undefined) return data;
  // Other names may have been chosen by whoever wrote the item.
  const names = (error.issues[0]?.path ?? []).filter((part) => typeof part === "string" && /^[a-z]{1,20}$/i.test(part));
  const place = names.length === 0 ? what : `${names.slice(0, 4).join(".")} of ${what}`;
  throw new UnreadableError("broken", `${place} is missing or wrong`);
}

/** The latest format that this version can read. Earlier formats remain readable. */
export const latestFormat = 2;

/**
 * Refuses what a newer version wrote. A version whose items earlier ones would misread writes a higher number to
 * `format`: at the top of a record's text, and in the attributes of other items.
 */
export function requireKnownFormat(holder: unknown, what: string): void {
  if (typeof holder !== "object" || holder === null || !("format" in holder)) return;
  const { format } = holder;
  if (format === undefined) return;
  if (!Number.isSafeInteger(format)) throw new UnreadableError("broken", `the format of ${what} is not a number`);
  if (Number(format) > latestFormat) {
    throw new UnreadableError("newer", `a newer version wrote ${what} (format ${Number(format)})`);
  }
}
