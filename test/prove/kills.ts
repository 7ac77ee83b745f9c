/**
 * `npm run kills -- [--kills 200] [--seed S]`: kills the sweep, and sometimes the ledger and the bus, while they work,
 * restores the ledger from a copy, changes the configuration, and compares the tasks that ended with the events on the
 * bus. The last line on stdout is JSON.
 */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { showProgress } from "../fuzz/progress.ts";
import { runKills } from "./run-kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    bundles: { type: "string", default: fileURLToPath(new URL("../../.build", import.meta.url)) },
    "others-too": { type: "string", default: "0.1" },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 1) throw new Error("--kills must be a whole number greater than 0");
if (!existsSync(join(values.bundles, "sweep.mjs")))
  throw new Error(`the bundles in ${values.bundles} are missing; run "npm run build" first`);

process.stdout.write(`kills: --seed ${seed}\n`);
let done = 0;
const progress = showProgress("kills", kills, () => done);
const report = await runKills({
  kills,
  seed,
  bundles: values.bundles,
  othersToo: Number(values["others-too"]),
  onKill: (count) => (done = count),
});
progress.stop();

const { lost, duplicatesWithOtherContent, notToldWhileAway, ...rest } = report;
for (const id of lost) process.stdout.write(`lost: ${id}\n`);
for (const what of report.false) process.stdout.write(`false: ${what}\n`);
for (const what of duplicatesWithOtherContent) process.stdout.write(`duplicate with other content: ${what}\n`);
for (const id of notToldWhileAway) process.stdout.write(`not told while its connection was away: ${id}\n`);
const numbers = {
  lost: lost.length,
  false: report.false.length,
  duplicatesWithOtherContent: duplicatesWithOtherContent.length,
  notToldWhileAway: notToldWhileAway.length,
};
process.stdout.write(`${JSON.stringify({ ...rest, ...numbers, seed })}\n`);
process.exit(Object.values(numbers).every((count) => count === 0) && report.settled ? 0 : 1);
