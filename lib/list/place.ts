import type { Task } from "../domain/task.ts";
import { refuseCursor } from "./cursor.ts";

/**
 * A place in a target's tasks: newest first, equal times by id, tasks without a creation time last. Unlike a page number,
 * it stays where it is when tasks come or go.
 */
export interface Place {
  /** Epoch milliseconds; `null` among the tasks without a creation time. */
  readonly createdAtMs: number | null;
  /** The last task before this place; `null` after every task of this time. */
  readonly nativeId: string | null;
}

/** Where a live walk resumes, and what it has seen so far. */
export interface Resumption {
  /** `null` at the start. */
  readonly place: Place | null;
  /** True once a task without a creation time was seen. Such tasks follow at the end of the walk. */
  readonly timeless: boolean;
  /** True once the list was read to its end, so that every unreadable row in it was reported. */
  readonly reported: boolean;
}

/** Before every task without a creation time. */
export const beforeTimeless: Place = { createdAtMs: null, nativeId: "" };

const walkStart: Resumption = { place: null, timeless: false, reported: false };

/** The creation time in epoch milliseconds, or `null` if it is unknown. */
export function createdAtMs({ createdAt }: Task): number | null {
  const ms = createdAt === null ? NaN : Date.parse(createdAt);
  return Number.isNaN(ms) ? null : ms;
}

export function placeAfter(task: Task): Place {
  return { createdAtMs: createdAtMs(task), nativeId: task.nativeId };
}

export function isAfter(task: Task, place: Place | null): boolean {
  if (place === null) return true;
  const taskMs = createdAtMs(task) ?? -Infinity;
  const placeMs = place.createdAtMs ?? -Infinity;
  if (taskMs !== placeMs) return taskMs < placeMs;
  return place.nativeId !== null && task.nativeId > place.nativeId;
}

export function byPlace(a: Task, b: Task): number {
  if (a.nativeId === b.nativeId) return 0;
  return isAfter(a, placeAfter(b)) ? 1 : -1;
}

const form = /^(-?[0-9a-z]*)~(t?)(r?)~(.*)$/s;

/** @throws Problem `invalid-parameters` for a position of another form, as earlier versions wrote */
export function readPosition(position: string | null): Resumption {
  if (position === null) return walkStart;
  const [, time, timeless = "", reported = "", id = ""] = form.exec(position) ?? [];
  if (time === undefined) throw refuseCursor();
  const place =
    time === ""
      ? { createdAtMs: null, nativeId: id }
      : { createdAtMs: Number.parseInt(time, 36), nativeId: id || null };
  return { place, timeless: timeless !== "", reported: reported !== "" };
}

/** Short, because a cursor holds a position for every target. */
export function writePosition({ place, timeless, reported }: Resumption & { readonly place: Place }): string {
  const time = place.createdAtMs?.toString(36) ?? "";
  return `${time}~${timeless ? "t" : ""}${reported ? "r" : ""}~${place.nativeId ?? ""}`;
}
