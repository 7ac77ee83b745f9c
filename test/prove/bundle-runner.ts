/**
 * Runs a function as deployed: loads one bundle and invokes its handler on each request of the parent process, with
 * the context that the functions read. Made to be killed.
 */
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";

const Bundle = z.object({ handler: z.custom<(event: unknown, context: unknown) => Promise<unknown>>(isFunction) });
const Invocation = z.object({ event: z.unknown(), remainingMs: z.number() });

process.on("disconnect", () => process.exit(0));
const [, , path = ""] = process.argv;
const { handler } = Bundle.parse(await import(pathToFileURL(path).href));

process.on("message", (message) => {
  const { event, remainingMs } = Invocation.parse(message);
  const deadlineMs = performance.now() + remainingMs;
  const context = { getRemainingTimeInMillis: () => Math.max(0, Math.round(deadlineMs - performance.now())) };
  void invoke(event, context);
});
process.send?.({ kind: "up" });

async function invoke(event: unknown, context: unknown): Promise<void> {
  try {
    process.send?.({ kind: "ended", answer: await handler(event, context) });
  } catch (error) {
    process.send?.({ kind: "ended", problem: error instanceof Error ? error.message.slice(0, 500) : "unknown" });
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
