import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ProviderErrorDetail } from "../../../lib/domain/errors.ts";
import { AdapterFault } from "../../../lib/transport/adapter-fault.ts";
import type { Attempt, CallerOptions, ProviderCall, Transport, WireResponse } from "../../../lib/transport/call.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { UnchangedCredentialError } from "../../../lib/transport/unchanged-credential.ts";
import { listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

/** 2026-03-01T10:00:20Z: twenty seconds into a minute. */
const start = Date.UTC(2026, 2, 1, 10, 0, 20);
const never = new AbortController().signal;
const ok: WireResponse = { status: 200, headers: {}, body: "ok" };

type Step = WireResponse | Error;

/** A caller for a provider that answers with `steps` in order, and a record of its calls. */
function scene(steps: readonly Step[], changes: Partial<CallerOptions> & { safeToRepeat?: boolean } = {}) {
  const { safeToRepeat = true, ...options } = changes;
  const clock = createManualClock(start, { autoAdvance: true });
  const attempts: Attempt[] = [];
  const sentAt: number[] = [];
  let nonce = 0;
  let step = 0;
  const transport: Transport = async () => {
    sentAt.push(clock.now() - start);
    return { status: 200, headers: {}, body: String(step++) };
  };
  const caller = createCaller({
    transport,
    clock,
    random: { next: () => 0.5, nonce: () => `nonce-${++nonce}` },
    rate: { perSecond: 1_000, burst: 100 },
    deadlineMs: 100_000,
    maxTries: 4,
    ...options,
  });
  const call: ProviderCall<string> = {
    api: "DescribeTasks",
    safeToRepeat,
    async sign(attempt) {
      attempts.push(attempt);
      return { method: "POST", url: new URL("http://127.0.0.1/"), headers: {}, body: "" };
    },
    read(response) {
      const answer = steps[Number(response.body)] ?? ok;
      if (answer instanceof Error) throw answer;
      return answer.body;
    },
  };
  return { clock, caller, call, attempts, sentAt };
}

function refusal(detail: ProviderErrorDetail, message = "refused"): ProviderError {
  return new ProviderError("unavailable", message, detail);
}

describe("createCaller() retries", () => {
  test("after full-jitter delays of 200 ms × 2^n when the provider is unavailable", async () => {
    const busy = refusal({ retry: "backoff" });
    const { caller, call, sentAt } = scene([busy, busy, busy, ok]);
    expect(await caller(call, never)).toBe("ok");
    expect(sentAt).toEqual([0, 100, 300, 700]);
  });

  test("with delays of at most 10 s", async () => {
    const busy = refusal({ retry: "backoff" });
    const { caller, call, clock } = scene(Array(8).fill(busy), { maxTries: 9 });
    await caller(call, never);
    expect(clock.sleeps.slice(1)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test("exactly when the provider requested", async () => {
    const { caller, call, sentAt } = scene([refusal({ retry: "backoff", retryAfterMs: 2_345 })]);
    await caller(call, never);
    expect(sentAt).toEqual([0, 2_345]);
  });

  test("in the next minute, spread over 5 s, when the provider counts by the minute", async () => {
    const { caller, call, sentAt } = scene([refusal({ retry: "next-minute" })]);
    await caller(call, never);
    expect(sentAt).toEqual([0, 42_500]);
  });

  test("in the next minute by the provider's clock when ours is known to be off", async () => {
    const skewed = refusal({ retry: "fix-clock", serverTimeMs: start + 30_000 });
    const { caller, call, sentAt } = scene([skewed, refusal({ retry: "next-minute" })]);
    await caller(call, never);
    expect(sentAt).toEqual([0, 0, 12_500]);
  });

  test("after the delay that the provider requested, instead of in the next minute", async () => {
    const { caller, call, sentAt } = scene([refusal({ retry: "next-minute", retryAfterMs: 1_000 })]);
    await caller(call, never);
    expect(sentAt).toEqual([0, 1_000]);
  });

  test("with a new signature, nonce, and time", async () => {
    const { caller, call, attempts } = scene([refusal({ retry: "backoff", retryAfterMs: 1_000 })]);
    await caller(call, never);
    expect(attempts).toEqual([
      { nowMs: start, nonce: "nonce-1", freshCredential: false, call: attempts[0]?.call },
      { nowMs: start + 1_000, nonce: "nonce-2", freshCredential: false, call: attempts[0]?.call },
    ]);
    expect(attempts[0]?.call).toBeTypeOf("object");
  });

  test("immediately when only the nonce was used before, up to its number of attempts", async () => {
    const used = refusal({ retry: "new-nonce" });
    const { caller, call, attempts, sentAt } = scene([used, used, used, used], { maxTries: 3 });
    await expect(caller(call, never)).rejects.toBe(used);
    expect(sentAt).toEqual([0, 0, 0]);
    expect(attempts.map(({ nonce }) => nonce)).toEqual(["nonce-1", "nonce-2", "nonce-3"]);
  });

  test("once with a fresh credential", async () => {
    const expired = refusal({ retry: "refresh-credential" });
    const { caller, call, attempts } = scene([expired, expired]);
    await expect(caller(call, never)).rejects.toBe(expired);
    expect(attempts.map(({ freshCredential }) => freshCredential)).toEqual([false, true]);
  });

  test("with a fresh credential only directly after the refusal, and tells the tries of one call from another's", async () => {
    const steps = [refusal({ retry: "refresh-credential" }), refusal({ retry: "new-nonce" })];
    const { caller, call, attempts } = scene(steps);
    await caller(call, never);
    await caller(call, never);
    expect(attempts.map(({ freshCredential }) => freshCredential)).toEqual([false, true, false, false]);
    expect(new Set(attempts.map((attempt) => attempt.call)).size).toBe(2);
    expect(new Set(attempts.slice(0, 3).map((attempt) => attempt.call)).size).toBe(1);
  });

  test("once with the provider's time, and uses it for later calls", async () => {
    const { caller, call, attempts } = scene([refusal({ retry: "fix-clock", serverTimeMs: start - 600_000 })]);
    await caller(call, never);
    await caller(call, never);
    expect(attempts.map(({ nowMs }) => nowMs)).toEqual([start, start - 600_000, start - 600_000]);
  });

  test("only once per call because of the clock", async () => {
    const skewed = refusal({ retry: "fix-clock", serverTimeMs: start });
    const { caller, call, sentAt } = scene([skewed, skewed, ok]);
    await expect(caller(call, never)).rejects.toBe(skewed);
    expect(sentAt).toHaveLength(2);
  });

  test("without the provider's time once that time did not help", async () => {
    const hostile = refusal({ retry: "fix-clock", serverTimeMs: Date.UTC(2099, 0, 1) });
    const { caller, call, attempts } = scene([hostile, hostile, ok]);
    await expect(caller(call, never)).rejects.toBe(hostile);
    await caller(call, never);
    expect(attempts.map(({ nowMs }) => nowMs)).toEqual([start, Date.UTC(2099, 0, 1), start]);
  });

  test("counting each of the three repairs as an attempt", async () => {
    const nonce = refusal({ retry: "new-nonce" });
    const steps = [
      refusal({ retry: "fix-clock", serverTimeMs: start }),
      refusal({ retry: "refresh-credential" }),
      nonce,
    ];
    const { caller, call, sentAt } = scene(steps, { maxTries: 3 });
    await expect(caller(call, never)).rejects.toBe(nonce);
    expect(sentAt).toHaveLength(3);
  });
});

describe("createCaller() does not retry", () => {
  test("permanent errors", async () => {
    const error = new ProviderError("bad-request", "no such region");
    const { caller, call, sentAt } = scene([error]);
    await expect(caller(call, never)).rejects.toBe(error);
    expect(sentAt).toEqual([0]);
  });

  test("more often than allowed, and then throws the last error", async () => {
    const last = refusal({ retry: "backoff" }, "the third");
    const { caller, call, sentAt } = scene([refusal({ retry: "backoff" }), refusal({ retry: "backoff" }), last], {
      maxTries: 3,
    });
    await expect(caller(call, never)).rejects.toBe(last);
    expect(sentAt).toHaveLength(3);
  });

  test("when the clock is off but the provider's time is unknown", async () => {
    const error = refusal({ retry: "fix-clock" });
    const { caller, call, sentAt } = scene([error]);
    await expect(caller(call, never)).rejects.toBe(error);
    expect(sentAt).toEqual([0]);
  });

  test.each(["backoff", "next-minute"] as const)("a write after %s", async (retry) => {
    const error = refusal({ retry });
    const { caller, call, sentAt } = scene([error], { safeToRepeat: false });
    await expect(caller(call, never)).rejects.toBe(error);
    expect(sentAt).toEqual([0]);
  });

  test("an error that is not the provider's", async () => {
    const bug = new TypeError("a bug in the reader");
    const { caller, call, sentAt } = scene([bug]);
    await expect(caller(call, never)).rejects.toThrow(
      expect.objectContaining({
        name: "ProviderError",
        kind: "malformed",
        message: "DescribeTasks: the answer could not be read (TypeError)",
        cause: bug,
      }),
    );
    expect(sentAt).toEqual([0]);
  });

  test("when the delay would end after the deadline, and throws that error immediately", async () => {
    const error = refusal({ retry: "backoff", retryAfterMs: 100_001 });
    const { caller, call, clock } = scene([error], { deadlineMs: 100_000 });
    await expect(caller(call, never)).rejects.toBe(error);
    expect(clock.now()).toBe(start);
    expect(clock.sleeping()).toBe(0);
  });
});

describe("createCaller() retries a write", () => {
  test.each([
    { retry: "new-nonce" },
    { retry: "refresh-credential" },
    { retry: "fix-clock", serverTimeMs: start },
  ] as const)("that was rejected before it took effect: $retry", async (detail) => {
    const { caller, call, sentAt } = scene([refusal(detail)], { safeToRepeat: false });
    expect(await caller(call, never)).toBe("ok");
    expect(sentAt).toEqual([0, 0]);
  });
});

describe("createCaller() keeps its deadline", () => {
  const hangs: Transport = (_request, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  test("while the provider does not respond", async () => {
    const { caller, call, clock } = scene([], { transport: hangs, deadlineMs: 5_000 });
    await expect(caller(call, never)).rejects.toMatchObject({
      name: "ProviderError",
      kind: "unavailable",
      message: "no answer within 5000 ms over 1 try",
      code: null,
    });
    expect(clock.now()).toBe(start + 5_000);
  });

  test("over all attempts, keeping the provider's last error", async () => {
    const busy = refusal({ retry: "backoff", code: "ServiceUnavailable", requestId: "R-7" });
    let tries = 0;
    const transport: Transport = (request, signal) => {
      tries += 1;
      return tries < 3 ? Promise.reject(busy) : hangs(request, signal);
    };
    const { caller, call } = scene([], { transport, deadlineMs: 5_000 });
    await expect(caller(call, never)).rejects.toMatchObject({
      kind: "unavailable",
      message: "no answer within 5000 ms over 3 tries",
      code: "ServiceUnavailable",
      requestId: "R-7",
      cause: busy,
    });
  });

  test("while the credential is being fetched", async () => {
    const { caller, call } = scene([], { deadlineMs: 5_000 });
    const stuck = { ...call, sign: () => new Promise<never>(() => undefined) };
    await expect(caller(stuck, never)).rejects.toMatchObject({ message: "no answer within 5000 ms over 1 try" });
  });

  test("while it waits for the rate limit", async () => {
    const { caller, call } = scene([], { deadlineMs: 5_000, rate: { perSecond: 0.1, burst: 1 } });
    await caller(call, never);
    await expect(caller(call, never)).rejects.toMatchObject({ message: "no answer within 5000 ms over 0 tries" });
  });

  test("and leaves no timer behind when the response comes first", async () => {
    const { caller, call, clock } = scene([ok]);
    await caller(call, never);
    expect(clock.sleeping()).toBe(0);
    expect(clock.now()).toBe(start);
  });
});

describe("createCaller() when its caller aborts", () => {
  test("rejects with the signal's reason while it waits to retry", async () => {
    const controller = new AbortController();
    const reason = new Error("the function is about to end");
    const clock = createManualClock(start);
    const { caller, call } = scene([refusal({ retry: "backoff", retryAfterMs: 5_000 })], { clock });
    const result = caller(call, controller.signal);
    const rejected = expect(result).rejects.toBe(reason);
    await clock.advance(1_000);
    controller.abort(reason);
    await rejected;
    expect(clock.sleeping()).toBe(0);
  });

  test("rejects with the signal's reason when the attempt fails differently because of it", async () => {
    const controller = new AbortController();
    const reason = new Error("the function is about to end");
    const transport: Transport = async () => {
      controller.abort(reason);
      throw refusal({ retry: "backoff" });
    };
    const { caller, call } = scene([], { transport });
    await expect(caller(call, controller.signal)).rejects.toBe(reason);
  });

  test("rejects with the signal's reason without an attempt when already aborted", async () => {
    const reason = new Error("too late");
    const { caller, call, sentAt } = scene([ok]);
    await expect(caller(call, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(sentAt).toEqual([]);
  });
});

describe("createCaller() reads the provider's clock", () => {
  const dated = (epochMs: number): WireResponse => ({ ...ok, headers: { date: new Date(epochMs).toUTCString() } });

  function clockScene(responses: readonly WireResponse[]) {
    let sent = 0;
    return scene([], { transport: async () => responses[sent++] ?? ok });
  }

  test("from the latest answer that tells the time", async () => {
    const { caller, call } = clockScene([ok, dated(start - 600_000), ok, dated(start + 60_000)]);
    const skews = [caller.clockSkewMs()];
    for (let n = 0; n < 4; n += 1) {
      await caller(call, never);
      skews.push(caller.clockSkewMs());
    }
    expect(skews).toEqual([null, null, -599_500, -599_500, 60_500]);
  });

  test("from refusals as well", async () => {
    const { caller, call } = clockScene([dated(start - 600_000)]);
    const refusing = { ...call, read: () => Promise.reject(refusal({ retry: "no" })) };
    await expect(caller(refusing, never)).rejects.toThrow("refused");
    expect(caller.clockSkewMs()).toBe(-599_500);
  });

  test("but signs by it only after a refusal, so that a wrong date cannot spoil signatures", async () => {
    const { caller, call, attempts } = clockScene([dated(start - 600_000), dated(start + 3_650 * 86_400_000)]);
    for (let n = 0; n < 3; n += 1) await caller(call, never);
    expect(attempts.map(({ nowMs }) => nowMs)).toEqual([start, start, start]);
    expect(caller.clockSkewMs()).toBe(-599_500);
  });

  test("and forgets a time that does not help, even when no other time is told", async () => {
    const expired = (serverTimeMs: number | null) => refusal({ retry: "fix-clock", serverTimeMs });
    const inYear2100 = Date.UTC(2100, 0, 1);
    const { caller, call, attempts } = scene([expired(inYear2100), ok, expired(null), ok, ok]);
    for (let n = 0; n < 3; n += 1) await caller(call, never);
    expect(attempts.map(({ nowMs }) => nowMs)).toEqual([start, inYear2100, inYear2100, start, start]);
  });

  test("and does not sign again with the time that was refused", async () => {
    const expired = refusal({ retry: "fix-clock", serverTimeMs: null });
    const { caller, call, attempts } = scene([expired]);
    await expect(caller(call, never)).rejects.toBe(expired);
    expect(attempts).toHaveLength(1);
  });

  test("over a real connection", async () => {
    const server = await listenHttp((_request, response) => {
      response.setHeader("Date", new Date(Date.now() - 17 * 60_000).toUTCString());
      response.end("ok");
    });
    const transport = createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxBodyBytes: 1000 });
    const clock = { now: Date.now, sleep: createManualClock(0).sleep };
    const { caller, call } = scene([], { transport, clock });
    const request = { method: "POST", url: server.url, headers: {}, body: "" } as const;
    await caller({ ...call, sign: async () => request, read: ({ body }) => body }, never);
    await server.close();
    expect(Math.abs((caller.clockSkewMs() ?? 0) + 17 * 60_000)).toBeLessThan(3000);
  });
});

describe("createCaller() when a request cannot be sent", () => {
  test("throws a ProviderError that names the system's code and does not quote the header", async () => {
    const transport = createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxBodyBytes: 1000 });
    const { caller, call } = scene([], { transport });
    const headers = { authorization: "hV9kQ2wZ7rT4\n" };
    const url = new URL("http://127.0.0.1:9/");
    const error = await caller({ ...call, sign: async () => ({ method: "POST", url, headers, body: "" }) }, never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: "ProviderError", kind: "unavailable", retry: "no" });
    expect(error).toHaveProperty("message", "DescribeTasks: the request could not be sent (ERR_INVALID_CHAR)");
    expect(error).toBeInstanceOf(AdapterFault);
    expect((error as AdapterFault).frames.join()).toMatch(/node-transport\.ts/);
    expect((error as AdapterFault).frames.join()).not.toContain("hV9kQ2wZ7rT4");
  });

  test("throws the deadline when the transport fails differently because of it", async () => {
    const transport: Transport = (_request, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new TypeError("terminated"))));
    const { caller, call } = scene([], { transport, deadlineMs: 5_000 });
    await expect(caller(call, never)).rejects.toThrow("no answer within 5000 ms over 1 try");
  });
});

describe("createCaller() when a request cannot be signed", () => {
  test("throws a ProviderError that does not quote what was to be signed", async () => {
    const { caller, call } = scene([]);
    const failing = {
      ...call,
      sign: ({ nowMs }: Attempt) => Promise.reject(new RangeError(`Invalid time value ${nowMs}`)),
    };
    await expect(caller(failing, never)).rejects.toThrow(
      expect.objectContaining({
        name: "ProviderError",
        kind: "unauthorized",
        retry: "no",
        message: "DescribeTasks: the request could not be signed (RangeError)",
      }),
    );
  });
});

describe("createCaller() after a refused credential", () => {
  const refused = refusal(
    { retry: "refresh-credential", code: "InvalidAccessKeyId.NotFound", requestId: "R-1" },
    "no key",
  );

  function refusedScene(renew: () => Promise<never>, options: Partial<CallerOptions> = {}) {
    const { caller, call, sentAt } = scene([refused, ok], options);
    const sign = (attempt: Attempt) => (attempt.freshCredential ? renew() : call.sign(attempt));
    return { ask: () => caller({ ...call, sign }, never), sentAt };
  }

  test("throws the refusal without a second try when there is no newer credential", async () => {
    const { ask, sentAt } = refusedScene(() => Promise.reject(new UnchangedCredentialError()));
    await expect(ask()).rejects.toBe(refused);
    expect(sentAt).toEqual([0]);
  });

  test("keeps the refusal when a newer credential cannot be read, and says why", async () => {
    const throttled = new ProviderError("unauthorized", "the secret ssm:/key could not be read (HTTP 429)");
    const { ask } = refusedScene(() => Promise.reject(throttled));
    await expect(ask()).rejects.toMatchObject({
      kind: "unavailable",
      code: "InvalidAccessKeyId.NotFound",
      requestId: "R-1",
      retry: "no",
      message: "no key; a newer credential could not be read: the secret ssm:/key could not be read (HTTP 429)",
      cause: throttled,
    });
  });

  test("keeps the refusal when a newer credential cannot be read before the deadline", async () => {
    const { ask } = refusedScene(() => new Promise(() => undefined), { deadlineMs: 5_000 });
    await expect(ask()).rejects.toMatchObject({
      code: "InvalidAccessKeyId.NotFound",
      message: "no key; a newer credential could not be read: no answer in time",
    });
  });
});

describe("createCaller() limits the rate", () => {
  test("of each API separately, including retries", async () => {
    const { caller, call, sentAt } = scene([refusal({ retry: "new-nonce" })], { rate: { perSecond: 1, burst: 1 } });
    await caller(call, never);
    await caller({ ...call, api: "DescribeTaskAttribute" }, never);
    await caller(call, never);
    expect(sentAt).toEqual([0, 1_000, 1_000, 2_000]);
  });
});

describe("createCaller() over a real connection", () => {
  const servers: LoopbackServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  test("recovers when the first connection is reset", async () => {
    let requests = 0;
    const server = await listenHttp((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.resetAndDestroy();
      else response.end("ok");
    });
    servers.push(server);
    const clock = createManualClock(start, { autoAdvance: true, autoAdvanceUpToMs: 1_000 });
    const transport = createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, maxBodyBytes: 100 });
    const { caller, call } = scene([], { clock, transport });
    const answer = await caller(
      {
        ...call,
        sign: async () => ({ method: "POST", url: server.url, headers: {}, body: "" }),
        read: (response) => response.body,
      },
      never,
    );
    expect(answer).toBe("ok");
    expect(requests).toBe(2);
    expect(clock.sleeps).toEqual([100_000, 100]);
  });

  test("leaves its connection to the next call when done", async () => {
    const ports: (number | undefined)[] = [];
    const server = await listenHttp((request, response) => {
      ports.push(request.socket.remotePort);
      response.end("ok");
    });
    servers.push(server);
    const transport = createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, maxBodyBytes: 100 });
    const { caller, call } = scene([], { transport, clock: createManualClock(start) });
    const sign = async () => ({ method: "POST", url: server.url, headers: {}, body: "" }) as const;
    for (let count = 0; count < 3; count += 1) await caller({ ...call, sign, read: ({ body }) => body }, never);
    expect(ports).toHaveLength(3);
    expect(new Set(ports).size).toBe(1);
  });

  test("removes its listener from the caller's signal when done", async () => {
    const { signal } = new AbortController();
    const { caller, call } = scene([ok]);
    await caller(call, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
