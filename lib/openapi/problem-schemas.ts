import * as z from "zod/mini";
import { problemTypes, problemUrn } from "../http/problem.ts";
import type { ProblemType } from "../http/problem.ts";
import { FieldError, ProviderFailure } from "./answer-schemas.ts";
import { problemCatalogue } from "./problem-catalogue.ts";
import type { ProblemFacts, ProblemMember } from "./problem-catalogue.ts";
import { TaskSchema } from "./task-schemas.ts";

/** One schema per problem type, discriminated by `type`. @see https://www.rfc-editor.org/rfc/rfc9457 */

function omitted(name: string): z.ZodMiniType {
  return z
    .int()
    .check(z.minimum(1), z.describe(`How many entries of \`${name}\` were left out because there were too many.`));
}

const members = {
  errors: z.array(FieldError).check(z.minLength(1)),
  provider: ProviderFailure,
  providers: z.array(ProviderFailure).check(z.minLength(1)),
  task: TaskSchema,
  omittedErrors: omitted("errors"),
  omittedProviders: omitted("providers"),
} as const satisfies Record<ProblemMember, z.ZodMiniType>;

const problemNames = Object.keys(problemCatalogue).filter(isProblemType);

function isProblemType(name: string): name is ProblemType {
  return name in problemTypes;
}

/** For example, `ProviderFailedProblem` for `provider-failed`. */
export function problemSchemaName(type: ProblemType): string {
  const words = type.split("-").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Problem`;
}

function problemSchema(type: ProblemType): z.ZodMiniType {
  const { status, title } = problemTypes[type];
  const { cause, remedy, needs, mayHave }: ProblemFacts = problemCatalogue[type];
  return z
    .strictObject({
      type: z.literal(problemUrn(type)),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.optional(z.string()),
      ...Object.fromEntries(needs.map((name) => [name, members[name]])),
      ...Object.fromEntries(mayHave.map((name) => [name, z.optional(members[name])])),
    })
    .check(z.describe(`${cause} ${remedy}`));
}

export const problemSchemas: Readonly<Record<string, z.ZodMiniType>> = Object.fromEntries(
  problemNames.map((type) => [problemSchemaName(type), problemSchema(type)]),
);
