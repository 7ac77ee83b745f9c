import { isDeepStrictEqual } from "node:util";
import { ProviderError } from "../../lib/domain/errors.ts";
import type { NativeTask, Rows } from "../../lib/domain/provider.ts";
import type { WireResponse } from "../../lib/transport/call.ts";
import { createClient } from "./client-subjects.ts";
import { objectsIn, payloadOf } from "./observation.ts";
import type { Subject } from "./observation.ts";

/**
 * Public ECS and the route gateway answer with one family of payloads. The same payload must come out of both adapters
 * as the same tasks. These are the only differences:
 *
 * | payload | public ECS | route gateway |
 * | --- | --- | --- |
 * | a list with neither `TaskSet` nor `TotalCount` | malformed | an empty list, as in its published sample |
 * | a listed row with counts, sub-operations, or a percent | ignored: the detail has them | read: there is no detail |
 * | a listed row that is `Finished` | unknown until its detail is read | its outcome |
 * | the resource of a single task | taken from its row: the detail has none | taken from its row |
 * | the wrappers around a payload | none | none, `result` as an object, or `result` as text |
 */

type Fields = Readonly<Record<string, unknown>>;

export const envelopes = ["flat", "result-object", "result-text"] as const;
export type Envelope = (typeof envelopes)[number];

type Read<Result> = { readonly value: Result } | { readonly kind: string; readonly message: string };

/** One adapter before a cloud that has a single payload. */
export interface EcsWire {
  /** The task with this id, whose row and detail are `row`. */
  get(nativeId: string, row: Fields): Promise<Read<NativeTask | undefined>>;
  /** All rows. The first page is `page`; later ones have no rows. */
  list(page: Fields): Promise<Read<Rows<NativeTask>>>;
}

export interface TwoWires {
  readonly ecs: EcsWire;
  readonly gateway: (envelope: Envelope) => EcsWire;
}

export const trueWires: TwoWires = { ecs: publicEcs(), gateway: routeGateway };

const signal = new AbortController().signal;
const requestId = "8A1B6F0C-2F6B-4B4E-9D0A-000000000021";
const noRows = { TaskSet: { Task: [] } };
const onePageOf = (row: Fields): Fields => ({ TotalCount: 1, TaskSet: { Task: [row] } });

function publicEcs(): EcsWire {
  const client = (detail: Fields, page: Fields) =>
    createClient("alibaba-ecs", async ({ headers, url }) => {
      const first = (url.searchParams.get("PageNumber") ?? "1") === "1";
      const payload = headers["x-acs-action"] === "DescribeTaskAttribute" ? detail : first ? page : noRows;
      return answer({ RequestId: requestId, ...payload });
    });
  return {
    get: (nativeId, row) => read(() => client(row, onePageOf(row)).get(nativeId, signal)),
    list: (page) => read(() => allRows(client({}, page))),
  };
}

function routeGateway(envelope: Envelope): EcsWire {
  const client = (page: Fields) =>
    createClient("apsara-route", async ({ body }) => {
      const first = new URLSearchParams(body).get("PageNumber") === "1";
      return answer(wrapped({ RequestId: requestId, ...(first ? page : noRows) }, envelope));
    });
  return {
    get: (nativeId, row) => read(() => client(onePageOf(row)).get(nativeId, signal)),
    list: (page) => read(() => allRows(client(page))),
  };
}

function wrapped(payload: Fields, envelope: Envelope): Fields {
  if (envelope === "flat") return payload;
  const result = envelope === "result-text" ? JSON.stringify(payload) : payload;
  return { resultCode: "0", resultMsg: "success", result };
}

function answer(payload: Fields): WireResponse {
  return { status: 200, headers: {}, body: JSON.stringify(payload) };
}

async function allRows(client: ReturnType<typeof createClient>): Promise<Rows<NativeTask>> {
  const pages: Rows<NativeTask>[] = [];
  for await (const page of client.list({}, signal)) pages.push(page);
  const [sightings, unreadable] = [pages.flatMap((one) => one.sightings), pages.flatMap((one) => one.unreadable)];
  return { sightings, unreadable };
}

async function read<Result>(call: () => Promise<Result>): Promise<Read<Result>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { kind: error.kind, message: error.message.replace(/^DescribeTaskAttribute: /, "") };
  }
}

/** How the wires differ about one task, by field. Empty if they agree. */
export async function differencesInTask(row: Fields, envelope: Envelope, wires = trueWires): Promise<string[]> {
  const nativeId = typeof row["TaskId"] === "string" ? row["TaskId"] : "t-none";
  const [ecs, gateway] = await Promise.all([wires.ecs.get(nativeId, row), wires.gateway(envelope).get(nativeId, row)]);
  if ("value" in ecs && "value" in gateway) return differingFields(ecs.value, gateway.value, []);
  return isDeepStrictEqual(ecs, gateway) ? [] : [`${shown(ecs)} and ${shown(gateway)}`];
}

const outcomeFields = ["status", "statusReason", "cancelable", "finishedAt"] as const;
const detailFields = ["partial", "error", "operations", "progress"] as const;

/** How the wires differ about a list. Empty if they agree. */
export async function differencesInList(page: Fields, envelope: Envelope, wires = trueWires): Promise<string[]> {
  if (hasNeitherRowsNorCount(page)) return [];
  const [ecs, gateway] = await Promise.all([wires.ecs.list(page), wires.gateway(envelope).list(page)]);
  if (!("value" in ecs && "value" in gateway)) {
    return isDeepStrictEqual(ecs, gateway) ? [] : [`${shown(ecs)} and ${shown(gateway)}`];
  }
  const [one, other] = [ecs.value, gateway.value];
  const idsOf = ({ sightings, unreadable }: Rows<NativeTask>) => [
    sightings.map(({ task }) => task.nativeId),
    unreadable,
  ];
  if (!isDeepStrictEqual(idsOf(one), idsOf(other))) return ["the rows of a list"];
  return one.sightings.flatMap(({ task, needsDetail }, index) => {
    const undecided = needsDetail && task.status === "unknown";
    const ignored = undecided ? [...detailFields, ...outcomeFields] : detailFields;
    return differingFields(task, other.sightings[index]?.task, ignored);
  });
}

function hasNeitherRowsNorCount({ TaskSet, TotalCount }: Fields): boolean {
  return (TaskSet ?? null) === null && ((TotalCount ?? null) === null || TotalCount === "");
}

function differingFields(
  one: NativeTask | undefined,
  other: NativeTask | undefined,
  ignored: readonly (keyof NativeTask)[],
): string[] {
  if (one === undefined || other === undefined) return one === other ? [] : ["a task that only one wire finds"];
  const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof NativeTask)[];
  const differing = fields.filter((name) => !ignored.includes(name) && !isDeepStrictEqual(one[name], other[name]));
  return differing.map((name) => `${name}: ${clipped(one[name])} and ${clipped(other[name])}`);
}

function shown(result: Read<unknown>): string {
  return "value" in result ? "an answer" : `${result.kind} "${result.message}"`;
}

function clipped(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 120);
}

const mostRows = 4;
const taskFields = [
  "TaskId",
  "TaskStatus",
  "TaskAction",
  "SupportCancel",
  "ResourceId",
  "CreationTime",
  "FinishedTime",
  "TaskProcess",
  "TotalCount",
  "SuccessCount",
  "FailedCount",
  "OperationProgressSet",
];
const pageFields = ["TaskSet", "TotalCount", "PageSize"];

/** The payload inside a damaged answer, without the wrappers that only one of the wires has. */
export function twoWiresSubject(wires = trueWires): Subject {
  return {
    name: "both ECS wires",
    cloud: "apsara-route",
    shows: "nothing",
    asks: "list",
    seesStatus: true,
    async observe({ list: [response] }) {
      const body = response?.body ?? "";
      const objects = objectsIn(payloadOf(body));
      const envelope = envelopes[body.length % envelopes.length] ?? "flat";
      const disagreements: string[] = [];
      try {
        const rows = objects.filter((one) => "TaskId" in one).slice(0, mostRows);
        for (const row of rows.flatMap((one) => rewritten(one, taskFields))) {
          disagreements.push(...(await differencesInTask(row, envelope, wires)));
        }
        const pages = objects.filter((one) => "TaskSet" in one).slice(0, 1);
        for (const page of pages.flatMap((one) => rewritten(one, pageFields))) {
          disagreements.push(...(await differencesInList(page, envelope, wires)));
        }
        return { delivered: [], seen: [], unreadable: [], disagreements };
      } catch (thrown) {
        return { delivered: [], seen: [], unreadable: [], disagreements, thrown };
      }
    },
  };
}

/**
 * These fields as they come back from JSON, where a number with too many digits becomes `null`. Nothing for an object that
 * is nested too deeply to be written again.
 */
function rewritten(fields: Fields, names: readonly string[]): Fields[] {
  const given = names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]]);
  try {
    return [JSON.parse(JSON.stringify(Object.fromEntries(given))) as Fields];
  } catch {
    return [];
  }
}
