/**
 * `npm run bench:hostile`: the heap and the CPU time of one `list` and one `sweep` while all three clouds give the largest
 * answers that are read, and others that are refused. Prints one line of JSON. Exits with 1 if a function needs more than
 * 256 MB of heap, or 2 s of CPU time more than for ordinary answers with as many rows.
 */
import { fileURLToPath } from "node:url";
import { startLedgerTables } from "../fakes/ledger-table.ts";
import { hostileAnswers } from "./hostile-clouds.ts";
import type { HostileAnswer } from "./hostile-clouds.ts";
import { measure, mostHeapMb } from "./hostile-cost.ts";
import type { Cost, FunctionName } from "./hostile-cost.ts";

const mostCpuMs = 2000;
const bundles = fileURLToPath(new URL("../../.build", import.meta.url));

interface HostileCost extends Cost {
  readonly function: FunctionName;
  readonly answers: HostileAnswer;
  readonly moreCpuMs: number;
}

const tables = await startLedgerTables();
try {
  const costs = [...(await costsOf("list")), ...(await costsOf("sweep"))];
  const ok = costs.every(({ moreCpuMs, peakHeapMb }) => moreCpuMs <= mostCpuMs && peakHeapMb <= mostHeapMb);
  process.stdout.write(`${JSON.stringify({ mostHeapMb, mostCpuMs, ok, costs })}\n`);
  process.exitCode = ok ? 0 : 1;
} finally {
  await tables.stop();
}

async function costsOf(name: FunctionName): Promise<HostileCost[]> {
  const measured: (Cost & { readonly answers: HostileAnswer })[] = [];
  for (const kind of hostileAnswers) {
    const { cost } = await measure(bundles, name, { aliyun: kind, stack: kind, edge: kind }, tables);
    measured.push({ answers: kind, ...cost });
  }
  const ordinaryMs = measured.find(({ answers }) => answers === "hundred-rows")?.cpuMs ?? 0;
  return measured.map((cost) => ({ function: name, ...cost, moreCpuMs: cost.cpuMs - ordinaryMs }));
}
