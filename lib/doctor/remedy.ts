import type { ErrorTable } from "../domain/error-table.ts";
import type { ErrorKind, ProviderError } from "../domain/errors.ts";
import type { Trial } from "../domain/trial.ts";
import type { Connection } from "../providers/connection.ts";
import { findRow } from "../providers/shared/error-table.ts";

interface Circumstances {
  readonly connection: Connection;
  readonly errors: ErrorTable;
}

/** What to do about a failed call, without a period at the end. */
export function remedyFor(error: ProviderError, { grant }: Trial, { connection, errors }: Circumstances): string {
  const { kind, code, message, retry } = error;
  // Without a code, nothing answered, or something else did in the cloud's place.
  if (code === null) return kind === "throttled" ? byKind.throttled : network;
  if (kind !== "unauthorized") return byKind[kind];
  if (retry === "fix-clock") return "set the clock of this machine";
  const lacksPermission = retry === "no" && findRow(errors, { code, message })?.lacksPermission === true;
  if (lacksPermission) return `allow ${grant}`;
  const references = [...new Set(Object.values(connection.credential))].join(" and ");
  return `correct ${references}, and see that the key is active and belongs to this cloud`;
}

const network = "set the right endpoint, region, HTTPS_PROXY, or NO_PROXY, or ask whoever runs the network";

const byKind: Readonly<Record<Exclude<ErrorKind, "unauthorized">, string>> = {
  throttled: "wait a minute, then run this again",
  unavailable: network,
  malformed: network,
  "bad-request": "correct the endpoint, the region, or another member of the connection",
  "not-found": "correct the endpoint or the region",
  conflict: "run this again",
};
