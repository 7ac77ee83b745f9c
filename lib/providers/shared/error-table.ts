import type { ErrorRow, ErrorTable } from "../../domain/error-table.ts";
import type { Retry } from "../../domain/errors.ts";

interface Said {
  readonly code: string;
  readonly message: string;
}

/**
 * The row for a refusal: the row with the exact code, or else with the longest family, or else the first row with a
 * matching pattern. `undefined` if only the HTTP status can decide.
 */
export function findRow(table: ErrorTable, { code, message }: Said): ErrorRow | undefined {
  let best: ErrorRow | undefined;
  let bestFit = 0;
  for (const row of table) {
    const fit = Math.max(0, ...(row.codes ?? []).map((pattern) => fitOf(pattern, code)));
    if (fit > bestFit) [best, bestFit] = [row, fit];
  }
  return best ?? table.find(({ codePattern, message: words }) => codePattern?.test(code) || words?.test(message));
}

/** The length of the matching family, infinite for the exact code, and 0 if the pattern does not match. */
function fitOf(pattern: string, code: string): number {
  const [wanted, given] = [pattern.toLowerCase(), code.toLowerCase()];
  if (wanted === given) return Infinity;
  if (!wanted.endsWith(".*")) return 0;
  const family = wanted.slice(0, -2);
  return given === family || given.startsWith(`${family}.`) ? family.length : 0;
}

/**
 * Trouble that passes, under the names that gateways of several clouds use with any status, including 400. `throttled`
 * says when a throttled call may be repeated.
 */
export function passingTrouble(throttled: Retry): ErrorTable {
  return [
    { codes: ["FlowControlError.*", "Throttling.*", "TooManyRequests.*"], kind: "throttled", retry: throttled },
    { codePattern: /throttling/i, kind: "throttled", retry: throttled },
    {
      codes: [
        "InternalError.*",
        "RequestTimeout.*",
        "ServiceBusy.*",
        "ServiceUnavailable.*",
        "SystemBusy.*",
        "UnknownError.*",
      ],
      kind: "unavailable",
      retry: "backoff",
    },
  ];
}

export const notSigned = "the provider did not accept the signature";
export const checkClock = "check the clock";
export const checkKey = "check the key and its secret";
export const checkEndpoint = "check the endpoint, the region, and any proxy";
