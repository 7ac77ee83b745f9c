import type { ProgressStream } from "./progress.ts";
import { printMissing } from "./show.ts";
import type { ListProblem } from "./show.ts";

/** The part of a page of the list that says what it lacks. */
export interface Lacks {
  readonly errors: readonly ListProblem[];
  readonly omittedErrors?: number | undefined;
}

/** Says what a page lacks, unless it was told before. */
export function tellMissing({ errors, omittedErrors = 0 }: Lacks, told: Set<string>, err: ProgressStream): void {
  const lines = errors.map(printMissing);
  if (omittedErrors > 0) lines.push(`and ${omittedErrors} more`);
  for (const line of lines) {
    if (!told.has(line)) err.write(`not complete: ${line}\n`);
    told.add(line);
  }
}
