/** `npm run prove`: runs all long checks one after another, at full size or, with `--small`, at the size for CI. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";

interface Proof {
  readonly name: string;
  readonly script: string;
  readonly full: readonly string[];
  readonly small: readonly string[] | "skipped";
}

const proofs: readonly Proof[] = [
  { name: "simulation", script: "simulate", full: ["--seeds", "1000000"], small: ["--seeds", "40000"] },
  { name: "real kills", script: "kills", full: ["--kills", "200"], small: ["--kills", "30"] },
  { name: "hostile providers", script: "fuzz", full: ["--payloads", "1000000"], small: ["--payloads", "50000"] },
  { name: "hostile callers", script: "fuzz:api", full: ["--requests", "100000"], small: ["--requests", "4000"] },
  { name: "mutants", script: "mutate", full: [], small: "skipped" },
];

interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly figures: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const Figures = z.record(z.string(), z.union([z.number(), z.boolean()]));

/** Runs one npm script, shows its output, and returns the figures in its last JSON line. */
async function run({ name, script }: Proof, size: readonly string[]): Promise<Result> {
  const startedMs = performance.now();
  const child = spawn("npm", ["run", "--silent", script, "--", ...size], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let figures = "";
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    console.log(line);
    figures = figuresOf(line) ?? figures;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { name, passed: code === 0, seconds: Math.round((performance.now() - startedMs) / 1000), figures };
}

function figuresOf(line: string): string | undefined {
  const parsed = Figures.safeParse(jsonOf(line));
  if (!parsed.success) return undefined;
  return Object.entries(parsed.data)
    .map(([figure, value]) => `${figure} ${value}`)
    .join(", ");
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const size = process.argv.includes("--small") ? "small" : "full";
const results: Result[] = [];
for (const proof of proofs) {
  const asked = proof[size];
  if (asked === "skipped") continue;
  console.log(`\n== ${proof.name}: npm run ${proof.script} -- ${asked.join(" ")}`);
  results.push(await run(proof, asked));
}
console.log(`\n${"proof".padEnd(20)}${"result".padEnd(8)}${"seconds".padStart(8)}  figures`);
for (const { name, passed, seconds, figures } of results) {
  console.log(`${name.padEnd(20)}${(passed ? "holds" : "FAILS").padEnd(8)}${String(seconds).padStart(8)}  ${figures}`);
}
if (results.some(({ passed }) => !passed)) process.exitCode = 1;
