import pLimit from "p-limit";
import type { LimitFunction } from "p-limit";
import type { Source } from "./merge-pages.ts";

/** More sources would only wait for the connection's rate budget. */
const sourcesAtOnce = 4;

/**
 * Limits how many sources of one connection are pulled at a time. Connections do not wait for one another, so a cloud
 * that does not answer delays only its own sources.
 */
export function limitPerConnection<Failure>(): (connection: string, source: Source<Failure>) => Source<Failure> {
  const limits = new Map<string, LimitFunction>();
  return (connection, { key, pull }) => {
    const limit = limits.get(connection) ?? pLimit(sourcesAtOnce);
    limits.set(connection, limit);
    return { key, pull: (position, size) => limit(() => pull(position, size)) };
  };
}
