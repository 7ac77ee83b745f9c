import { parentPort } from "node:worker_threads";
import { controls } from "./controls.ts";
import type { ControlName } from "./controls.ts";
import type { KindName } from "./kinds.ts";
import { runBatch } from "./totals.ts";

/** Runs the received batches one after the other. */

export interface WorkerTask {
  readonly firstSeed: number;
  readonly count: number;
  readonly control: ControlName | null;
  readonly kind: KindName | undefined;
}

// The stacks of simulated errors are never read.
Error.stackTraceLimit = 0;

parentPort?.on("message", async ({ firstSeed, count, control, kind }: WorkerTask) => {
  const variation = control === null ? {} : controls[control].variation;
  parentPort?.postMessage(await runBatch({ firstSeed, count, variation, kind }), []);
});
