import { bodyOf, listenHttp } from "../fakes/loopback-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";

/** Three clouds that answer everyone with the largest answers that are read, or with larger ones. */

export const hostileAnswers = [
  // Two that are not hostile, to compare with.
  "one-row",
  "hundred-rows",
  "full-texts",
  "many-operations",
  "many-related-items",
  "many-members",
  "tiny-chunks",
  // Those that are refused.
  "deep-nesting",
  "too-many-members",
  "too-many-rows",
  "million-rows",
] as const;
export type HostileAnswer = (typeof hostileAnswers)[number];

export const cloudNames = ["aliyun", "stack", "edge"] as const;
export type CloudName = (typeof cloudNames)[number];

/** The largest page and the largest detail that are read, less what is around their hostile parts. */
const pageBytes = 1024 * 1024 - 64 * 1024;
const detailBytes = 127 * 1024;
const rowsPerPage = 100;
/** The most objects and arrays that are read in one hostile part of full size. A row of a page has two of them. */
const mostContainers = { detail: 5_300, row: 90 };

export interface HostileClouds {
  readonly urls: Readonly<Record<CloudName, string>>;
  stop(): Promise<void>;
}

/** `kinds` tells how each cloud answers. */
export async function startHostileClouds(kinds: Readonly<Record<CloudName, HostileAnswer>>): Promise<HostileClouds> {
  const [aliyun, stack, edge] = await Promise.all([
    startCloud(createEcs(kinds.aliyun), kinds.aliyun),
    startCloud(createEcs(kinds.stack), kinds.stack),
    startCloud(createEcm(kinds.edge), kinds.edge),
  ]);
  return {
    urls: { aliyun: aliyun.url.href, stack: stack.url.href, edge: edge.url.href },
    async stop() {
      await Promise.all([aliyun, stack, edge].map((server) => server.close()));
    },
  };
}

interface Question {
  readonly url: URL;
  readonly action: string;
  readonly body: string;
}

type Cloud = (question: Question) => string;

function startCloud(cloud: Cloud, kind: HostileAnswer): Promise<LoopbackServer> {
  return listenHttp(async (request, response) => {
    const action = String(request.headers["x-acs-action"] ?? request.headers["x-tc-action"] ?? "");
    const answer = cloud({ url: new URL(request.url ?? "/", "http://h"), action, body: await bodyOf(request) });
    if (kind !== "tiny-chunks") return void response.end(answer);
    // Written at once, so that only the client is kept busy by the chunks.
    const chunks = answer.replaceAll(/[^ -~]/g, "?").replaceAll(/./g, "1\r\n$&\r\n");
    response.socket?.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
  });
}

const createdAt = new Date(Date.now() - 600_000).toISOString();

/** Public ECS with details, and the stack's ECS without them. */
function createEcs(kind: HostileAnswer): Cloud {
  const page = pageOf(kind, (number) => ({
    ...ecsRow(`t-${number}`),
    ResourceId: standIn,
    OperationProgressSet: standIn,
  }));
  const counted = `"RequestId":"r","TotalCount":${kind === "one-row" ? 1 : rowsPerPage}`;
  const part = hostilePart(kind, detailBytes);
  return ({ url, action, body }) => {
    const given = action === "" ? new URLSearchParams(body) : url.searchParams;
    const asked = given.get("TaskId") ?? given.get("TaskIds");
    if (action === "DescribeTaskAttribute") {
      return put(part, JSON.stringify({ RequestId: "r", ...ecsRow(asked ?? ""), OperationProgressSet: standIn }));
    }
    if (asked !== null) return JSON.stringify({ TotalCount: 1, TaskSet: { Task: [ecsRow(asked)] } });
    return `{${counted},"TaskSet":{"Task":[${given.get("PageNumber") === "1" ? page : ""}]}}`;
  };
}

function createEcm(kind: HostileAnswer): Cloud {
  const time = createdAt.slice(0, 19).replace("T", " ");
  const page = pageOf(kind, (number) => ({
    ImageId: `img-${number}`,
    ImageSource: "EXTERNAL_IMPORT",
    TaskId: String(number),
    ImageName: standIn,
    ImageState: standIn,
    ImageCreateTime: time,
  }));
  const counted = `"RequestId":"r","TotalCount":${kind === "one-row" ? 1 : rowsPerPage}`;
  const part = hostilePart(kind, detailBytes);
  return ({ action, body }) => {
    if (action === "DescribeImage")
      return `{"Response":{${counted},"ImageSet":[${body.includes('"Offset":0') ? page : ""}]}}`;
    const row = { State: "FAILED", ImageName: "edge", CreateTime: time, Message: standIn };
    return put(part, JSON.stringify({ Response: { RequestId: "r", ImageTaskSet: [row], TotalCount: 1 } }));
  };
}

/** A task that needs its detail, where the cloud has details. */
function ecsRow(TaskId: string): Record<string, unknown> {
  const CreationTime = `${createdAt.slice(0, 16)}Z`;
  return { TaskId, TaskStatus: "Failed", TaskAction: "ExportImage", CreationTime };
}

function pageOf(kind: HostileAnswer, rowOf: (number: number) => Record<string, unknown>): string {
  if (kind === "million-rows") return emptyRows(1_000_000);
  if (kind === "too-many-rows") return emptyRows(pageBytes / 3);
  const part = hostilePart(kind, pageBytes / rowsPerPage / 2);
  const count = kind === "one-row" ? 1 : rowsPerPage;
  return Array.from({ length: count }, (_, index) => put(part, JSON.stringify(rowOf(index + 1)))).join(",");
}

function emptyRows(count: number): string {
  return Array.from({ length: Math.floor(count) }, () => "{}").join(",");
}

/** Where the hostile part of an answer is put. */
const standIn = "\u0001";

function put(part: string, json: string): string {
  return json.replaceAll(JSON.stringify(standIn), () => part);
}

/** JSON of about so many bytes. */
function hostilePart(kind: HostileAnswer, bytes: number): string {
  const read = mostContainers[bytes < detailBytes ? "row" : "detail"];
  const most = kind === "too-many-members" ? Infinity : read;
  const repeated = (item: (index: number) => string, itemBytes: number) =>
    Array.from({ length: Math.min(most, Math.floor(bytes / itemBytes)) }, (_, index) => item(index)).join(",");
  switch (kind) {
    case "full-texts":
    case "tiny-chunks":
      return textOf(bytes);
    case "many-operations":
      return filled(`"OperationProgress":[${repeated(() => "{}", 3)}]`, bytes);
    case "many-related-items": {
      const items = repeated((index) => `{"Name":"n${index}","Value":""}`, 26);
      return `{"OperationProgress":[{"OperationStatus":"Failed","RelatedItemSet":{"RelatedItem":[${items}]}}]}`;
    }
    case "many-members":
    case "too-many-members":
      return filled(`"OperationProgress":[],${repeated((index) => `"m${index}":{}`, 11)}`, bytes);
    case "deep-nesting":
      return `{"OperationProgress":[],"x":${"[".repeat(bytes / 2)}${"]".repeat(bytes / 2)}}`;
    default:
      return '"x"';
  }
}

/** An object of full size: a longer answer may have more objects. */
function filled(members: string, bytes: number): string {
  const object = (text: string) => `{${members},"filled":"${text}"}`;
  return object("x".repeat(Math.max(0, Math.floor(bytes) - object("").length)));
}

/** It begins credentials, links, and escapes, and ends none, so that it is slow to search. */
function textOf(bytes: number): string {
  const piece = "sign %25 https://a@ \\u00 \u202e\u001b[1m=' 語 ";
  const most = Math.floor(bytes / Buffer.byteLength(JSON.stringify(piece)));
  return JSON.stringify(piece.repeat(most));
}
