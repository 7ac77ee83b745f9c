import type { ErrorKind, ErrorScope, Retry } from "./errors.ts";

/** What an error means for the caller. */
export interface Verdict {
  readonly kind: ErrorKind;
  readonly retry: Retry;
  /** Default: by the kind. */
  readonly scope?: ErrorScope;
  /** What to check. Follows the provider's message. */
  readonly advice?: string;
  /** The credential is accepted, but its permissions do not include the call. */
  readonly lacksPermission?: true;
  /** Shown instead of the provider's message, which quotes what was signed. */
  readonly instead?: string;
}

/**
 * A row decides on a code, and on a message where a gateway sends no code. `docs/errors.md` is generated from the rows,
 * so a row has no other conditions.
 */
export interface ErrorRow extends Verdict {
  /** Compared without regard to case. `Forbidden.*` covers `Forbidden` and every code that begins with `Forbidden.`. */
  readonly codes?: readonly string[];
  readonly codePattern?: RegExp;
  readonly message?: RegExp;
}

/** The errors of one provider. */
export type ErrorTable = readonly ErrorRow[];
