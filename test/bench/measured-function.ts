/**
 * Invokes a bundle once and writes what that took to a file. Run by `hostile-cost.ts` with a limit on the heap, beyond
 * which Node ends this process.
 *
 * Arguments: the path of the bundle, the event as JSON, the milliseconds that the function has, and the path of the file.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";

const Bundle = z.object({
  handler: z.custom<(event: unknown, context: unknown, options: unknown) => Promise<unknown>>(),
});

const [, , path = "", event = "null", remaining = "0", resultPath = ""] = process.argv;
const { handler } = Bundle.parse(await import(pathToFileURL(path).href));

const startedMs = performance.now();
const cpu = process.cpuUsage();
const context = { getRemainingTimeInMillis: () => Math.max(0, Number(remaining) - (performance.now() - startedMs)) };
const { signal } = new AbortController();
const answer = await handler(JSON.parse(event), context, { signal }).catch((error: unknown) => ({
  problem: error instanceof Error ? error.message : "unknown",
}));
const { user, system } = process.cpuUsage(cpu);
const cost = {
  cpuMs: Math.round((user + system) / 1000),
  wallMs: Math.round(performance.now() - startedMs),
  heapMb: process.memoryUsage().heapUsed / 1024 / 1024,
  peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
};
writeFileSync(resultPath, JSON.stringify({ cost, answer }));
process.exit(0);
