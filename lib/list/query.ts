import * as z from "zod/mini";
import type { Provider } from "../domain/provider.ts";
import { taskActions, taskStatuses } from "../domain/task.ts";
import { invalidParameters } from "../http/problem.ts";
import type { FieldProblem } from "../http/problem.ts";
import { providerNames } from "../providers/names.ts";
import { targetMatches } from "./filter.ts";

const defaultLimit = 50;

const Value = z
  .string()
  .check(z.minLength(1, "must not be empty"), z.maxLength(200, "must have at most 200 characters"));
const Values = z.optional(z.array(Value).check(z.maxLength(100, "may be given at most 100 times")));
const Time = z.iso.datetime({
  offset: true,
  error: "must be an RFC 3339 time such as 2026-01-31T12:00:00Z or 2026-01-31T20:00:00%2B08:00",
});

function oneOf<const Name extends string>(names: readonly Name[]): z.ZodMiniEnum<{ [Key in Name]: Key }> {
  return z.enum(names, `must be one of ${names.join(", ")}`);
}

/**
 * The parameters of `GET /tasks`. Those in lists may be repeated; any of their values may match.
 * @param providers the names of the clouds there are
 */
export function listTasksParameters(providers: readonly string[]) {
  return z.strictObject({
    connection: Values,
    provider: z.optional(z.array(oneOf(providers))),
    region: Values,
    status: z.optional(z.array(oneOf(taskStatuses))),
    action: z.optional(z.array(oneOf(taskActions))),
    resourceId: Values,
    /** The provider's own ids; needs exactly one `connection`. */
    nativeId: Values,
    /** The provider's own word for the status, passed on to it. */
    nativeStatus: z.optional(Value),
    /** The provider's own word for the action, passed on to it. */
    nativeAction: z.optional(Value),
    imageName: z.optional(Value),
    createdAfter: z.optional(Time),
    createdBefore: z.optional(Time),
    limit: z.optional(z.string().check(z.regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100"))),
    cursor: z.optional(z.string().check(z.maxLength(8192, "is no cursor of this service"))),
    source: z.optional(oneOf(["live", "ledger"])),
    /** Only tasks with an event that the bus has not taken yet; always from the ledger. */
    pendingEvent: z.optional(oneOf(["true"])),
    /** Only open tasks of which nothing has moved for too long; always from the ledger. */
    stalled: z.optional(oneOf(["true"])),
  });
}

export const ListTasksParameters = listTasksParameters(providerNames);
type ListTasksParameters = z.infer<typeof ListTasksParameters>;

const repeatable = new Set(["connection", "provider", "region", "status", "action", "resourceId", "nativeId"]);

/** `GET /tasks`, checked. */
export type ListTasksQuery = Omit<ListTasksParameters, "limit" | "source" | "createdAfter" | "createdBefore"> & {
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly limit: number;
  readonly source: "live" | "ledger";
};

/**
 * @param search the raw query string, without `?`
 * @throws Problem `invalid-parameters` with every wrong parameter at once
 */
export function parseListQuery(
  search: string,
  providers: readonly Provider[],
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
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
    limit: limit === undefined ? defaultLimit : Number(limit),
    source: source ?? (ledgerOnly.some((name) => filters[name] !== undefined) ? "ledger" : "live"),
  };
  const contradictions = contradictionsOf(query, providers);
  if (contradictions.length > 0) throw invalidParameters(contradictions);
  return query;
}

/** What decides which rows there are: everything but the page. Two equal texts share their cursors. */
export function filtersOf({ limit: _limit, cursor: _cursor, ...filters }: ListTasksQuery): string {
  return JSON.stringify(Object.entries(filters).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valuesOf(given: URLSearchParams, name: string): string | string[] | null {
  return repeatable.has(name) ? given.getAll(name) : given.get(name);
}

function issueToProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== "unrecognized_keys") return [{ field: String(issue.path[0] ?? ""), detail: issue.message }];
  const known = Object.keys(ListTasksParameters.shape).join(", ");
  return issue.keys.map((field) => ({ field, detail: `is no parameter of this call; there are ${known}` }));
}

function withoutRepeats(problems: readonly FieldProblem[]): FieldProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** What can be said of single parameters although others are wrong. */
function timesInWrongOrder(given: URLSearchParams): FieldProblem[] {
  const [after, before] = [Date.parse(given.get("createdAfter") ?? ""), Date.parse(given.get("createdBefore") ?? "")];
  return after > before ? [{ field: "createdAfter", detail: "must not be later than createdBefore" }] : [];
}

/** What no provider could tell. */
const ledgerOnly = ["pendingEvent", "stalled"] as const;

function ledgerOnlyFromLive(given: URLSearchParams): FieldProblem[] {
  if (given.get("source") !== "live") return [];
  const asked = ledgerOnly.filter((name) => given.has(name));
  return asked.map((field) => ({ field, detail: "is known to the ledger alone; leave out source=live" }));
}

function unknownTargets(given: URLSearchParams, providers: readonly Provider[]): FieldProblem[] {
  const fields = ["connection", "region"] as const;
  const problems = fields.flatMap((field) => {
    const configured = [...new Set(providers.map(({ target }) => target[field]))];
    const unknown = given.getAll(field).some((value) => !configured.includes(value));
    return unknown ? [{ field, detail: `is not configured; there are ${configured.join(", ")}` }] : [];
  });
  if (!given.has("nativeId") || given.getAll("connection").length === 1) return problems;
  return [...problems, { field: "nativeId", detail: "needs exactly one connection beside it" }];
}

/** Parameters that are right each by itself and together can have no answer. */
function contradictionsOf(query: ListTasksQuery, providers: readonly Provider[]): FieldProblem[] {
  const asked = providers.filter(({ target }) => targetMatches(target, query));
  if (asked.length === 0) {
    const fields = (["provider", "connection", "region"] as const).filter((name) => query[name] !== undefined);
    const there = providers.map(({ target }) => `${target.provider} ${target.connection} ${target.region}`).join(", ");
    return fields.map((field) => ({ field, detail: `names no target together with the others; there are ${there}` }));
  }
  return (query.nativeId ?? []).flatMap((nativeId) => {
    const wrong = asked[0]?.nativeIdProblem(nativeId);
    return wrong === undefined ? [] : [{ field: "nativeId", detail: wrong }];
  });
}
