import formats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { isJsonObject } from "../../lib/openapi/json.ts";
import type { Json, JsonObject } from "../../lib/openapi/json.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";

/** Checks a response against the OpenAPI document. */

export interface SeenResponse {
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  readonly status: number;
  /** Header names in any case. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body as sent. */
  readonly body: string;
}

interface Finding {
  readonly kind: "undocumented" | "mismatch";
  readonly what: string;
}

export interface CheckOptions {
  /** Responses of API Gateway itself are part of the contract, but no function may return them. */
  readonly fromGateway?: boolean;
}

/** Headers that describe the message itself; any HTTP server may send them. */
const ofTheMessage = new Set([
  "content-type",
  "content-length",
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
]);

export interface Contract {
  /** Every mismatch between the response and the contract; empty if there is none. */
  findingsIn(response: SeenResponse, options?: CheckOptions): Finding[];
}

/** @throws Error that lists every mismatch between the response and the contract */
export function checkResponse(response: SeenResponse, options: CheckOptions = {}): void {
  const findings = theContract().findingsIn(response, options);
  if (findings.length === 0) return;
  const { method, path, status } = response;
  const whats = findings.map(({ kind, what }) => `${kind}: ${what}`);
  throw new Error(`${method} ${path} was answered ${status} against the contract:\n  ${whats.join("\n  ")}`);
}

let made: Contract | undefined;
function theContract(): Contract {
  return (made ??= createContract(openApiDocument()));
}

export function createContract(document: JsonObject): Contract {
  const validator = createValidator(document);
  const generic = genericStatuses(document);

  function findingsIn(response: SeenResponse, options: CheckOptions = {}): Finding[] {
    const { method, path, status } = response;
    const place = placeOf(document, { method, path, status }, generic);
    if (place === undefined) return [{ kind: "undocumented", what: `the status ${status}` }];
    const headers = lowerCased(response.headers);
    const documented = resolve(document, place);
    const whats = [
      ...bodyMismatches({ response, headers, place: documented }, validator, options),
      ...headerMismatches({ status, headers, place: documented }, validator, options),
      ...(status === 405 ? allowMismatches(document, path, headers["allow"]) : []),
    ];
    return whats.map((what) => ({ kind: "mismatch", what }));
  }
  return { findingsIn };
}

interface Place {
  readonly pointer: string;
  readonly value: JsonObject;
}

/** Where the document describes the response; `undefined` if it does not. */
function placeOf(
  document: JsonObject,
  { method, path, status }: Pick<SeenResponse, "method" | "path" | "status">,
  generic: ReadonlySet<string>,
): string | undefined {
  const pattern = Object.keys(child(document, "paths")).find((one) => fits(one, path));
  const known = pattern === undefined ? undefined : child(child(document, "paths"), pattern);
  const operation = known?.[method.toLowerCase()];
  if (pattern !== undefined && isJsonObject(operation)) {
    if (!(status in child(operation, "responses"))) return undefined;
    return `/paths/${escape(pattern)}/${method.toLowerCase()}/responses/${status}`;
  }
  if (pattern === undefined && status === 404) return "/x-unknown-path/responses/404";
  // An unknown method or path whose request is also invalid in another way.
  if (!generic.has(String(status)) || (pattern === undefined && status === 405)) return undefined;
  const [anyPath = ""] = pattern === undefined ? Object.keys(child(document, "paths")) : [pattern];
  const [anyMethod = ""] = Object.keys(child(child(document, "paths"), anyPath));
  return `/paths/${escape(anyPath)}/${anyMethod}/responses/${status}`;
}

/** The problems that every operation may return. */
function genericStatuses(document: JsonObject): ReadonlySet<string> {
  const operations = Object.values(child(document, "paths")).flatMap((item) =>
    Object.values(isJsonObject(item) ? item : {}),
  );
  const sets = operations.map((one) => new Set(Object.keys(isJsonObject(one) ? child(one, "responses") : {})));
  const [first = new Set<string>(), ...others] = sets;
  return new Set([...first].filter((status) => Number(status) >= 400 && others.every((one) => one.has(status))));
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => (segment.startsWith("{") ? given[index] !== "" : segment === given[index]));
}

interface Seen {
  readonly response: SeenResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly place: Place;
}

function bodyMismatches({ response, headers, place }: Seen, validator: Validator, options: CheckOptions): string[] {
  const { method, status, body } = response;
  const content = "content" in place.value ? child(place.value, "content") : {};
  const bodyless = method === "HEAD" || Object.keys(content).length === 0;
  if (bodyless) return body === "" ? [] : ["there is a body"];
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (!(type in content)) return [`the content type ${type || "is missing"}`];
  const fromGateway = status >= 400 && type === "application/json";
  if (fromGateway && options.fromGateway !== true) return ["a function answers as only API Gateway does"];
  const json = parse(body);
  if (json === undefined) return ["the body is not JSON"];
  return validator.mismatches(`${place.pointer}/content/${escape(type)}/schema`, json, "body");
}

function headerMismatches(
  { status, headers, place }: { status: number; headers: Readonly<Record<string, string>>; place: Place },
  validator: Validator,
  { fromGateway = false }: CheckOptions,
): string[] {
  const isGateways = fromGateway && status >= 400 && headers["content-type"]?.startsWith("application/json") === true;
  const documented = "headers" in place.value ? child(place.value, "headers") : {};
  const names = new Map(Object.keys(documented).map((name) => [name.toLowerCase(), name]));
  const expected = isGateways ? [] : [...names];
  const extra = Object.keys(headers).filter((name) => !names.has(name) && !ofTheMessage.has(name));
  return [
    ...extra.map((name) => `the header ${name}`),
    ...expected.flatMap(([lower, name]) => {
      const at = validator.resolved(`${place.pointer}/headers/${escape(name)}`);
      const value = headers[lower];
      if (value === undefined) return at.value["required"] === true ? [`the header ${name} is missing`] : [];
      return validator.mismatches(`${at.pointer}/schema`, value, `header ${name}`);
    }),
  ];
}

function allowMismatches(document: JsonObject, path: string, allow = ""): string[] {
  const pattern = Object.keys(child(document, "paths")).find((one) => fits(one, path)) ?? "";
  const there = Object.keys(child(child(document, "paths"), pattern)).map((method) => method.toUpperCase());
  const said = allow.split(",").map((method) => method.trim());
  const same = there.length === said.length && there.every((method) => said.includes(method));
  return same ? [] : [`Allow says ${allow}, not ${there.join(", ")}`];
}

interface Validator {
  mismatches(pointer: string, value: Json, name: string): string[];
  resolved(pointer: string): Place;
}

function createValidator(document: JsonObject): Validator {
  // The document is not itself a schema, so strict mode would reject its keywords. The schemas have a strict test.
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
  formats.default(ajv);
  ajv.addSchema({ ...document, $id: "contract" });
  const compiled = new Map<string, ValidateFunction>();

  function mismatches(pointer: string, value: Json, name: string): string[] {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `contract#${encodeURI(pointer)}` });
    compiled.set(pointer, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${name}${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  }
  return { mismatches, resolved: (pointer) => resolve(document, pointer) };
}

/** The value at the pointer, or the target of a `$ref` there. */
function resolve(document: JsonObject, pointer: string): Place {
  let value: Json = document;
  for (const part of pointer.split("/").slice(1))
    value = child(value, part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (!isJsonObject(value)) throw new Error(`${pointer} is no object`);
  const target = value["$ref"];
  return typeof target === "string" ? resolve(document, target.slice(1)) : { pointer, value };
}

function child(value: Json, name: string): JsonObject {
  const found = isJsonObject(value) ? value[name] : undefined;
  if (!isJsonObject(found)) throw new Error(`the document has no ${name} there`);
  return found;
}

function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
