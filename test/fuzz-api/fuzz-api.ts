/**
 * `npm run fuzz:api [-- --requests 100000] [--seed S] [--url http://localhost:3000 [--token T]]`: sends valid and
 * invalid requests, generated from the contract, to the built functions with clouds that never fail, or to the service
 * at the URL.
 * The last line on stdout is JSON; the exit code is 1 if anything was found.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { showProgress } from "../fuzz/progress.ts";
import { startFuzzStack } from "./fuzz-stack.ts";
import type { FuzzStack } from "./fuzz-stack.ts";
import { runFuzz } from "./run-fuzz.ts";
import type { FuzzFinding } from "./run-fuzz.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    concurrency: { type: "string", default: "24" },
    url: { type: "string" },
    token: { type: "string", default: "" },
    statuses: { type: "boolean", default: false },
  },
});
const requests = wholeNumber("requests", values.requests);
const seed = wholeNumber("seed", values.seed);

const stack = values.url === undefined ? await startFuzzStack() : elsewhere(values.url, values.token);
process.stdout.write(`fuzz:api: --seed ${seed}, ${requests} requests to ${stack.url}\n`);
let done = 0;
const progress = showProgress("requests", requests, () => done);
const report = await runFuzz({
  ...stack,
  document: openApiDocument(),
  seed,
  requests,
  concurrency: wholeNumber("concurrency", values.concurrency),
  mayBeBusy: values.url !== undefined,
  onDone: () => (done += 1),
});
progress.stop();
const thrown = await stack.stop();

for (const finding of report.findings) print(finding);
for (const what of thrown) process.stdout.write(`\na function threw: ${what}\n`);
if (values.statuses) process.stdout.write(`${JSON.stringify(report.statuses, null, 1)}\n`);
const { undocumented, mismatches } = report;
const unhandled = Math.max(report.unhandled, thrown.length);
process.stdout.write(`${JSON.stringify({ requests: report.requests, undocumented, mismatches, unhandled })}\n`);
process.exitCode = undocumented + mismatches + unhandled === 0 ? 0 : 1;

function elsewhere(url: string, token: string): FuzzStack {
  return { url, token, secrets: token === "" ? [] : [token], stop: async () => [] };
}

function print({ number, request, response, faults }: FuzzFinding): void {
  process.stdout.write(`\nrequest ${number} (to repeat the run, pass --seed ${seed})\n`);
  for (const { kind, what } of faults) process.stdout.write(`  ${kind}: ${what.slice(0, 500)}\n`);
  const hidden = { ...request, headers: { ...request.headers } };
  if ("authorization" in hidden.headers) hidden.headers = { ...hidden.headers, authorization: "(redacted)" };
  process.stdout.write(`  ${JSON.stringify(hidden).slice(0, 2000)}\n`);
  const { status, headers, body } = response ?? { status: "none", headers: {}, body: "" };
  process.stdout.write(`  response: ${status} ${JSON.stringify(headers)} ${body.slice(0, 1000)}\n`);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}
