import type { Clock } from "../domain/clock.ts";

interface SecretCacheOptions {
  /** Reads the text at a place. */
  readonly read: (place: string) => Promise<string>;
  readonly clock: Pick<Clock, "now">;
  /** How long a text is used before it is read again. */
  readonly maxAgeMs: number;
}

/** The texts of secrets, by the place where each is stored. Concurrent callers share one read. */
interface SecretCache {
  /** `fresh`: reads the place again, but not if that was in vain within the last `maxAgeMs`. */
  text(place: string, fresh: boolean): Promise<string>;
  /** Drops a text that is of no use, unless another one has replaced it. */
  forget(place: string, text: string): void;
}

export function createSecretCache({ read, clock, maxAgeMs }: SecretCacheOptions): SecretCache {
  const cached = new Map<string, { readonly text: string; readonly readAtMs: number }>();
  const underWay = new Map<string, Promise<string>>();
  /** When a place was last read again and its text had not changed, or could not be read. */
  const inVainAtMs = new Map<string, number>();

  /** A negative age means that the clock was set back. By how much is unknown, and so is the age. */
  function isRecent(atMs: number | undefined): boolean {
    const ageMs = clock.now() - (atMs ?? -Infinity);
    return ageMs >= 0 && ageMs < maxAgeMs;
  }

  function startReading(place: string): Promise<string> {
    const reading = read(place)
      .then((text) => {
        cached.set(place, { text, readAtMs: clock.now() });
        return text;
      })
      .finally(() => underWay.delete(place));
    underWay.set(place, reading);
    return reading;
  }

  async function readAgain(place: string): Promise<string> {
    const before = cached.get(place)?.text;
    const started = underWay.get(place);
    if (started !== undefined) {
      // It may have begun before the secret was replaced.
      const text = await started;
      if (text !== before) return text;
    }
    const other = underWay.get(place);
    if (other !== undefined) return other;
    if (before !== undefined && isRecent(inVainAtMs.get(place))) return before;
    inVainAtMs.set(place, clock.now());
    const text = await startReading(place);
    if (text !== before) inVainAtMs.delete(place);
    return text;
  }

  return {
    text(place, fresh) {
      if (fresh) return readAgain(place);
      const known = cached.get(place);
      if (known !== undefined && isRecent(known.readAtMs)) return Promise.resolve(known.text);
      return underWay.get(place) ?? startReading(place);
    },
    forget(place, text) {
      if (cached.get(place)?.text === text) cached.delete(place);
    },
  };
}
