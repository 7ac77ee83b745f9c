import type { Clock } from "../domain/clock.ts";
import { ProviderError } from "../domain/errors.ts";
import type { SecretResolver } from "../providers/credential.ts";

/** Reads one secret, given its reference without the scheme. */
export type SecretReader = (name: string) => Promise<string>;

export interface SecretReaders {
  readonly env: SecretReader;
  readonly ssm: SecretReader;
  readonly secretsmanager: SecretReader;
}

interface SecretsOptions {
  readonly readers: SecretReaders;
  readonly clock: Clock;
  /** How long a resolved secret is used before it is read again. */
  readonly maxAgeMs: number;
}

/**
 * Resolves `env:`, `ssm:`, and `secretsmanager:` references on first use. Concurrent callers share one read. Failures
 * are not cached.
 */
export function createSecrets({ readers, clock, maxAgeMs }: SecretsOptions): SecretResolver {
  const cached = new Map<string, { readonly value: string; readonly readAtMs: number }>();
  const underWay = new Map<string, Promise<string>>();

  async function read(reference: string): Promise<string> {
    const value = await readReference(reference, readers);
    cached.set(reference, { value, readAtMs: clock.now() });
    return value;
  }

  return {
    resolve(reference, { fresh }) {
      const known = cached.get(reference);
      if (!fresh && known && isFresh(clock.now() - known.readAtMs, maxAgeMs)) return Promise.resolve(known.value);
      const started = underWay.get(reference);
      if (started) return started;
      const reading = read(reference).finally(() => underWay.delete(reference));
      underWay.set(reference, reading);
      return reading;
    },
  };
}

/** A negative age means that the clock was set back. By how much is unknown, and so is the age. */
function isFresh(ageMs: number, maxAgeMs: number): boolean {
  return ageMs >= 0 && ageMs < maxAgeMs;
}

async function readReference(reference: string, readers: SecretReaders): Promise<string> {
  const [scheme, name = ""] = splitOnce(reference, ":");
  const reader = scheme === "env" || scheme === "ssm" || scheme === "secretsmanager" ? readers[scheme] : undefined;
  if (reader === undefined) throw new ProviderError("unauthorized", "a secret reference has an unknown scheme");
  const [path = "", key] = scheme === "secretsmanager" ? splitOnce(name, "#") : [name];
  try {
    const value = await reader(path);
    return key === undefined ? value : memberOf(value, key);
  } catch (error) {
    const why = error instanceof Error ? error.name : "unknown error";
    throw new ProviderError("unauthorized", `the secret ${reference} could not be read (${why})`);
  }
}

function memberOf(json: string, key: string): string {
  const value: unknown = JSON.parse(json);
  const member =
    typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key) : undefined;
  if (typeof member?.[1] !== "string") throw new TypeError("no such key");
  return member[1];
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
