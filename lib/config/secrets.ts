import type { Clock } from "../domain/clock.ts";
import { ProviderError } from "../domain/errors.ts";
import type { SecretResolver } from "../providers/credential.ts";
import { createSecretCache } from "./secret-cache.ts";
import { readSecretValue } from "./secret-value.ts";

/** Reads one secret, given its reference without the scheme. `undefined` if there is none of that name. */
export type SecretReader = (name: string) => Promise<string | undefined>;

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
 * Resolves `env:`, `ssm:`, and `secretsmanager:` references on first use. Concurrent callers share one read, and so do
 * the keys of one JSON secret. Failures are not cached.
 */
export function createSecrets({ readers, clock, maxAgeMs }: SecretsOptions): SecretResolver {
  const cache = createSecretCache({ read: (place) => readPlace(place, readers), clock, maxAgeMs });

  return {
    async resolve(reference, { fresh }) {
      const { place, key } = placeOf(reference);
      const text = await cache.text(place, fresh).catch((error: unknown) => {
        throw unusable(reference, problemOf(error));
      });
      const read = readSecretValue(text, key);
      if ("value" in read) return read.value;
      cache.forget(place, text);
      throw unusable(reference, read.problem);
    },
  };
}

interface SecretPlace {
  /** The scheme and the name of the secret. */
  readonly place: string;
  /** The key of a JSON secret. */
  readonly key: string | undefined;
}

function placeOf(reference: string): SecretPlace {
  const [scheme] = splitOnce(reference, ":");
  if (scheme !== "env" && scheme !== "ssm" && scheme !== "secretsmanager") {
    // The reference may be the secret itself.
    throw new ProviderError("unauthorized", "a secret reference has an unknown scheme");
  }
  const [place, key] = scheme === "secretsmanager" ? splitOnce(reference, "#") : [reference, undefined];
  return { place, key };
}

class MissingSecretError extends Error {
  override readonly name = "MissingSecretError";
}

async function readPlace(place: string, { env, ssm, secretsmanager }: SecretReaders): Promise<string> {
  const [scheme, name = ""] = splitOnce(place, ":");
  const reader = scheme === "env" ? env : scheme === "ssm" ? ssm : secretsmanager;
  const text = await reader(name);
  if (text === undefined) throw new MissingSecretError();
  return text;
}

/** Shows no message: a parser's quotes the secret. */
function problemOf(error: unknown): string {
  if (error instanceof MissingSecretError) return "is not set";
  return `could not be read (${error instanceof Error ? error.name : "unknown error"})`;
}

function unusable(reference: string, problem: string): ProviderError {
  return new ProviderError("unauthorized", `the secret ${reference} ${problem}`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
