/**
 * `npm run bench:hostile`: the heap and the CPU time of one `list` and one `sweep` while one cloud, or all three at once,
 * give the largest answers that are read, and others that are refused. Prints one line of JSON. Exits with 1 if a
 * function needs more than 256 MB of heap, more than 2 s of CPU time for the answers of one hostile cloud, or 2 s more for
 * those of three than for ordinary answers with as many rows.
 */
import { fileURLToPath } from "node:url";
import { startLedgerTables } from "../fakes/ledger-table.ts";
import { cloudNames, hostileAnswers } from "./hostile-clouds.ts";
import type { CloudName, HostileAnswer } from "./hostile-clouds.ts";
import { measure, mostHeapMb } from "./hostile-cost.ts";
import type { Cost, FunctionName } from "./hostile-cost.ts";

const mostCpuMs = 2000;
const bundles = fileURLToPath(new URL("../../.build", import.meta.url));

interface HostileCost extends Cost {
  readonly function: FunctionName;
  readonly answers: HostileAnswer;
  /** The others have one row each. */
  readonly hostile: "all" | CloudName;
}

const tables = await startLedgerTables();
try {
  const costs = [...(await costsOf("list")), ...(await costsOf("sweep"))];
  const ok = costs.every((cost) => isModest(cost, costs));
  process.stdout.write(`${JSON.stringify({ mostHeapMb, mostCpuMs, ok, costs })}\n`);
  process.exitCode = ok ? 0 : 1;
} finally {
  await tables.stop();
}

async function costsOf(name: FunctionName): Promise<HostileCost[]> {
  const costs: HostileCost[] = [];
  for (const answers of hostileAnswers) {
    for (const hostile of ["all", ...cloudNames] as const) {
      const kindOf = (cloud: CloudName) => (hostile === "all" || hostile === cloud ? answers : "one-row");
      const kinds = { aliyun: kindOf("aliyun"), stack: kindOf("stack"), edge: kindOf("edge") };
      const { cost } = await measure(bundles, name, kinds, tables);
      process.stderr.write(`${name} ${answers} ${hostile}: ${cost.cpuMs} ms, ${cost.peakHeapMb} MB\n`);
      costs.push({ function: name, answers, hostile, ...cost });
    }
  }
  return costs;
}

function isModest(cost: HostileCost, costs: readonly HostileCost[]): boolean {
  const isOrdinary = (one: HostileCost) =>
    one.function === cost.function && one.hostile === "all" && one.answers === "hundred-rows";
  const ordinaryMs = cost.hostile === "all" ? (costs.find(isOrdinary)?.cpuMs ?? 0) : 0;
  return cost.peakHeapMb <= mostHeapMb && cost.cpuMs - ordinaryMs <= mostCpuMs;
}
