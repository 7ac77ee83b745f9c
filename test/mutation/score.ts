import { readFileSync } from "node:fs";
import * as z from "zod/mini";

/** The part of a mutation report that counts. https://github.com/stryker-mutator/mutation-testing-elements */
const Report = z.object({
  files: z.record(z.string(), z.object({ mutants: z.array(z.object({ status: z.string() })) })),
});

export interface Score {
  readonly mutants: number;
  readonly caught: number;
  /** Of those caught, the ones that did not end in time. */
  readonly timeouts: number;
}

export function readScore(file: string): Score {
  const { files } = Report.parse(JSON.parse(readFileSync(file, "utf8")));
  return scoreOf(Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status)));
}

/** Leaves out what the settings ignore and what does not compile, as Stryker does. */
function scoreOf(statuses: readonly string[]): Score {
  const count = (...wanted: readonly string[]): number => statuses.filter((status) => wanted.includes(status)).length;
  return {
    mutants: count("Killed", "Timeout", "Survived", "NoCoverage"),
    caught: count("Killed", "Timeout"),
    timeouts: count("Timeout"),
  };
}
