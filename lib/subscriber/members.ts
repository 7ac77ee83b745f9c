import { TaskEventError } from "./task-event-error.ts";

/** A value inside an event, where it is, and what the event has in its place that this version does not know. */
export interface Place {
  readonly value: unknown;
  readonly path: string;
  /** Words by path. Grows while the event is read. */
  readonly unrecognized: Record<string, string>;
}

type Read<Value> = (place: Place) => Value;

export function member(place: Place, name: string): Place {
  const { [name]: value } = record(place);
  return { ...place, value, path: place.path === "" ? name : `${place.path}.${name}` };
}

function record(place: Place): Readonly<Record<string, unknown>> {
  const { value } = place;
  return isRecord(value) ? value : refuse(place, "an object");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(place: Place): string {
  return typeof place.value === "string" ? place.value : refuse(place, "a text");
}

export function flag(place: Place): boolean {
  return typeof place.value === "boolean" ? place.value : refuse(place, "true or false");
}

/** A whole number. */
export function count(place: Place, least = 0): number {
  const { value } = place;
  return typeof value === "number" && Number.isInteger(value) && value >= least
    ? value
    : refuse(place, `a whole number from ${least}`);
}

export function percentage(place: Place): number {
  const { value } = place;
  return typeof value === "number" && value >= 0 && value <= 100 ? value : refuse(place, "a number from 0 to 100");
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function time(place: Place): string {
  const value = text(place);
  return rfc3339.test(value) && !Number.isNaN(Date.parse(value)) ? value : refuse(place, "a time as in RFC 3339");
}

/** One of the known words. Another word is noted as unrecognized, and read as `otherwise`. */
export function word<Word extends string>(place: Place, known: readonly Word[], otherwise: Word): Word {
  const value = text(place);
  const found = known.find((one) => one === value);
  if (found === undefined) place.unrecognized[place.path] = value;
  return found ?? otherwise;
}

export function orNull<Value>(place: Place, read: Read<Value>): Value | null {
  return place.value === null ? null : read(place);
}

/** For a member that events of earlier versions do not have. */
export function ifPresent<Value>(place: Place, read: Read<Value>, otherwise: Value): Value {
  return place.value === undefined ? otherwise : read(place);
}

export function list<Value>(place: Place, read: Read<Value>): Value[] {
  const { value, path } = place;
  if (!Array.isArray(value)) return refuse(place, "a list");
  return value.map((one: unknown, index) => read({ ...place, value: one, path: `${path}[${index}]` }));
}

export function texts(place: Place): Record<string, string> {
  return Object.fromEntries(Object.keys(record(place)).map((name) => [name, text(member(place, name))]));
}

export function refuse({ value, path }: Place, expected: string): never {
  const problem = value === undefined ? `is missing: it must be ${expected}` : `is not ${expected}`;
  throw new TaskEventError(
    "invalid-member",
    path,
    problem,
    "Something has changed the event on its way, such as an input transformer. Pass it on as EventBridge delivers it.",
  );
}
