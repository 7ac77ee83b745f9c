import type { Clock } from "../domain/clock.ts";
import type { Api } from "./api.ts";
import type { ApiCommand } from "./arguments.ts";
import { detailsIn, notTheApi, reasonIn } from "./problem.ts";
import type { ProgressStream } from "./progress.ts";
import { printDetails, words } from "./show.ts";

export const exitCodes = { success: 0, failure: 1, unknown: 2 } as const;

export interface CommandDependencies {
  readonly api: Api;
  readonly clock: Clock;
  /** What a program reads. */
  readonly out: ProgressStream;
  /** What a person reads meanwhile. */
  readonly err: ProgressStream;
  readonly json: boolean;
}

export type CommandOf<Name> = Extract<ApiCommand, { readonly name: Name }>;

/** Says why the API refused, and what to do about it. */
export function refused(status: number, answer: unknown, { api, err }: CommandDependencies): number {
  const isRefusal = status >= 300;
  err.write(`${words([`HTTP ${status}`, isRefusal ? reasonIn(answer) : notTheApi])}\n`);
  if (isRefusal) err.write(printDetails(refusalDetails(status, answer, api)));
  return exitCodes.unknown;
}

/** One text for each thing that is wrong, and the remedy if we know one. */
export function refusalDetails(status: number, answer: unknown, { remedyFor }: Pick<Api, "remedyFor">): string[] {
  const remedy = remedyFor(status);
  return [...detailsIn(answer), ...(remedy === undefined ? [] : [remedy])];
}
