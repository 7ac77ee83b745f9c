import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod/mini";
import { readText } from "../local/loopback.ts";
import { account, tableArn } from "./role-grants.ts";

/** One action on one resource, as IAM sees it. */
export interface AwsCall {
  readonly action: string;
  readonly resource: string;
  /** The id of the item that is written; `null` for all other calls. */
  readonly item: string | null;
}

interface Upstreams {
  readonly ledgerUrl: string;
  readonly busUrl: string;
  /** By the name or ARN that a reference gives. */
  readonly secrets: ReadonlyMap<string, string>;
}

interface Exchange {
  readonly target: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** AWS, which records calls and lets the real stand-ins answer them. */
export interface RecordingAws {
  /** Answers one call. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** By the access key that signed them. */
  readonly calls: ReadonlyMap<string, readonly AwsCall[]>;
}

export function createRecordingAws(upstreams: Upstreams): RecordingAws {
  const calls = new Map<string, AwsCall[]>();
  return {
    calls,
    async answer(request, response) {
      const headers = pick(request.headers, ["authorization", "content-type", "x-amz-date", "x-amz-target"]);
      const exchange = { target: headers["x-amz-target"] ?? "", body: await readText(request, 16_000_000), headers };
      const [, accessKey = ""] = /Credential=([^/]+)\//.exec(headers["authorization"] ?? "") ?? [];
      calls.set(accessKey, [...(calls.get(accessKey) ?? []), ...callsOf(exchange)]);
      await respond(exchange, upstreams, response);
    },
  };
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}

async function respond({ target, body, headers }: Exchange, to: Upstreams, response: ServerResponse): Promise<void> {
  if (target.startsWith("DynamoDB_") || target.startsWith("AWSEvents.")) {
    const url = target.startsWith("DynamoDB_") ? to.ledgerUrl : to.busUrl;
    const answer = await fetch(url, { method: "POST", headers, body });
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" }).end(await answer.text());
    return;
  }
  const { Name, SecretId } = Secret.parse(JSON.parse(body));
  const value = to.secrets.get(Name ?? SecretId ?? "");
  if (value === undefined) response.writeHead(400).end();
  else response.end(JSON.stringify(Name === undefined ? { SecretString: value } : { Parameter: { Value: value } }));
}

const Secret = z.object({ Name: z.optional(z.string()), SecretId: z.optional(z.string()) });
const TableRequest = z.object({ TableName: z.string(), IndexName: z.optional(z.string()) });
const PutRequest = z.object({ Item: z.object({ id: z.object({ S: z.string() }) }) });
const BatchRequest = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const EventsRequest = z.object({ Entries: z.array(z.object({ EventBusName: z.string() })) });

function callsOf({ target, body }: Exchange): AwsCall[] {
  const [api = "", operation = ""] = target.split(".");
  const request: unknown = JSON.parse(body);
  switch (api) {
    case "DynamoDB_20120810":
      return dynamoDbCalls(operation, request);
    case "AmazonSSM": {
      const { Name = "" } = Secret.parse(request);
      const resource = `arn:aws:ssm:${account.region}:${account.id}:parameter/${Name.replace(/^\//, "")}`;
      return [{ action: `ssm:${operation}`, resource, item: null }];
    }
    case "secretsmanager": {
      const { SecretId = "" } = Secret.parse(request);
      return [{ action: `secretsmanager:${operation}`, resource: secretArn(SecretId), item: null }];
    }
    case "AWSEvents": {
      const buses = new Set(EventsRequest.parse(request).Entries.map(({ EventBusName }) => EventBusName));
      return Array.from(buses, (bus) => {
        const resource = `arn:aws:events:${account.region}:${account.id}:event-bus/${bus}`;
        return { action: `events:${operation}`, resource, item: null };
      });
    }
    default:
      throw new Error(`nothing is known about calls of ${target}`);
  }
}

function dynamoDbCalls(operation: string, request: unknown): AwsCall[] {
  const action = `dynamodb:${operation}`;
  if (operation.startsWith("Batch")) {
    const tables = Object.keys(BatchRequest.parse(request).RequestItems);
    return tables.map((name) => ({ action, resource: tableArn(name), item: null }));
  }
  const { TableName, IndexName } = TableRequest.parse(request);
  const resource = IndexName === undefined ? tableArn(TableName) : `${tableArn(TableName)}/index/${IndexName}`;
  const item = operation === "PutItem" ? PutRequest.parse(request).Item.id.S : null;
  return [{ action, resource, item }];
}

/** The ARN of a secret ends with six characters that AWS chooses. */
function secretArn(id: string): string {
  if (id.startsWith("arn:")) return id;
  return `arn:aws:secretsmanager:${account.region}:${account.id}:secret:${id}-AbCdEf`;
}
