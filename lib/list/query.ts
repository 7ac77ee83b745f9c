import * as z from "zod/mini";
import { isNamed, presentName } from "../domain/connection-names.ts";
import type { Provider } from "../domain/provider.ts";
import { maxNativeIdLength, taskActions, taskStatuses } from "../domain/task.ts";
import { invalidParameters } from "../http/problem.ts";
import type { FieldProblem } from "../http/problem.ts";
import { providerNames } from "../providers/names.ts";
import { isOurStatus, targetMatches } from "./filter.ts";

const defaultLimit = 50;

const valueUpTo = (max: number) =>
  z.string().check(z.minLength(1, "must not be empty"), z.maxLength(max, `must have at most ${max} characters`));
const Value = valueUpTo(200);
const Values = z.optional(z.array(Value).check(z.maxLength(100, "may be given at most 100 times")));
/** As long as the longest label in the body of `POST /tasks`. */
const Label = z
  .string()
  .check(
    z.regex(/^(?!__proto__=)[\s\S]+=/, "must be <name>=<value>, such as build=1742; no label is named __proto__"),
    z.maxLength(321, "must have at most 321 characters"),
  );
const Time = z.iso.datetime({
  offset: true,
  error: "must be an RFC 3339 time such as 2026-01-31T12:00:00Z or 2026-01-31T20:00:00%2B08:00",
});

function oneOf<const Name extends string>(names: readonly Name[]): z.ZodMiniEnum<{ [Key in Name]: Key }> {
  return z.enum(names, `must be one of ${names.join(", ")}`);
}

/**
 * The parameters of `GET /tasks`. Arrays are repeatable parameters; a task matches with any of their values. Only for
 * `label` must all values match.
 * @param providers the names of the supported clouds
 */
export function listTasksParameters(providers: readonly string[]) {
  return z.strictObject({
    connection: Values,
    provider: z.optional(z.array(oneOf(providers))),
    region: Values,
    status: z.optional(z.array(oneOf(taskStatuses))),
    action: z.optional(z.array(oneOf(taskActions))),
    resourceId: Values,
    /** The provider's own ids. Requires exactly one `connection`. */
    nativeId: z.optional(
      z.array(valueUpTo(maxNativeIdLength)).check(z.maxLength(100, "may be given at most 100 times")),
    ),
    /** The provider's own word for the status, in any case. */
    nativeStatus: z.optional(Value),
    /** The provider's own word for the action, in any case. */
    nativeAction: z.optional(Value),
    imageName: z.optional(Value),
    /** `<name>=<value>`. Always from the ledger, which alone knows labels. */
    label: z.optional(z.array(Label).check(z.maxLength(20, "may be given at most 20 times"))),
    createdAfter: z.optional(Time),
    createdBefore: z.optional(Time),
    limit: z.optional(z.string().check(z.regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100"))),
    cursor: z.optional(z.string().check(z.maxLength(8192, "is too long for a cursor of this service"))),
    source: z.optional(oneOf(["live", "ledger"])),
    /** Only tasks with an event that the bus has not accepted yet. Always from the ledger. */
    pendingEvent: z.optional(oneOf(["true"])),
    /** Only open tasks that have not moved for too long. Always from the ledger. */
    stalled: z.optional(oneOf(["true"])),
  });
}

export const ListTasksParameters = listTasksParameters(providerNames);
type ListTasksParameters = z.infer<typeof ListTasksParameters>;

const repeatable = new Set(["connection", "provider", "region", "status", "action", "resourceId", "nativeId", "label"]);

/** The validated parameters of `GET /tasks`. */
export type ListTasksQuery = Omit<ListTasksParameters, "limit" | "source" | "createdAfter" | "createdBefore"> & {
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly limit: number;
  readonly source: "live" | "ledger";
};

/** A target that a query may name. Ids of a target that is no longer configured cannot be checked. */
type NamedTarget = Pick<Provider, "target" | "renamedTo"> & Partial<Pick<Provider, "nativeIdProblem">>;

/**
 * @param search the raw query string, without `?`
 * @param providers the targets to choose from
 * @throws Problem `invalid-parameters` with every invalid parameter
 */
export function parseListQuery(
  search: string,
  providers: readonly NamedTarget[],
  parameters: typeof ListTasksParameters = ListTasksParameters,
): ListTasksQuery {
  const given = new URLSearchParams(search);
  const names = [...new Set(given.keys())];
  const once = names.filter((name) => !repeatable.has(name));
  const parsed = parameters.safeParse(Object.fromEntries(names.map((name) => [name, valuesOf(given, name)])));
  const problems = [
    ...once.filter((name) => given.getAll(name).length > 1).map((field) => ({ field, detail: "may be given once" })),
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issueToProblems)),
    ...timesInWrongOrder(given),
    ...unknownTargets(given, providers),
    ...ledgerOnlyFromLive(given),
  ];
  if (!parsed.success || problems.length > 0) throw invalidParameters(withoutRepeats(problems));
  const { limit, source, createdAfter, createdBefore, ...filters } = parsed.data;
  const query: ListTasksQuery = {
    ...filters,
    ...(filters.connection && { connection: namesInIds(filters.connection, providers) }),
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
    limit: limit === undefined ? defaultLimit : Number(limit),
    source: source ?? (ledgerOnlyIn(given).length > 0 ? "ledger" : "live"),
  };
  const contradictions = contradictionsOf(query, providers);
  if (contradictions.length > 0) throw invalidParameters(contradictions);
  return query;
}

/** The query without its page, as text. Queries with equal texts accept each other's cursors. */
export function filtersOf({ limit: _limit, cursor: _cursor, ...filters }: ListTasksQuery): string {
  return JSON.stringify(Object.entries(filters).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valuesOf(given: URLSearchParams, name: string): string | string[] | null {
  return repeatable.has(name) ? given.getAll(name) : given.get(name);
}

function issueToProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== "unrecognized_keys") return [{ field: String(issue.path[0] ?? ""), detail: issue.message }];
  const known = Object.keys(ListTasksParameters.shape).join(", ");
  return issue.keys.map((field) => ({ field, detail: `is not a parameter of this call; allowed: ${known}` }));
}

function withoutRepeats(problems: readonly FieldProblem[]): FieldProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function timesInWrongOrder(given: URLSearchParams): FieldProblem[] {
  const [after, before] = [Date.parse(given.get("createdAfter") ?? ""), Date.parse(given.get("createdBefore") ?? "")];
  return after > before ? [{ field: "createdAfter", detail: "must not be later than createdBefore" }] : [];
}

/** Filters that no provider can answer. */
const ledgerOnly = ["label", "pendingEvent", "stalled"] as const;

/** The given filters that only the ledger can answer. A status is one if no provider knows any of its values. */
function ledgerOnlyIn(given: URLSearchParams): readonly string[] {
  const filters = ledgerOnly.filter((name) => given.has(name));
  const statuses = given.getAll("status");
  return statuses.length > 0 && statuses.every(isOurStatus) ? [...filters, "status"] : filters;
}

/** True when the query, valid or not, asks for what the ledger has. */
export function readsLedger(search: string): boolean {
  const given = new URLSearchParams(search);
  return given.get("source") === "ledger" || ledgerOnlyIn(given).length > 0;
}

function ledgerOnlyFromLive(given: URLSearchParams): FieldProblem[] {
  if (given.get("source") !== "live") return [];
  return ledgerOnlyIn(given).map((field) => ({
    field,
    detail: "is answered only from the ledger; leave out source=live",
  }));
}

/** Tasks know a renamed connection by its name in ids only. */
function namesInIds(names: readonly string[], providers: readonly NamedTarget[]): string[] {
  return names.map((name) => providers.find((provider) => isNamed(provider, name))?.target.connection ?? name);
}

function unknownTargets(given: URLSearchParams, providers: readonly NamedTarget[]): FieldProblem[] {
  const names = { connection: presentName, region: ({ target }: NamedTarget) => target.region };
  const problems = (["connection", "region"] as const).flatMap((field) => {
    const configured = [...new Set(providers.map(names[field]))];
    const known = new Set([...configured, ...providers.map(({ target }) => target[field])]);
    const unknown = given.getAll(field).some((value) => !known.has(value));
    return unknown ? [{ field, detail: `is not configured; allowed: ${configured.join(", ")}` }] : [];
  });
  if (!given.has("nativeId") || given.getAll("connection").length === 1) return problems;
  return [...problems, { field: "nativeId", detail: "requires exactly one connection" }];
}

/** Parameters that are valid one by one but match no target or id together. */
function contradictionsOf(query: ListTasksQuery, providers: readonly NamedTarget[]): FieldProblem[] {
  const asked = providers.filter(({ target }) => targetMatches(target, query));
  if (asked.length === 0) {
    const fields = (["provider", "connection", "region"] as const).filter((name) => query[name] !== undefined);
    const there = providers.map((one) => `${one.target.provider} ${presentName(one)} ${one.target.region}`).join(", ");
    return fields.map((field) => ({
      field,
      detail: `matches no target together with the other parameters; configured: ${there}`,
    }));
  }
  return (query.nativeId ?? []).flatMap((nativeId) => {
    const wrong = asked[0]?.nativeIdProblem?.(nativeId);
    return wrong === undefined ? [] : [{ field: "nativeId", detail: wrong }];
  });
}
