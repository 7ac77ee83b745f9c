import { ProviderError } from "../domain/errors.ts";
import { abortable } from "./abortable.ts";
import type { Caller, CallerOptions, ProviderCall } from "./call.ts";
import { createTokenBucket } from "./token-bucket.ts";
import type { TokenBucket } from "./token-bucket.ts";

const backoffBaseMs = 200;
const backoffCapMs = 10_000;
const minuteMs = 60_000;
/** Spread over the new minute's start, so that everyone who was refused does not come back in the same instant. */
const minuteJitterMs = 5_000;

/** What is learned from one call to the next. */
interface Learned {
  readonly buckets: Map<string, TokenBucket>;
  /** The provider's clock less ours. */
  skewMs: number;
}

/** What one call has used up. */
interface Progress {
  tries: number;
  clockFixed: boolean;
  freshCredential: boolean;
  last: ProviderError | undefined;
}

interface Run<Answer> {
  readonly call: ProviderCall<Answer>;
  readonly options: CallerOptions;
  readonly learned: Learned;
  readonly progress: Progress;
  /** Aborts when the caller gives up, when the deadline has passed, and when all is done. */
  readonly signal: AbortSignal;
}

/**
 * A caller with a rate budget for each API and one correction of the clock for all its calls. The error it throws is
 * the last one the provider gave.
 *
 * Waits: full jitter, 200 ms × 2^(tries - 1) up to 10 s (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/),
 * or exactly as long as the provider asked. A wait that would end after the deadline is not begun.
 */
export function createCaller(options: CallerOptions): Caller {
  const learned: Learned = { buckets: new Map(), skewMs: 0 };
  return async (call, signal) => {
    signal.throwIfAborted();
    const { clock, deadlineMs } = options;
    const deadlineAtMs = clock.now() + deadlineMs;
    const progress: Progress = { tries: 0, clockFixed: false, freshCredential: false, last: undefined };
    const ending = new AbortController();
    const giveUp = () => ending.abort(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    clock.sleep(deadlineMs, ending.signal).then(
      () => ending.abort(deadlinePassed),
      () => undefined,
    );
    try {
      return await tryUntil({ call, options, learned, progress, signal: ending.signal }, deadlineAtMs);
    } catch (error) {
      signal.throwIfAborted();
      if (error === deadlinePassed) throw deadlineError(deadlineMs, progress);
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
      ending.abort(answered);
    }
  };
}

async function tryUntil<Answer>(run: Run<Answer>, deadlineAtMs: number): Promise<Answer> {
  const { options, progress, signal } = run;
  for (;;) {
    try {
      return await tryOnce(run);
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError)) throw error;
      progress.last = error;
      const waitMs = waitBeforeNextTry(run, error);
      if (waitMs === undefined || options.clock.now() + waitMs > deadlineAtMs) throw error;
      if (waitMs > 0) await options.clock.sleep(waitMs, signal);
    }
  }
}

async function tryOnce<Answer>({ call, options, learned, progress, signal }: Run<Answer>): Promise<Answer> {
  await bucketOf(call.api, options, learned).take(signal);
  progress.tries += 1;
  const attempt = {
    nowMs: options.clock.now() + learned.skewMs,
    nonce: options.random.nonce(),
    freshCredential: progress.freshCredential,
  };
  const request = await abortable(call.sign(attempt), signal);
  return call.read(await options.transport(request, signal));
}

function bucketOf(api: string, options: CallerOptions, learned: Learned): TokenBucket {
  const known = learned.buckets.get(api);
  if (known !== undefined) return known;
  const bucket = createTokenBucket(options.clock, options.rate);
  learned.buckets.set(api, bucket);
  return bucket;
}

/** How long to wait in milliseconds, or `undefined` when another try would be in vain or could act twice. */
function waitBeforeNextTry<Answer>(run: Run<Answer>, error: ProviderError): number | undefined {
  const { call, options, progress, learned } = run;
  if (progress.tries >= options.maxTries) return undefined;
  switch (error.retry) {
    case "no":
      return undefined;
    // These three were refused before the provider acted, so even a write may go again.
    case "new-nonce":
      return 0;
    case "fix-clock":
      if (progress.clockFixed || error.serverTimeMs === null) return undefined;
      progress.clockFixed = true;
      learned.skewMs = error.serverTimeMs - options.clock.now();
      return 0;
    case "refresh-credential":
      if (progress.freshCredential) return undefined;
      progress.freshCredential = true;
      return 0;
    case "backoff":
      return call.safeToRepeat ? (error.retryAfterMs ?? backoffMs(options, progress.tries)) : undefined;
    case "next-minute":
      return call.safeToRepeat ? (error.retryAfterMs ?? intoNextMinuteMs(options, learned)) : undefined;
  }
}

function backoffMs({ random }: CallerOptions, tries: number): number {
  return random.next() * Math.min(backoffCapMs, backoffBaseMs * 2 ** (tries - 1));
}

function intoNextMinuteMs({ random, clock }: CallerOptions, { skewMs }: Learned): number {
  const nowMs = clock.now() + skewMs;
  return minuteMs - (nowMs % minuteMs) + random.next() * minuteJitterMs;
}

// Reasons of our own, since a new one takes a stack trace at every call.
const answered = new Error("answered in time");
const deadlinePassed = new Error("deadline");

function deadlineError(deadlineMs: number, { tries, last }: Progress): ProviderError {
  const message = `no answer within ${deadlineMs} ms over ${tries} ${tries === 1 ? "try" : "tries"}`;
  const code = last?.code ?? null;
  const requestId = last?.requestId ?? null;
  return new ProviderError("unavailable", message, { code, requestId, cause: last, retry: "backoff" });
}
