import { ProviderError } from "../domain/errors.ts";
import type { Target } from "../domain/task.ts";
import { AdapterFault } from "../transport/adapter-fault.ts";
import { boundError } from "./redact.ts";

/** Told of every error that an adapter did not foresee, before the adapter's caller sees it. */
export type FaultReporter = (fault: AdapterFault, target: Target) => void;

/** Runs the code of an adapter. Only a `ProviderError` or the reason of the given signal is thrown. */
interface CallGuard {
  settle<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value>;
  /** Walks the adapter's pages and converts each. Ends the adapter's walk when the caller ends this one. */
  walk<Page, Shown>(
    open: () => AsyncIterable<Page>,
    convert: (page: Page) => Shown,
    signal: AbortSignal,
  ): AsyncGenerator<Shown, void>;
}

export function createCallGuard(target: Target, reportFault: FaultReporter = () => undefined): CallGuard {
  function safeError(error: unknown, signal: AbortSignal): unknown {
    if (error instanceof ProviderError) {
      if (!(error instanceof AdapterFault)) return boundError(error);
      reportFault(error, target);
      return error;
    }
    if (signal.aborted) return signal.reason;
    const fault = new AdapterFault("malformed", "the adapter failed", error);
    reportFault(fault, target);
    return fault;
  }

  async function settle<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw safeError(error, signal);
    }
  }

  return {
    settle,
    async *walk(open, convert, signal) {
      const pages = await settle(async () => open()[Symbol.asyncIterator](), signal);
      try {
        for (;;) {
          const shown = await settle(async () => {
            const { done, value } = await pages.next();
            return done === true ? undefined : { page: convert(value) };
          }, signal);
          if (shown === undefined) return;
          // Outside of the guard: whatever the caller throws in here is the caller's own.
          yield shown.page;
        }
      } finally {
        await settle(async () => pages.return?.(), signal);
      }
    },
  };
}
