import { boundText } from "../domain/bound-text.ts";
import { takeFitting } from "./answer-size.ts";
import type { FieldProblem, ProblemDetail } from "./problem.ts";

/** Keeps a problem document small, whatever the request holds and whatever the providers say. */

/** With the bounds below, a document without its `task` has at most 16 KB. A task has its own bound. */
const maxListBytes = 12 * 1024;

/** In UTF-16 code units. Each takes at most three bytes. */
const longest = { detail: 600, field: 128, fieldDetail: 600 };

/** The problem within its bounds. `omittedErrors` and `omittedProviders` count what was left out. */
export function boundProblem(problem: ProblemDetail): ProblemDetail {
  const { detail, errors, providers } = problem;
  const keptErrors = errors && takeFitting(errors.map(boundField), maxListBytes);
  const keptProviders = providers && takeFitting(providers, maxListBytes);
  const omittedErrors = (errors?.length ?? 0) - (keptErrors?.length ?? 0);
  const omittedProviders = (providers?.length ?? 0) - (keptProviders?.length ?? 0);
  return {
    ...problem,
    ...(detail !== undefined && { detail: boundText(detail, longest.detail) }),
    ...(keptErrors && { errors: keptErrors }),
    ...(omittedErrors > 0 && { omittedErrors }),
    ...(keptProviders && { providers: keptProviders }),
    ...(omittedProviders > 0 && { omittedProviders }),
  };
}

function boundField({ field, detail }: FieldProblem): FieldProblem {
  return { field: boundText(field, longest.field), detail: boundText(detail, longest.fieldDetail) };
}
