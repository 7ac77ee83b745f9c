import type { Verdict } from "../../domain/error-table.ts";
import type { ErrorKind } from "../../domain/errors.ts";
import { findRow } from "../shared/error-table.ts";
import { alibabaErrors } from "./errors.ts";

/** The verdict on a response with a code. The code decides: ECS throttles with status 400. */
export function verdictOnCode(code: string, status: number, retryAfterMs: number | null): Verdict {
  const known = findRow(alibabaErrors, { code, message: "" });
  if (known === undefined) return verdictOnStatus(status, "bad-request", retryAfterMs);
  const { retry } = known;
  return { ...known, retry: retry === "next-minute" && retryAfterMs !== null ? "backoff" : retry };
}

/** The verdict on a response without a known code. `otherwise` is the kind used if the status does not decide. */
export function verdictOnStatus(status: number, otherwise: ErrorKind, retryAfterMs: number | null): Verdict {
  if (status === 429) return { kind: "throttled", retry: retryAfterMs === null ? "next-minute" : "backoff" };
  const passing = status >= 500 || (status >= 300 && status < 400) || status === 408;
  return passing ? { kind: "unavailable", retry: "backoff" } : { kind: otherwise, retry: "no" };
}
