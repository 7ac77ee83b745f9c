import type { Clock } from "../domain/clock.ts";
import type { Api } from "./api.ts";
import type { ApiCommand } from "./arguments.ts";
import type { ProgressStream } from "./progress.ts";
import { detailsIn, notTheApi, reasonIn } from "./problem.ts";
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

/** Says why the API refused. */
export function refused(status: number, answer: unknown, err: ProgressStream): number {
  err.write(`${words([`HTTP ${status}`, status < 300 ? notTheApi : reasonIn(answer)])}\n`);
  if (status >= 300) err.write(printDetails(detailsIn(answer)));
  return exitCodes.unknown;
}
