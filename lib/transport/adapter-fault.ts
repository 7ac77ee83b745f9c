import { ProviderError } from "../domain/errors.ts";
import type { ErrorKind } from "../domain/errors.ts";

/**
 * An error that an adapter did not foresee: a bug, or a value that cannot be sent. It is a `ProviderError`, so that it
 * affects only its own cloud. `cause` is whatever was thrown. The message shows only its name, since its own message
 * may quote a credential or an answer.
 */
export class AdapterFault extends ProviderError {
  constructor(kind: ErrorKind, what: string, cause: unknown) {
    super(kind, `${what} (${nameOf(cause)})`, { cause });
  }

  /** Where the cause was thrown: its stack without its message. Safe to log. */
  get frames(): readonly string[] {
    const stack = this.cause instanceof Error ? this.cause.stack : undefined;
    return (stack ?? "").split("\n").flatMap((line) => /^ {4}(at .+)$/.exec(line)?.[1] ?? []);
  }
}

/** The system's code says more than a name: `ERR_INVALID_CHAR` is a `TypeError`. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  return [code, cause.name].find((name) => /^\w{1,64}$/.test(name)) ?? "Error";
}
