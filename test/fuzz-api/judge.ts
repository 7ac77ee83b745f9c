import formats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { JsonObject } from "../../lib/openapi/json.ts";
import { createContract } from "../contract/check-response.ts";
import type { CheckOptions } from "../contract/check-response.ts";
import { splitTarget } from "../gateway/gateway-request.ts";
import type { FuzzRequest, FuzzResponse } from "./caller.ts";
import { operationsOf } from "./document-shape.ts";
import type { Operation, Parameter } from "./document-shape.ts";

/** Returns what is wrong with a response, given the document and the request. */

export interface Fault {
  readonly kind: "undocumented" | "mismatch" | "unhandled";
  readonly what: string;
}

export interface JudgeOptions extends CheckOptions {
  readonly document: JsonObject;
  readonly secrets: readonly string[];
  /** Set when testing a URL: its clouds may throttle, and it may be busy, so such a named problem is not ours. */
  readonly mayBeBusy: boolean;
}

export type Judge = (request: FuzzRequest, response: FuzzResponse) => Fault[];

export function createJudge(options: JudgeOptions): Judge {
  const { document, secrets, mayBeBusy } = options;
  const contract = createContract(document);
  const verdictOn = createVerdict(document);
  return (request, response) => {
    const { path } = splitTarget(request.target);
    const { status, headers, body } = response;
    const serverFault = status >= 500 && !(mayBeBusy && /urn:image-tasks:problem:(provider-|busy)/.test(body));
    const mismatches = [...leaksIn(response, secrets), ...contradictions(request, response, verdictOn(request))];
    return [
      ...(serverFault ? [{ kind: "unhandled", what: `the status ${status}` } as const] : []),
      ...contract.findingsIn({ method: request.method, path, status, headers, body }, options),
      ...mismatches.map((what) => ({ kind: "mismatch", what }) as const),
    ];
  };
}

function leaksIn({ headers, body }: FuzzResponse, secrets: readonly string[]): string[] {
  const text = `${Object.values(headers).join("\n")}\n${body}`;
  const leaks = secrets
    .filter((secret) => secret.length >= 8 && text.includes(secret))
    .map(() => "a secret is in the answer");
  const stack = /\n? {2,}at \S+|\.m?[jt]s:\d+|node_modules|file:\/\//.test(text) ? ["a stack is in the answer"] : [];
  return [...leaks, ...stack];
}

/** `invalid`: the document forbids it. `valid`: the document allows it and nothing else can prevent it. */
type Verdict = "valid" | "invalid" | "open";

/** What a request is refused with that says something the document does not allow. */
const refusals = new Set([400, 405, 413, 414, 415, 422, 431]);

function contradictions(request: FuzzRequest, { status, headers, body }: FuzzResponse, verdict: Verdict): string[] {
  const wrong: string[] = [];
  if (verdict === "invalid" && status < 400) wrong.push("what the document forbids was taken");
  if (verdict === "valid" && refusals.has(status)) wrong.push("what the document allows was refused");
  if (status === 304 && !("if-none-match" in request.headers)) wrong.push("304 to somebody who did not ask for it");
  const [, cursor] = /"nextCursor":"([^"]+)"/.exec(body) ?? [];
  if (cursor !== undefined && headers["link"]?.includes(encodeURIComponent(cursor)) === false) {
    wrong.push("Link leads elsewhere than nextCursor");
  }
  if (cursor === undefined && request.method === "GET" && status === 200 && "link" in headers) {
    wrong.push("Link leads on from the last page");
  }
  return wrong;
}

function createVerdict(document: JsonObject): (request: FuzzRequest) => Verdict {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ ...document, $id: "contract" });
  const isBody = ajv.compile({ $ref: "contract#/components/schemas/TrackTaskBody" });
  const validators = new Map<JsonObject, ValidateFunction>();
  const isRight: IsRight = (schema, value) => {
    const validate = validators.get(schema) ?? ajv.compile(schema);
    validators.set(schema, validate);
    return validate(value);
  };
  const operations = operationsOf(document);
  return (request) => {
    const { path, query } = splitTarget(request.target);
    const operation = operations.find((one) => one.method === request.method && fits(one.path, path));
    if (operation === undefined) return "invalid";
    const verdicts = new Set([
      queryVerdict(operation, query, isRight),
      operation.takesBody ? bodyVerdict(request, isBody) : "valid",
      headersVerdict(request),
      path.includes("%") || operation.path.includes("{") ? "open" : "valid",
    ]);
    if (verdicts.has("invalid")) return "invalid";
    return verdicts.has("open") ? "open" : "valid";
  };
}

type IsRight = (schema: JsonObject, value: unknown) => boolean;

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => (segment.startsWith("{") ? given[index] !== "" : segment === given[index]));
}

/** Parameters whose valid values may still contradict each other or name something not configured. */
const mayContradict = new Set([
  "connection",
  "provider",
  "region",
  "nativeId",
  "createdAfter",
  "createdBefore",
  "cursor",
  "source",
]);

function queryVerdict({ parameters }: Operation, query: string, isRight: IsRight): Verdict {
  const given = new URLSearchParams(query);
  const names = [...new Set(given.keys())];
  const known = new Map(parameters.filter((one) => one.in === "query").map((one) => [one.name, one]));
  const verdicts = new Set<Verdict>();
  for (const name of names) {
    const parameter = known.get(name);
    verdicts.add(parameter === undefined ? "invalid" : valuesVerdict(parameter, given.getAll(name), isRight));
  }
  if (verdicts.has("invalid")) return "invalid";
  const isLong = query.length > 4000 || [...given].length > 100;
  return isLong || verdicts.has("open") || names.some((name) => mayContradict.has(name)) ? "open" : "valid";
}

function valuesVerdict({ schema }: Parameter, values: readonly string[], isRight: IsRight): Verdict {
  if (schema["type"] === "array") return isRight(schema, values) ? measured(values) : "invalid";
  const [value = "", ...more] = values;
  if (more.length > 0) return "invalid";
  if (schema["type"] !== "integer") return isRight(schema, value) ? measured(values) : "invalid";
  if (!isRight(schema, Number(value)) || value.trim() === "") return "invalid";
  // The document neither allows nor forbids "05" as the number 5.
  return /^[1-9]\d*$/.test(value) ? "valid" : "open";
}

/** JSON Schema counts characters. Counting UTF-16 units differs only for rare ones. */
function measured(values: readonly string[]): Verdict {
  return values.some((value) => /[\u{10000}-\u{10ffff}]/u.test(value)) ? "open" : "valid";
}

function bodyVerdict({ body, headers }: FuzzRequest, isBody: ValidateFunction): Verdict {
  const type = String(headers["content-type"] ?? "");
  if (type !== "application/json") return "open";
  try {
    const json: unknown = JSON.parse(Buffer.from(body ?? "", "latin1").toString("utf8"));
    // A valid value may still name something that is not configured.
    return isBody(json) ? "open" : measured([body ?? ""]) === "open" ? "open" : "invalid";
  } catch {
    return "invalid";
  }
}

function headersVerdict({ headers }: FuzzRequest): Verdict {
  const { authorization: _token, "content-type": _type, "if-none-match": _tag, accept: _accept, ...odd } = headers;
  return Object.keys(odd).length === 0 ? "valid" : "open";
}
