import type { ConnectionCaller, Transport } from "../../lib/transport/call.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import type { createFuzzClock } from "./fuzz-clock.ts";

/** As a function has it, without waiting for its rate, and without chance. */
export function createFuzzCaller(transport: Transport, clock: ReturnType<typeof createFuzzClock>): ConnectionCaller {
  return createCaller({
    transport,
    clock,
    random: { next: () => 0.5, nonce: () => "nonce" },
    rate: { perSecond: 1_000_000, burst: 1_000_000 },
    deadlineMs: clock.deadlineMs,
    maxTries: 3,
  });
}
