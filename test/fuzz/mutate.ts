import { hostileValue, wearyingValue } from "./hostile-values.ts";
import type { Random } from "./random.ts";

/** Damages a parsed payload in place, one to four times, and returns it. `others` are payloads to take parts from. */
export function mutateTree(tree: unknown, random: Random, others: readonly unknown[]): unknown {
  const holder: Holder = { root: structuredClone(tree) };
  const times = random.pick([1, 1, 1, 2, 2, 3, 4]);
  for (let time = 0; time < times; time += 1) {
    const places = placesOf(holder);
    const place = random.one(places);
    const mutation = random.one(mutations);
    if (place !== undefined && mutation !== undefined) mutation(place, random, others);
  }
  return holder.root;
}

interface Holder {
  root: unknown;
}

/** One value and the object or list it stands in. */
interface Place {
  readonly parent: object;
  readonly key: string;
}

function read({ parent, key }: Place): unknown {
  return Object.getOwnPropertyDescriptor(parent, key)?.value;
}

function write({ parent, key }: Place, value: unknown): void {
  // Not by assignment, which would set the prototype where the key is `__proto__`.
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}

const mostPlaces = 400;

export function placesOf(holder: object): Place[] {
  const places: Place[] = [];
  const left: object[] = [holder];
  for (let parent = left.pop(); parent !== undefined && places.length < mostPlaces; parent = left.pop()) {
    for (const key of Object.keys(parent)) {
      const place = { parent, key };
      const value = read(place);
      places.push(place);
      if (typeof value === "object" && value !== null) left.push(value);
    }
  }
  return places;
}

type Mutation = (place: Place, random: Random, others: readonly unknown[]) => void;

const mutations: readonly Mutation[] = [
  (place) => remove(place),
  (place, random) => write(place, hostileValue(random)),
  (place, random) => write(place, hostileValue(random)),
  (place, random) => write(place, hostileValue(random)),
  rename,
  duplicate,
  (place) => write(place, [read(place)]),
  (place) => write(place, { [place.key]: read(place) }),
  (place) => write(place, retyped(read(place))),
  spoilText,
  wearOut,
  addKey,
  repeatMembers,
  (place, random, others) => write(place, structuredClone(random.one(others))),
  wrapAll,
];

function rename(place: Place, random: Random): void {
  const value = read(place);
  if (Array.isArray(place.parent)) return;
  remove(place);
  const { key } = place;
  const name = random.pick([
    key.toLowerCase(),
    key.toUpperCase(),
    `${key} `,
    `${key}s`,
    "__proto__",
    "constructor",
    "",
  ]);
  write({ parent: place.parent, key: name }, value);
}

function duplicate(place: Place, random: Random): void {
  const copy: unknown = structuredClone(read(place));
  if (Array.isArray(place.parent)) place.parent.splice(random.below(place.parent.length + 1), 0, copy);
  else write({ parent: place.parent, key: `${place.key}${random.pick(["2", "_", ""])}`.toLowerCase() }, copy);
}

function retyped(value: unknown): unknown {
  if (typeof value === "string") return /^\d+$/.test(value) ? Number(value) : [value];
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? 1 : "0";
  if (Array.isArray(value)) return { ...value };
  if (typeof value === "object" && value !== null) return Object.values(value);
  return "null";
}

function spoilText(place: Place, random: Random): void {
  const value = read(place);
  if (typeof value !== "string") return write(place, hostileValue(random));
  const at = random.below(value.length + 1);
  const inserted = random.pick(["\u0000", "\u200b", "\n", ",", ":", "'", "%", "\u{1F600}", "\ud800", " ", "<", "x"]);
  write(place, value.slice(0, at) + inserted + value.slice(random.chance(0.5) ? at : at + 1));
}

/** Rarely, since it takes its time: a text or a row is made too long or too deep. */
function wearOut(place: Place, random: Random): void {
  if (random.chance(0.35)) write(place, wearyingValue(random));
}

function addKey({ parent }: Place, random: Random): void {
  if (Array.isArray(parent)) return void parent.push(hostileValue(random));
  const key = random.pick<string>([
    "__proto__",
    "constructor",
    "toString",
    "Code",
    "code",
    "Error",
    "errorSample",
    "resultCode",
    "result",
    "success",
    "TaskSet",
    "ImageTaskSet",
    "TotalCount",
    "TaskStatus",
    "FailedCount",
    "OperationProgressSet",
    "errorKey",
    "Message",
    "FinishedTime",
  ]);
  write({ parent, key }, hostileValue(random));
}

/** A list many times as long, its members the same or told apart by their ids. */
function repeatMembers(place: Place, random: Random): void {
  const value = read(place);
  const members: readonly unknown[] = Array.isArray(value) ? value : Array.isArray(place.parent) ? place.parent : [];
  if (members.length === 0) return;
  const count = random.pick([2, 3, 11, 101, random.chance(0.05) ? 3000 : 5]);
  const repeated = Array.from({ length: count }, (_, index) => copyNumber(members[index % members.length], index));
  if (Array.isArray(value)) write(place, repeated);
}

function copyNumber(member: unknown, index: number): unknown {
  if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
  if (!("TaskId" in member) || typeof member.TaskId !== "string" || index % 7 === 6) return member;
  return { ...member, TaskId: `${member.TaskId}${index}` };
}

/** Another envelope around everything. */
function wrapAll({ parent, key }: Place, random: Random): void {
  const value = read({ parent, key });
  const json = JSON.stringify(value) ?? "null";
  write(
    { parent, key },
    random.pick<unknown>([{ result: value }, { result: json }, { Response: value }, json, [value]]),
  );
}
