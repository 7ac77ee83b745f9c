import type { ErrorTable } from "./error-table.ts";
import type { Provider } from "./provider.ts";

/** A call that a client makes, and a way to make it that changes nothing. */
export interface Trial {
  /** The provider's name of the call, for example `DescribeTasks`. */
  readonly api: string;
  /** The words that an access policy needs to allow the call, for example `"ecs:DescribeTasks" in the RAM policy`. */
  readonly grant: string;
  /** What does not work without the call. Absent: the sweep. */
  readonly neededTo?: string;
  /** Resolves if the call is possible. */
  attempt(provider: Provider, signal: AbortSignal): Promise<void>;
}

/** What it takes to find out whether a cloud can be used. */
export interface Trials {
  readonly trials: readonly Trial[];
  readonly errors: ErrorTable;
}

/** Asks for one row. */
export async function listOne({ list }: Pick<Provider, "list">, signal: AbortSignal): Promise<void> {
  for await (const _page of list({ pageSize: 1 }, signal)) return;
}
