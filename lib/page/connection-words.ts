import type { ConnectionState } from "./api-answers.ts";
import { sentence } from "./task-words.ts";
import { agoWords, durationWords } from "./wording.ts";
import type { ZonedClock } from "./wording.ts";

/** A connection's health in words. */

export interface ConnectionHealth {
  readonly state: "good" | "bad" | "unsure";
  readonly word: string;
  readonly details: readonly string[];
}

/** Health itself complains after ten minutes. */
const silentMs = 10 * 60_000;
/** Lists reach back a quarter of an hour in any case. */
const behindTooFarSeconds = 30 * 60;

export function connectionHealth(connection: ConnectionState, clock: ZonedClock): ConnectionHealth {
  const { lastError, lastSweptAt, behindSeconds, clockSkewSeconds, capabilities } = connection;
  const sweptMs = lastSweptAt === null ? null : Date.parse(lastSweptAt);
  const details = [
    ...(lastError === null ? [] : [sentence(lastError)]),
    sweptMs === null ? "It was never swept." : `Swept ${agoWords(sweptMs, clock)}.`,
    ...(behindSeconds !== null && behindSeconds > behindTooFarSeconds
      ? [`Tasks of the last ${durationWords(behindSeconds * 1000)} may be missing.`]
      : []),
    ...(clockSkewSeconds === null || clockSkewSeconds === 0
      ? []
      : [
          `Its clock is ${durationWords(Math.abs(clockSkewSeconds) * 1000)} ${clockSkewSeconds > 0 ? "ahead" : "behind"}.`,
        ]),
    ...(capabilities.listsWithoutIds ? [] : ["It shows only some tasks by itself. Track the others."]),
  ];
  if (lastError !== null) return { state: "bad", word: "Failing", details };
  if (sweptMs === null) return { state: "unsure", word: "Not swept yet", details };
  if (clock.nowMs - sweptMs > silentMs) return { state: "bad", word: "Not swept lately", details };
  return { state: "good", word: "Working", details };
}
