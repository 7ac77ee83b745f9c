import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { itemToRecord } from "../../lib/ledger/items.ts";
import { isDown } from "./fault-plan.ts";
import type { Process } from "./process.ts";
import type { Item, Store } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";

/**
 * A document client whose `send` is a small in-memory DynamoDB, limited to what the ledger uses. The class is never
 * constructed, so the SDK's runtime never runs.
 */
export function createDocumentClient(simulation: Simulation, store: Store, process: Process): DynamoDBDocumentClient {
  const world: World = { simulation, store, process };
  const client = Object.create(DynamoDBDocumentClient.prototype) as DynamoDBDocumentClient;
  const send = (command: unknown, options?: { abortSignal?: AbortSignal }): Promise<unknown> => {
    const signal = options?.abortSignal;
    if (command instanceof PutCommand) return put(command.input, signal, world);
    if (command instanceof QueryCommand) return query(command.input, signal, world);
    if (command instanceof BatchGetCommand) return batchGet(command.input, signal, world);
    if (command instanceof GetCommand) return get(command.input, signal, world);
    throw new Error("the simulated DynamoDB does not support this command");
  };
  Object.defineProperty(client, "send", { value: send });
  return client;
}

interface World {
  readonly simulation: Simulation;
  readonly store: Store;
  readonly process: Process;
}

type StoreFault = "throttled" | "store 5xx" | "answer lost" | "some keys unprocessed";

function drawFault({ simulation }: World, writes: boolean): StoreFault | null {
  const { random, faultPlan, timeline } = simulation;
  if (timeline.now() >= faultPlan.faultFreeFromMs) return null;
  if (isDown(faultPlan, "store", timeline.now())) return "throttled";
  if (!random.happens(faultPlan.storeFaults)) return null;
  return random.pick(writes ? writeFaults : readFaults);
}

const writeFaults = ["throttled", "store 5xx", "answer lost", "answer lost"] as const;
const readFaults = ["throttled", "store 5xx", "some keys unprocessed"] as const;

function latencyOf({ simulation }: World): number {
  const { random } = simulation;
  return random.happens(0.02) ? random.int(500, 4_000) : random.int(2, 25);
}

function storeError(name: string): Error {
  const error = new Error(`simulated ${name}`);
  error.name = name;
  return error;
}

function failing(fault: StoreFault): Error {
  return storeError(fault === "throttled" ? "ProvisionedThroughputExceededException" : "InternalServerError");
}

/** Connection and region of an item's id. */
function targetOf(id: string): string {
  const own = id.replace(/^(?:#unreadable)?(?:#target)?#/, "");
  const end = own.indexOf(":", own.indexOf(":") + 1);
  return end < 0 ? own : own.slice(0, end);
}

const targetPrefix = "#target#";

function get(input: GetCommand["input"], signal: AbortSignal | undefined, world: World): Promise<unknown> {
  const id = String(input.Key?.["id"]);
  const target = targetOf(id);
  if (id.startsWith(targetPrefix)) world.process.phases.set(target, "begin");
  const fault = drawFault(world, false);
  return world.process.call({
    kind: id.startsWith(targetPrefix) ? "ledger.readTarget" : "ledger.readItem",
    target,
    latencyMs: latencyOf(world),
    signal,
    effect() {
      tell(world, `reads ${id}`, fault);
      if (fault !== null) throw failing(fault);
      const item = world.store.get(id);
      return item === undefined ? {} : { Item: item };
    },
  });
}

function batchGet(input: BatchGetCommand["input"], signal: AbortSignal | undefined, world: World): Promise<unknown> {
  const [[table, request] = ["", { Keys: [] }]] = Object.entries(input.RequestItems ?? {});
  const keys = request.Keys ?? [];
  const fault = drawFault(world, false);
  return world.process.call({
    kind: "ledger.readTasks",
    target: targetOf(String(keys[0]?.["id"])),
    latencyMs: latencyOf(world),
    signal,
    effect() {
      tell(world, `reads ${keys.length} tasks`, fault);
      if (fault !== null && fault !== "some keys unprocessed") throw failing(fault);
      const answered = fault === null ? keys.length : world.simulation.random.int(0, keys.length);
      const items = keys.slice(0, answered).flatMap((key) => world.store.get(String(key["id"])) ?? []);
      const left = keys.slice(answered);
      return {
        Responses: { [table]: items.toReversed() },
        UnprocessedKeys: left.length > 0 ? { [table]: { ...request, Keys: left } } : {},
      };
    },
  });
}

function put(input: PutCommand["input"], signal: AbortSignal | undefined, world: World): Promise<unknown> {
  const { simulation, store, process } = world;
  const item: Item = input.Item ?? {};
  const id = String(item["id"]);
  const record = typeof item["record"] === "string" ? itemToRecord(item) : undefined;
  const target = targetOf(id);
  if (id.startsWith(targetPrefix)) process.phases.set(target, "checkpoint");
  // The sweep sends earlier pending events and writes nothing else about them.
  const due = process.phases.get(target) === "publish due";
  const kind =
    record === undefined
      ? id.startsWith(targetPrefix)
        ? "ledger.writeTarget"
        : "ledger.writeItem"
      : `ledger.writeTask(${due ? "delivered" : changeOf(record, store.recordOf(id))})`;
  const fault = drawFault(world, true);
  const isTooLarge = bytesOf(item) > largestItemBytes;
  return process.call({
    kind,
    target,
    latencyMs: latencyOf(world),
    signal,
    effect() {
      if (isTooLarge) {
        tell(world, `writes ${id} (${kind})`, "the item is too large");
        throw storeError("ValidationException");
      }
      if (fault === "throttled" || fault === "store 5xx") {
        tell(world, `writes ${id} (${kind})`, fault);
        throw failing(fault);
      }
      const before = store.get(id);
      if (!holds(input, before)) {
        tell(world, `writes ${id} (${kind})`, "somebody else wrote first");
        throw storeError("ConditionalCheckFailedException");
      }
      tell(world, `writes ${id} (${kind})`, fault, record === undefined ? undefined : describe(record));
      if (id.startsWith(targetPrefix)) simulation.witness.targetWritten(item, process);
      else if (record !== undefined) simulation.witness.taskWritten(item, record, store.recordOf(id), process);
      store.put(item, record, indexLagOf(simulation));
      // The SDK retries by itself and then finds the result of its own first attempt.
      if (fault === "answer lost") throw storeError(lostAs(simulation));
      return {};
    },
  });
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const largestItemBytes = 400 * 1024;

/** Nearly all of an item is its record. */
function bytesOf({ record }: Item): number {
  return typeof record === "string" && record.length > largestItemBytes / 4 ? Buffer.byteLength(record) : 0;
}

function lostAs({ random }: Simulation): string {
  return random.happens(0.6) ? "ConditionalCheckFailedException" : "TimeoutError";
}

function indexLagOf({ random, faultPlan, timeline }: Simulation): number {
  if (timeline.now() >= faultPlan.faultFreeFromMs) return random.int(0, 100);
  return random.happens(faultPlan.storeFaults) ? random.int(0, 20_000) : random.int(0, 500);
}

function holds(
  { ConditionExpression = "", ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: PutCommand["input"],
  before: Item | undefined,
): boolean {
  return ConditionExpression.split(" AND ").every((condition) => {
    const [, exists, tested = "", compared = "", value = ""] = conditionForm.exec(condition) ?? [];
    if (tested === "" && compared === "") throw new Error(`unsupported condition: ${ConditionExpression}`);
    const attribute = tested || compared;
    const stored = before?.[ExpressionAttributeNames[attribute] ?? attribute];
    if (exists !== undefined) return (stored !== undefined) === (exists === "attribute_exists");
    return before !== undefined && stored === ExpressionAttributeValues[value];
  });
}

const conditionForm = /^(?:(attribute_exists|attribute_not_exists)\(([#\w]+)\)|([#\w]+) = (:\w+))$/;

function describe({ task, revision, generation, pending, tracking }: TaskRecord): string {
  return `revision ${revision}, generation ${generation}, ${task.status}, ${tracking}, ${pending.length} pending`;
}

/** What a write records, for the names of crash points. */
function changeOf(next: TaskRecord, before: TaskRecord | undefined): string {
  if (next.revision !== (before?.revision ?? 0) + 1) return "moved";
  if (before === undefined) return next.task.done ? "ended at first sight" : "first sight";
  if (next.tracking !== before.tracking) return next.tracking;
  if (next.generation > before.generation) return "back again";
  if (next.task.status !== before.task.status && next.task.done)
    return next.task.status === "vanished" ? "vanished" : "ended";
  if (next.stalledAtMs !== null && before.stalledAtMs === null) return "stalled";
  const attempts = new Map(next.pending.map((entry) => [entry.event.detail.id, entry.attempts]));
  if (before.pending.some(({ event }) => !attempts.has(event.detail.id))) return "delivered";
  if (before.pending.some((entry) => entry.attempts !== attempts.get(entry.event.detail.id))) return "delivered";
  if ((next.missing?.count ?? 0) > (before.missing?.count ?? 0)) return "missed";
  return "moved";
}

interface KeyCondition {
  readonly hash: string;
  readonly sort: string;
  readonly comparison: string | undefined;
  readonly value: string | undefined;
}

const keyConditions = new Map<string, KeyCondition>();

function keyConditionOf(expression: string): KeyCondition {
  const known = keyConditions.get(expression);
  if (known !== undefined) return known;
  const [, hash, sort = "id", comparison, value] = keyConditionForm.exec(expression) ?? [];
  if (hash === undefined) throw new Error(`unsupported key condition: ${expression}`);
  const condition = { hash, sort, comparison, value };
  keyConditions.set(expression, condition);
  return condition;
}

const keyConditionForm = /^(\w+) = :target(?: AND (\w+) (>|<=|<) :(\w+))?$/;

function query(input: QueryCommand["input"], signal: AbortSignal | undefined, world: World): Promise<unknown> {
  const { simulation, store, process } = world;
  const { hash, sort, comparison, value } = keyConditionOf(input.KeyConditionExpression ?? "");
  const target = String(input.ExpressionAttributeValues?.[":target"]);
  const pending = hash === "pendingTarget";
  const listed = hash === "listTarget";
  if (input.ExclusiveStartKey === undefined && !listed)
    process.phases.set(target, pending ? "publish due" : "reconcile");
  const fault = drawFault(world, false);
  return process.call({
    kind: pending ? "ledger.dueEvents" : listed ? "ledger.countReplaced" : "ledger.openTasks",
    target: targetOf(target),
    latencyMs: latencyOf(world),
    signal,
    effect() {
      tell(world, `queries ${input.IndexName} of ${target}`, fault);
      if (fault === "throttled" || fault === "store 5xx") throw failing(fault);
      const bound = value === undefined ? undefined : input.ExpressionAttributeValues?.[`:${value}`];
      const items = store
        .indexed()
        .filter((item) => item[hash] === target && item[sort] !== undefined && within(item[sort], comparison, bound))
        .sort((one, other) => compareRows(one, other, sort));
      return pageOf(items, { hash, sort, start: input.ExclusiveStartKey, size: pageSizeOf(simulation) });
    },
  });
}

function within(value: unknown, comparison: string | undefined, bound: unknown): boolean {
  if (comparison === undefined) return true;
  const order = compare(value, bound);
  if (comparison === ">") return order > 0;
  return comparison === "<" ? order < 0 : order <= 0;
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [a, b] = [String(one), String(other)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareRows(one: Item, other: Item, sort: string): number {
  return compare(one[sort], other[sort]) || compare(one["id"], other["id"]);
}

interface PageRequest {
  readonly hash: string;
  readonly sort: string;
  readonly start: Record<string, unknown> | undefined;
  readonly size: number;
}

/** Pages end at a size in bytes, so they may be short or even empty in the middle. */
function pageOf(items: readonly Item[], { hash, sort, start, size }: PageRequest): unknown {
  const rest = start === undefined ? items : items.filter((item) => compareRows(item, start, sort) > 0);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  if (rest.length <= size || last === undefined) return { Items: page, Count: page.length };
  const key = { id: last["id"], [hash]: last[hash], [sort]: last[sort] };
  return { Items: page, Count: page.length, LastEvaluatedKey: key };
}

function pageSizeOf({ random, faultPlan }: Simulation): number {
  return random.happens(faultPlan.storeFaults) ? random.int(1, 2) : 1_000;
}

function tell({ simulation, process }: World, action: string, fault: string | null, effect?: string): void {
  if (simulation.story === undefined) return;
  simulation.story.tell(simulation.timeline.now(), {
    actor: process.name,
    action,
    fault,
    ...(effect === undefined ? {} : { effect }),
  });
}
