/**
 * `npm run fuzz -- [--payloads 1000000] [--seed S] [--workers N] [--case C]`: what the adapters make of damaged answers.
 * The last line on stdout is JSON; the exit code is 1 when anything was found. `--case` plays one case of a seed again.
 */
import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { showProgress } from "./progress.ts";
import type { FuzzReport } from "./run-fuzz.ts";

/** No case takes a hundredth of this. */
const hangsAfterMs = 30_000;

const { values } = parseArgs({
  options: {
    payloads: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    workers: { type: "string", default: String(availableParallelism()) },
    case: { type: "string" },
  },
});
const seed = wholeNumber("seed", values.seed);
const only = values.case === undefined ? undefined : wholeNumber("case", values.case);
const payloads = only === undefined ? wholeNumber("payloads", values.payloads) : 1;
const workers = Math.max(1, Math.min(wholeNumber("workers", values.workers), payloads));

process.stdout.write(`fuzz: --seed ${seed}, ${payloads} payloads, ${workers} workers\n`);
const shares = Array.from({ length: workers }, (_, index) => {
  const first = only ?? 0;
  const from = first + Math.floor((payloads * index) / workers);
  const to = first + Math.floor((payloads * (index + 1)) / workers);
  const underWay = new Int32Array(new SharedArrayBuffer(4));
  underWay[0] = from;
  return { seed, from, to, underWay };
});
type Share = (typeof shares)[number];

const doneOf = ({ from, underWay }: Share): number => Atomics.load(underWay, 0) - from;
const progress = showProgress("payloads", payloads, () => shares.reduce((sum, share) => sum + doneOf(share), 0));
const reports = await Promise.all(shares.map(runShare));
progress.stop();

const findings = reports.flatMap((report) => report.findings);
for (const finding of findings) {
  process.stdout.write(`\n${finding.property}: ${finding.subject}: ${finding.what}\n`);
  process.stdout.write(`  again: npm run fuzz -- --seed ${seed} --case ${finding.caseNumber}\n`);
  process.stdout.write(`  minimal: ${JSON.stringify(finding.minimal).slice(0, 4000)}\n`);
}
const total = reports.reduce((sum, report) => sum + report.payloads, 0);
process.stdout.write(`${JSON.stringify({ payloads: total, findings: findings.length, seed })}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

/** A share that hangs, or ends without a report, is a finding with the number of the case it was at. */
function runShare(share: Share): Promise<FuzzReport> {
  const { promise, resolve } = Promise.withResolvers<FuzzReport>();
  const worker = new Worker(new URL("fuzz-worker.ts", import.meta.url), { workerData: share });
  let at = -1;
  let sinceMs = performance.now();
  const watch = setInterval(() => {
    const now = Atomics.load(share.underWay, 0);
    if (now !== at) sinceMs = performance.now();
    at = now;
    if (performance.now() - sinceMs > hangsAfterMs) fail("does not end");
  }, 1000);
  function fail(what: string): void {
    const caseNumber = Atomics.load(share.underWay, 0);
    const property = what === "does not end" ? "answers-in-time" : "no-crash";
    const finding = { property, what, seed, caseNumber, subject: "a worker", minimal: null } as const;
    resolve({ payloads: doneOf(share), findings: [finding] });
    void worker.terminate();
  }
  worker.once("message", (report: FuzzReport) => resolve(report));
  worker.once("error", (error) => fail(error instanceof Error ? `${error.name}: ${error.message}` : "an error"));
  worker.once("exit", () => fail("ended without a report"));
  return promise.finally(() => clearInterval(watch));
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}
