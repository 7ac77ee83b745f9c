import { ProviderError } from "../domain/errors.ts";
import { abortable } from "./abortable.ts";
import { AdapterFault } from "./adapter-fault.ts";
import type { Attempt, CallerOptions, ConnectionCaller, ProviderCall, WireRequest, WireResponse } from "./call.ts";
import { measureSkewMs } from "./clock-skew.ts";
import { createTokenBucket } from "./token-bucket.ts";
import type { TokenBucket } from "./token-bucket.ts";
import { UnchangedCredentialError } from "./unchanged-credential.ts";

const backoffBaseMs = 200;
const backoffCapMs = 10_000;
const minuteMs = 60_000;
/** Spreads retries over the start of the new minute, so that throttled callers do not all retry at once. */
const minuteJitterMs = 5_000;

/** State shared by all calls of one caller. */
interface SharedState {
  readonly buckets: Map<string, TokenBucket>;
  /**
   * The provider's clock minus ours, as requests are signed. Changes only after a rejection, so that a wrong `Date`
   * cannot spoil signatures that the provider accepts.
   */
  signingSkewMs: number;
  /** The same by the latest `Date`; `null` when there was none yet. */
  measuredSkewMs: number | null;
}

/** The tries and corrections that one call has used. */
interface CallProgress {
  /** Identifies the call. */
  readonly call: object;
  tries: number;
  clockFixed: boolean;
  freshCredential: boolean;
  last: ProviderError | undefined;
}

interface Run<Answer> {
  readonly call: ProviderCall<Answer>;
  readonly options: CallerOptions;
  readonly shared: SharedState;
  readonly progress: CallProgress;
  /** Aborts when the caller's signal aborts, when the deadline has passed, and when the call has settled. */
  readonly signal: AbortSignal;
}

/**
 * A caller with one rate budget per API and one clock correction for all of its calls. It throws the last error that
 * the provider returned, or the reason of the aborted signal, and nothing else: whatever else is thrown while a call is
 * signed, sent, or read becomes an `AdapterFault`.
 *
 * Waits: full jitter, 200 ms × 2^(tries - 1) up to 10 s (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/),
 * or exactly as long as the provider asks. It does not start a wait that would end after the deadline.
 */
export function createCaller(options: CallerOptions): ConnectionCaller {
  const shared: SharedState = { buckets: new Map(), signingSkewMs: 0, measuredSkewMs: null };
  const caller = <Answer>(call: ProviderCall<Answer>, signal: AbortSignal) =>
    callOnce(call, { options, shared, signal });
  return Object.assign(caller, { clockSkewMs: () => shared.measuredSkewMs });
}

async function callOnce<Answer>(
  call: ProviderCall<Answer>,
  { options, shared, signal }: Pick<Run<Answer>, "options" | "shared" | "signal">,
): Promise<Answer> {
  signal.throwIfAborted();
  const { clock, deadlineMs } = options;
  const deadlineAtMs = clock.now() + deadlineMs;
  const progress: CallProgress = { call: {}, tries: 0, clockFixed: false, freshCredential: false, last: undefined };
  const stopping = new AbortController();
  const abort = () => stopping.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  clock.sleep(deadlineMs, stopping.signal).then(
    () => stopping.abort(deadlinePassed),
    () => undefined,
  );
  try {
    return await tryUntil({ call, options, shared, progress, signal: stopping.signal }, deadlineAtMs);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderError) throw error;
    if (stopping.signal.reason === deadlinePassed) throw deadlineError(deadlineMs, progress);
    throw new AdapterFault("unavailable", `${call.api}: the call failed`, error);
  } finally {
    signal.removeEventListener("abort", abort);
    stopping.abort(answered);
  }
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

async function tryOnce<Answer>(run: Run<Answer>): Promise<Answer> {
  const { call, options, shared, progress, signal } = run;
  await options.budget?.take(call.api, signal);
  await bucketOf(call.api, options, shared).take(signal);
  progress.tries += 1;
  const attempt = {
    nowMs: options.clock.now() + shared.signingSkewMs,
    nonce: options.random.nonce(),
    freshCredential: progress.last?.retry === "refresh-credential",
    call: progress.call,
  };
  const request = await sign(run, attempt);
  const sentAtMs = options.clock.now();
  const response = await send(run, request);
  const exchange = { sentAtMs, receivedAtMs: options.clock.now() };
  shared.measuredSkewMs = measureSkewMs(response.headers["date"], exchange) ?? shared.measuredSkewMs;
  return read(run, response);
}

/** Signing fails for a time that has no date, for example. */
async function sign<Answer>({ call, progress, signal }: Run<Answer>, attempt: Attempt): Promise<WireRequest> {
  try {
    return await abortable(call.sign(attempt), signal);
  } catch (error) {
    if (attempt.freshCredential && progress.last !== undefined) throw stillRefused(progress.last, error);
    if (signal.aborted || error instanceof ProviderError) throw error;
    throw new AdapterFault("unauthorized", `${call.api}: the request could not be signed`, error);
  }
}

/** There is no newer credential, or it cannot be read. The rejection of the old one stays visible. */
function stillRefused(refusal: ProviderError, error: unknown): ProviderError {
  if (error instanceof UnchangedCredentialError) return refusal;
  const { kind, code, requestId, message } = refusal;
  const why =
    error instanceof ProviderError ? error.message : error === deadlinePassed ? "no answer in time" : "internal error";
  const detail = { code, requestId, cause: error };
  return new ProviderError(kind, `${message}; a newer credential could not be read: ${why}`, detail);
}

/** Sending fails for a header that holds a line break, for example. */
async function send<Answer>({ call, options, signal }: Run<Answer>, request: WireRequest): Promise<WireResponse> {
  try {
    return await options.transport(request, signal);
  } catch (error) {
    if (signal.aborted || error instanceof ProviderError) throw error;
    throw new AdapterFault("unavailable", `${call.api}: the request could not be sent`, error);
  }
}

async function read<Answer>({ call, signal }: Run<Answer>, response: WireResponse): Promise<Answer> {
  try {
    return await call.read(response);
  } catch (error) {
    if (signal.aborted || error instanceof ProviderError) throw error;
    throw new AdapterFault("malformed", `${call.api}: the answer could not be read`, error);
  }
}

function bucketOf(api: string, options: CallerOptions, shared: SharedState): TokenBucket {
  const known = shared.buckets.get(api);
  if (known !== undefined) return known;
  const bucket = createTokenBucket(options.clock, options.rate);
  shared.buckets.set(api, bucket);
  return bucket;
}

/** The wait in milliseconds, or `undefined` when a retry cannot succeed or could repeat a write. */
function waitBeforeNextTry<Answer>(run: Run<Answer>, error: ProviderError): number | undefined {
  const { call, options, progress, shared } = run;
  if (progress.tries >= options.maxTries) return undefined;
  switch (error.retry) {
    case "no":
      return undefined;
    // The provider rejected these three before it acted, so even a write is safe to retry.
    case "new-nonce":
      return 0;
    case "fix-clock":
      return fixClock(run, error) ? 0 : undefined;
    case "refresh-credential":
      if (progress.freshCredential) return undefined;
      progress.freshCredential = true;
      return 0;
    case "backoff":
      return call.safeToRepeat ? (error.retryAfterMs ?? backoffMs(options, progress.tries)) : undefined;
    case "next-minute":
      return call.safeToRepeat ? (error.retryAfterMs ?? intoNextMinuteMs(options, shared)) : undefined;
  }
}

/** Takes over the provider's time, at most once a call. False if there is nothing left to try. */
function fixClock<Answer>({ options, progress, shared }: Run<Answer>, { serverTimeMs }: ProviderError): boolean {
  const triedSkewMs = shared.signingSkewMs;
  // A time that does not help is not the provider's. Later calls begin with our own again.
  shared.signingSkewMs = 0;
  if (progress.clockFixed) return false;
  progress.clockFixed = true;
  if (serverTimeMs !== null) shared.signingSkewMs = serverTimeMs - options.clock.now();
  return serverTimeMs !== null || triedSkewMs !== 0;
}

function backoffMs({ random }: CallerOptions, tries: number): number {
  return random.next() * Math.min(backoffCapMs, backoffBaseMs * 2 ** (tries - 1));
}

function intoNextMinuteMs({ random, clock }: CallerOptions, { signingSkewMs }: SharedState): number {
  const nowMs = clock.now() + signingSkewMs;
  return minuteMs - (nowMs % minuteMs) + random.next() * minuteJitterMs;
}

// Created once, because every new error captures a stack trace.
const answered = new Error("answered in time");
const deadlinePassed = new Error("deadline");

function deadlineError(deadlineMs: number, { tries, last }: CallProgress): ProviderError {
  const message = `no answer within ${deadlineMs} ms over ${tries} ${tries === 1 ? "try" : "tries"}`;
  const code = last?.code ?? null;
  const requestId = last?.requestId ?? null;
  return new ProviderError("unavailable", message, { code, requestId, cause: last, retry: "backoff" });
}
