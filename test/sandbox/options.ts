import type { AlibabaCredential } from "./alibaba-ecs-auth.ts";
import type { ApsaraCredential } from "./apsara-gateway-auth.ts";
import type { ApsaraEnvelope } from "./apsara-route.ts";
import type { TencentCredential } from "./tencent-auth.ts";
import type { NotFoundAnswer } from "./tencent-ecm.ts";

export interface SandboxClock {
  now(): number;
  /** Present if the clock can be set; enables `POST /clock`. */
  advance?(ms: number): void;
}

interface ApsaraAccount extends ApsaraCredential {
  readonly userEmail: string;
}

export interface SandboxOptions {
  /** Drives the tasks. */
  readonly clock: SandboxClock;
  /** Checks signatures, nonces, and call rates, and fills the `Date` header. Default: `clock`. */
  readonly wireClock?: { now(): number };
  readonly host?: "127.0.0.1";
  /** 0, the default, picks any free port. */
  readonly ports?: {
    readonly alibabaEcs?: number;
    readonly apsaraRoute?: number;
    readonly tencentEcm?: number;
    readonly control?: number;
  };
  /** Accepted in `Host` beside the clouds' own names: a recorded request names the port that it was sent to. */
  readonly otherHosts?: readonly string[];
  /** Default: generated on every start. */
  readonly credentials?: {
    readonly alibabaEcs?: AlibabaCredential;
    readonly apsaraRoute?: ApsaraAccount;
    readonly tencentEcm?: TencentCredential;
  };
  readonly regions?: { readonly alibabaEcs?: readonly string[]; readonly apsaraRoute?: readonly string[] };
  readonly rates?: {
    /** Limit per API and region, per calendar minute. Default 1,000, since none is published. */
    readonly alibabaEcsPerMinute?: number;
    /** Default 1,000, since none is published. */
    readonly apsaraRoutePerMinute?: number;
    /** Limit per API. Default 20, as published. */
    readonly tencentEcmPerSecond?: number;
  };
  readonly apsaraEnvelope?: ApsaraEnvelope;
  /** Counts and sub-operations in the rows of the route gateway. Default true. */
  readonly apsaraRowDetail?: boolean;
  /** Default `null-set`. */
  readonly ecmNotFoundAs?: NotFoundAnswer;
  /** Draws for faults with a probability. Default: `Math.random`. */
  readonly random?: () => number;
  /** A file that keeps the tasks across restarts. Default: in memory. Faults and credentials are never kept. */
  readonly path?: string;
  /** How many requests each cloud remembers. Default 50,000. */
  readonly keepRequests?: number;
}
