import type { CloudName } from "./exchange.ts";

/**
 * - `status`: a server error with that status (default 503) for any call;
 * - `latency`: a response `ms` later (default 1,000);
 * - `reset`: a reset connection instead of a response;
 * - `hang`: no response ever;
 * - `html`: a proxy's error page, with `status` (default 502);
 * - `empty`: no body, with `status` (default 200);
 * - `throttle`: the provider's own throttling error, with its retry-after header if `ms` is given;
 * - `deny`: the provider's own permission error;
 * - `wrong-shape`: valid JSON in which every type is wrong;
 * - `truncate`: the correct response, cut in half;
 * - `overcount`: the correct response, with a `TotalCount` that is one too high;
 * - `error`: the error `code` in the provider's own format, before the signature is checked, with the documented status
 *   and message unless `status` and `message` are given;
 * - `answer`: exactly `status` (default 200) and `body` (default empty), as from anything between client and provider.
 */
export const faultKinds = [
  "status",
  "latency",
  "reset",
  "hang",
  "html",
  "empty",
  "throttle",
  "deny",
  "wrong-shape",
  "truncate",
  "overcount",
  "error",
  "answer",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly cloud: CloudName;
  /** Default: every API. */
  readonly api?: string;
  readonly kind: FaultKind;
  readonly status?: number;
  readonly ms?: number;
  readonly code?: string;
  readonly message?: string;
  readonly body?: string;
  /** Added to the response. `null` leaves one out, such as `date`. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** How many requests it affects. Default 1. */
  readonly times?: number | "always";
  /** Probability for each matching request, 0 to 1. Default 1. */
  readonly probability?: number;
}

export interface Faults {
  /** Throws if an `error` has no code. */
  add(fault: Fault): void;
  clear(): void;
  /** Faults that still have requests to affect. */
  pending(): readonly Fault[];
  /** The faults for this request: at most one latency and at most one other. */
  strike(cloud: CloudName, api: string): readonly Fault[];
}

export function createFaults(random: () => number): Faults {
  let armed: { fault: Fault; left: number }[] = [];

  function strikes(entry: { fault: Fault; left: number }, cloud: CloudName, api: string): boolean {
    const { fault } = entry;
    if (fault.cloud !== cloud || (fault.api !== undefined && fault.api !== api)) return false;
    return random() < (fault.probability ?? 1);
  }

  return {
    add(fault) {
      if (fault.kind === "error" && !fault.code) throw new Error("A fault of kind error needs a code.");
      const times = fault.times ?? 1;
      armed.push({ fault, left: times === "always" ? Number.POSITIVE_INFINITY : times });
    },
    clear() {
      armed = [];
    },
    pending: () => armed.map(({ fault }) => fault),
    strike(cloud, api) {
      const struck: Fault[] = [];
      for (const entry of armed) {
        const isLatency = entry.fault.kind === "latency";
        if (struck.some((other) => (other.kind === "latency") === isLatency)) continue;
        if (!strikes(entry, cloud, api)) continue;
        entry.left -= 1;
        struck.push(entry.fault);
      }
      armed = armed.filter(({ left }) => left > 0);
      return struck;
    },
  };
}
