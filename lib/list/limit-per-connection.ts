import pLimit from "p-limit";
import type { LimitFunction } from "p-limit";
import type { Source } from "./merge-pages.ts";

/** More would wait for the connection's rate budget anyway. */
const sourcesAtOnce = 4;

/**
 * Bounds how many sources of one connection are pulled at once. The others wait for their turn, so that a cloud that
 * does not answer holds up nobody but itself.
 */
export function limitPerConnection<Failure>(): (connection: string, source: Source<Failure>) => Source<Failure> {
  const limits = new Map<string, LimitFunction>();
  return (connection, { key, pull }) => {
    const limit = limits.get(connection) ?? pLimit(sourcesAtOnce);
    limits.set(connection, limit);
    return { key, pull: (position, size) => limit(() => pull(position, size)) };
  };
}
