/** One share of a run, in a thread of its own. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import * as z from "zod/mini";
import { fuzz } from "./run-fuzz.ts";
import { allSubjects } from "./subjects.ts";

const Share = z.object({
  seed: z.number(),
  from: z.number(),
  to: z.number(),
  /** The number of the case under way, to be seen from outside while this thread is busy. */
  underWay: z.instanceof(Int32Array),
});

const { seed, from, to, underWay } = Share.parse(workerData);
setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

const report = await fuzz({
  subjects: allSubjects(),
  seed,
  from,
  to,
  onCase: (caseNumber) => Atomics.store(underWay, 0, caseNumber),
  usedBytes() {
    if (typeof collect === "function") collect();
    return process.memoryUsage().heapUsed;
  },
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(report);
