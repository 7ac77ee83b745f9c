import * as z from "zod/mini";
import { providerNames } from "./connections.ts";
import { invalidParameters } from "./problem.ts";
import type { FieldProblem } from "./problem.ts";
import type { Provider } from "./provider.ts";
import { taskActions, taskStatuses } from "./task.ts";

const defaultLimit = 50;

const Value = z
  .string("may be given once")
  .check(z.minLength(1, "must not be empty"), z.maxLength(200, "must have at most 200 characters"));
const Values = z.optional(z.array(Value).check(z.maxLength(100, "may be given at most 100 times")));
const Time = z.iso.datetime({ offset: true, error: "must be an RFC 3339 time such as 2026-01-31T12:00:00Z" });

function oneOf<const Name extends string>(names: readonly Name[]): z.ZodMiniEnum<{ [Key in Name]: Key }> {
  return z.enum(names, `must be one of ${names.join(", ")}`);
}

/** The parameters of `GET /tasks`. Those in lists may be repeated; any of their values may match. */
export const ListTasksParameters = z.strictObject({
  connection: Values,
  provider: z.optional(z.array(oneOf(providerNames))),
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
  limit: z.optional(
    z.string("may be given once").check(z.regex(/^([1-9]\d?|100)$/, "must be a whole number from 1 to 100")),
  ),
  cursor: z.optional(z.string("may be given once").check(z.maxLength(4096, "is no cursor of this service"))),
  source: z.optional(oneOf(["live", "ledger"])),
});
type ListTasksParameters = z.infer<typeof ListTasksParameters>;

const repeatable = ["connection", "provider", "region", "status", "action", "resourceId", "nativeId"];

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
export function parseListQuery(search: string, providers: readonly Provider[]): ListTasksQuery {
  const given = new URLSearchParams(search);
  const grouped = Object.fromEntries([...new Set(given.keys())].map((name) => [name, valuesOf(given, name)]));
  const parsed = ListTasksParameters.safeParse(grouped);
  if (!parsed.success) throw invalidParameters(parsed.error.issues.flatMap(issueToProblems));
  const { limit, source, createdAfter, createdBefore, ...filters } = parsed.data;
  const query: ListTasksQuery = {
    ...filters,
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore),
    limit: limit === undefined ? defaultLimit : Number(limit),
    source: source ?? "live",
  };
  const problems = [...contradictions(query), ...unknownTargets(query, providers)];
  if (problems.length > 0) throw invalidParameters(problems);
  return query;
}

/** What decides which rows there are: everything but the page. Two equal texts share their cursors. */
export function filtersOf({ limit: _limit, cursor: _cursor, ...filters }: ListTasksQuery): string {
  return JSON.stringify(Object.entries(filters).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valuesOf(given: URLSearchParams, name: string): string | string[] | undefined {
  const values = given.getAll(name);
  return repeatable.includes(name) || values.length > 1 ? values : values[0];
}

function issueToProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== "unrecognized_keys") return [{ field: String(issue.path[0] ?? ""), detail: issue.message }];
  const known = Object.keys(ListTasksParameters.shape).join(", ");
  return issue.keys.map((field) => ({ field, detail: `is no parameter of this call; there are ${known}` }));
}

function contradictions({ createdAfter, createdBefore, nativeId, connection }: ListTasksQuery): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (createdAfter && createdBefore && createdAfter > createdBefore) {
    problems.push({ field: "createdAfter", detail: "must not be later than createdBefore" });
  }
  if (nativeId !== undefined && connection?.length !== 1) {
    problems.push({ field: "nativeId", detail: "needs exactly one connection beside it" });
  }
  return problems;
}

function unknownTargets(query: ListTasksQuery, providers: readonly Provider[]): FieldProblem[] {
  const fields = ["connection", "region"] as const;
  return fields.flatMap((field) => {
    const configured = [...new Set(providers.map(({ target }) => target[field]))];
    const unknown = (query[field] ?? []).filter((value) => !configured.includes(value));
    return unknown.map(() => ({ field, detail: `is not configured; there are ${configured.join(", ")}` }));
  });
}
