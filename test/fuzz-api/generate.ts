import type { JsonObject } from "../../lib/openapi/json.ts";
import type { Random } from "../fuzz/random.ts";
import { anyBody } from "./bodies.ts";
import { beyondSchema, damaged, oneBrokenText, rawQueryParts } from "./broken-values.ts";
import type { FuzzRequest } from "./caller.ts";
import { objectAt, operationsOf } from "./document-shape.ts";
import type { Operation, Parameter } from "./document-shape.ts";
import { anyHeaders } from "./headers.ts";
import type { Memory } from "./memory.ts";

/** Generates requests from the document: valid ones, and invalid ones of every kind that it describes. */
export interface GeneratorOptions {
  readonly document: JsonObject;
  readonly memory: Memory;
  /** The required token; empty for none. */
  readonly token: string;
}

export function createGenerator(options: GeneratorOptions): (random: Random) => FuzzRequest {
  const operations = operationsOf(options.document);
  const everyParameter = operations.flatMap((operation) => {
    const inQuery = operation.parameters.filter((parameter) => parameter.in === "query");
    return inQuery.map((parameter) => ({ operation, parameter }));
  });
  return (random) => {
    const alone = random.chance(0.15) ? random.one(everyParameter) : undefined;
    if (alone !== undefined) return oneBeyond(alone, options, random);
    const operation = random.one(operations);
    if (operation === undefined) throw new Error("the document has no operation");
    const target = targetOf(operation, options.memory, random);
    const headers = anyHeaders(operation, { ...options, random });
    const body = operation.takesBody || random.chance(0.02) ? anyBody(options.memory, random) : null;
    const method = random.chance(0.05) ? otherMethod(random) : operation.method;
    return { method, target, headers, body: method === "TRACE" ? null : body };
  };
}

/** A request with a single, barely invalid parameter, so that nothing else can be why it is rejected. */
function oneBeyond(
  { operation, parameter }: { operation: Operation; parameter: Parameter },
  { memory, token }: GeneratorOptions,
  random: Random,
): FuzzRequest {
  const { method, path } = operation;
  const target = path.replace("{id}", () => encoded(memory.taskId(random)));
  const value = beyondSchema(itemsOf(parameter), random);
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  return { method, target: `${target}?${encoded(parameter.name)}=${encoded(value)}`, headers, body: null };
}

function itemsOf({ schema }: Parameter): JsonObject {
  return schema["type"] === "array" ? objectAt(schema["items"]) : schema;
}

function otherMethod(random: Random): string {
  return random.pick(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"]);
}

function targetOf(operation: Operation, memory: Memory, random: Random): string {
  const path = pathOf(operation, memory, random);
  const query = random.chance(0.03) ? oddQuery(random) : queryOf(operation, memory, random);
  return query === "" ? path : `${path}?${query}`;
}

function pathOf({ path }: Operation, memory: Memory, random: Random): string {
  if (random.chance(0.04)) return oddPath(path, random);
  const wrong = random.chance(0.2);
  const id = wrong
    ? random.pick([oneBrokenText(random), damaged(memory.taskId(random), random)])
    : memory.taskId(random);
  // Slashes and dots would change the path; `oddPath` covers those.
  const segment = random.chance(0.3) && /^[\w:.-]+$/.test(id) ? id : encoded(id);
  return path.replace("{id}", () => segment);
}

function oddPath(path: string, random: Random): string {
  const odd = encoded(oneBrokenText(random));
  const target = random.pick([
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    path.replace("{id}", ""),
    `${path.replace("{id}", odd)}/${odd}`,
    `/${odd}`,
    "/favicon.ico",
    "/tasks/..%2f..%2fconnections",
    "/tasks/../connections",
    "/./tasks",
    "/%74asks",
    "/tasks/%",
    "/tasks/%zz",
    "/tasks;v=1",
    "/.env",
    "/tasks/a/b/c",
    "/dev/tasks",
    `/${"a/".repeat(300)}`,
    `/tasks/${"a".repeat(9000)}`,
    "/tasks/aliyun%3Acn-hangzhou%3At-1%2Fcancel",
  ]);
  // The page is there, and no part of the API.
  return target === "/" ? "/index.html" : target;
}

function oddQuery(random: Random): string {
  if (random.chance(0.1)) return Array.from({ length: 220 }, (_, index) => `status=failed&x${index}=1`).join("&");
  if (random.chance(0.1)) return `imageName=${"y".repeat(9000)}`;
  return Array.from({ length: 1 + random.below(3) }, () => random.one(rawQueryParts) ?? "").join("&");
}

function queryOf({ parameters }: Operation, memory: Memory, random: Random): string {
  const inQuery = parameters.filter((parameter) => parameter.in === "query" && parameter.name !== "cursor");
  const takesCursor = inQuery.length < parameters.filter((parameter) => parameter.in === "query").length;
  if (takesCursor && random.chance(0.15)) return cursorQuery(memory, random);
  const breaks = random.chance(0.4);
  const pairs = Array.from({ length: inQuery.length === 0 ? 0 : random.below(4) }, () => random.one(inQuery))
    .filter((parameter) => parameter !== undefined)
    .flatMap((parameter) => pairsOf(parameter, { breaks: breaks && random.chance(0.5), memory, random }));
  const extra = breaks && random.chance(0.2) ? [[oneBrokenText(random), oneBrokenText(random)] as const] : [];
  // Most lists use the ledger. Live ones use up the clouds' rate limit, which then delays everything else.
  const preferLedger = takesCursor && !pairs.some(([name]) => name === "source") && random.chance(0.85);
  const source = preferLedger ? [["source", "ledger"] as const] : [];
  return [...pairs, ...source, ...extra].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
}

interface Wish {
  readonly breaks: boolean;
  readonly memory: Memory;
  readonly random: Random;
}
type Pair = readonly [string, string];

function pairsOf(parameter: Parameter, { breaks, memory, random }: Wish): Pair[] {
  const { name, schema } = parameter;
  // Waiting takes time and is tested elsewhere.
  if (name === "wait" && !breaks) return random.chance(0.03) ? [[name, String(1 + random.below(2))]] : [];
  const items = itemsOf(parameter);
  const times = schema["type"] === "array" && random.chance(0.3) ? 1 + random.below(3) : 1;
  const pairs = Array.from({ length: times }, (): Pair => [name, rightValue(name, items, memory, random)]);
  if (!breaks) return pairs;
  const [first] = pairs;
  return random.pick([
    [[name, oneBrokenText(random)]],
    [[name, beyondSchema(items, random)]],
    [[name, damaged(first?.[1] ?? "", random)]],
    [...pairs, ...pairs, [name, oneBrokenText(random)]],
    [[name, ""]],
    Array.from({ length: 101 }, (): Pair => first ?? [name, ""]),
  ]);
}

const configured: Readonly<Record<string, readonly string[]>> = {
  connection: ["aliyun", "stack", "edge"],
  region: ["cn-hangzhou", "cn-qingdao-env17-d01", "global"],
  nativeStatus: ["Processing", "Finished", "Waiting", "NORMAL"],
  nativeAction: ["ImportImage", "ExportImage"],
  label: ["pipeline=golden-7", "ümläut=任务", "none="],
  createdAfter: ["2026-01-31T12:00:00Z", "2020-01-01T00:00:00+08:00", "2026-01-31T12:00:00.123456Z"],
  createdBefore: ["2036-01-31T12:00:00Z", "2030-12-31T23:59:59-11:30"],
};

function rightValue(name: string, schema: JsonObject, memory: Memory, random: Random): string {
  const { enum: words, type, minimum, maximum } = schema;
  if (Array.isArray(words)) return String(random.one(words));
  if (type === "integer") return String(Number(minimum) + random.below(Number(maximum) - Number(minimum) + 1));
  if (name === "nativeId") return memory.nativeId(random).nativeId;
  return random.one(configured[name] ?? ["m-bp1a2b3c4d5e6f7a8b9c", "golden image", "任务"]) ?? "";
}

/** A cursor as received, with filters other than its own, or damaged. */
function cursorQuery(memory: Memory, random: Random): string {
  const known = memory.cursor(random);
  const other = memory.cursor(random);
  if (known === undefined || other === undefined) return `cursor=${encoded(oneBrokenText(random))}`;
  const cursor = random.chance(0.5) ? known.cursor : damaged(known.cursor, random);
  const query = random.chance(0.7) ? known.query : other.query;
  return [query, `cursor=${encoded(cursor)}`].filter((part) => part !== "").join("&");
}

/** Like `encodeURIComponent`, but also for invalid Unicode. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
