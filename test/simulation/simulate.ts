import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { controlNames, controls } from "./controls.ts";
import type { ControlName } from "./controls.ts";
import { createCrashTally } from "./crash-points.ts";
import { kindNames } from "./kinds.ts";
import type { KindName } from "./kinds.ts";
import { runInParallel } from "./parallel.ts";
import { createProgress } from "./progress.ts";
import { runSeed } from "./run-seed.ts";
import { addPoints, addResult, emptyTotals, isClean, summaryOf } from "./totals.ts";
import type { Totals } from "./totals.ts";

/**
 * Runs the real sweep in simulated worlds, one per seed.
 *
 * npm run simulate -- [--seeds N] [--base B] [--workers N] [--control NAME] [--kind NAME]
 * npm run simulate -- --seed S [--control NAME] [--kind NAME]     replays one seed and prints its story
 */

interface Options {
  readonly seeds: number;
  readonly base: number;
  readonly workers: number;
  readonly seed: number | null;
  readonly control: ControlName | null;
  readonly kind: KindName | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20000" },
      base: { type: "string", default: "1" },
      workers: { type: "string", default: String(availableParallelism()) },
      seed: { type: "string" },
      control: { type: "string" },
      kind: { type: "string" },
    },
  });
  const control = controlNames.find((name) => name === values.control) ?? null;
  if (values.control !== undefined && control === null) fail(`--control must be one of ${controlNames.join(", ")}`);
  const ownKind = control === null ? undefined : controls[control].kind;
  const kind = kindNames.find((name) => name === values.kind) ?? ownKind;
  if (values.kind !== undefined && kind === undefined) fail(`--kind must be one of ${kindNames.join(", ")}`);
  return {
    seeds: wholeNumber("seeds", values.seeds, 1),
    base: wholeNumber("base", values.base, 0),
    workers: wholeNumber("workers", values.workers, 1),
    seed: values.seed === undefined ? null : wholeNumber("seed", values.seed, 0),
    control,
    kind,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least)) fail(`--${name} must be a whole number, ${least} or more`);
  return number;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

async function replay(seed: number, { control, kind }: Options): Promise<Totals> {
  const crashes = createCrashTally();
  const variation = control === null ? {} : controls[control].variation;
  const result = await runSeed({ seed, kind, variation, crashes, withStory: true });
  for (const line of result.story) console.log(line);
  const totals = emptyTotals();
  addResult(totals, result);
  addPoints(totals, crashes.counts());
  return totals;
}

async function runAll(options: Options): Promise<Totals> {
  const progress = createProgress(options.seeds);
  const sum = await runInParallel(options, ({ seeds, failing }) => progress.done(seeds, failing.length));
  progress.end();
  return sum;
}

function printFailures({ failing }: Totals, { control, kind: forced }: Options): void {
  const ofControl = control === null ? "" : ` --control ${control}`;
  const variant = forced === undefined ? ofControl : `${ofControl} --kind ${forced}`;
  for (const { seed, kind, violations } of failing) {
    for (const one of violations.slice(0, 3)) console.log(`seed ${seed} (${kind}): ${one.kind}: ${one.text}`);
    console.log(`  to replay it, run: npm run simulate -- --seed ${seed}${variant}`);
  }
}

function printKinds({ kinds }: Totals): void {
  for (const [name, { seeds, failing }] of Object.entries(kinds))
    if (seeds > 0) console.log(`${name}: ${seeds} seeds, ${failing} failing`);
}

const options = readOptions();
const totals = options.seed === null ? await runAll(options) : await replay(options.seed, options);
if (options.seed === null) {
  printFailures(totals, options);
  printKinds(totals);
  const rarest = [...totals.points].sort(([, one], [, other]) => one.crashes - other.crashes).slice(0, 5);
  for (const [point, { visits, crashes }] of rarest)
    console.log(`rare crash point: ${point}: ${crashes} crashes in ${visits} visits`);
  console.log(`${totals.events} events published, and ${totals.copies - totals.events} second copies`);
}
console.log(JSON.stringify(summaryOf(totals)));
process.exitCode = isClean(totals) ? 0 : 1;
