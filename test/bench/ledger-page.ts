/**
 * Compares the cost of a page of the ledger's list with 1,000 and with 100,000 tasks. Exits with 1 if the larger
 * ledger takes more than 1.5 × the reads for any page. Times are those of dynalite, not DynamoDB; they are printed but
 * do not count.
 */
import { startLedgerTables } from "../fakes/ledger-table.ts";
import type { LedgerTable, LedgerTables } from "../fakes/ledger-table.ts";
import { costOfPage, fillLedger, pages } from "./page-cost.ts";
import type { PageCost, PageName } from "./page-cost.ts";

const smallCount = 1000;
const largeCount = Number(process.argv[2] ?? 100_000);
const rounds = 9;
const most = 1.5;

type Timed = PageCost & { readonly ms: number };

async function filledTable(tables: LedgerTables, count: number): Promise<LedgerTable> {
  const startedMs = performance.now();
  const table = await tables.create();
  await fillLedger(table, count);
  console.log(`${count} tasks recorded in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return table;
}

/** The page's cost and its median time. */
async function measure(table: LedgerTable, page: PageName): Promise<Timed> {
  const first = await costOfPage(table, page);
  const times = [first.ms];
  while (times.length < rounds) times.push((await costOfPage(table, page)).ms);
  return { ...first, ms: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? first.ms };
}

function line(page: string, small: Timed, large: Timed): string {
  const both = (of: (cost: Timed) => string | number) => `${of(small)} / ${of(large)}`.padEnd(16);
  const reads = both(({ requests }) => requests) + both(({ items }) => items);
  const rest = both(({ bytes }) => (bytes / 1024).toFixed(1)) + both(({ ms }) => ms.toFixed(1));
  return `${page.padEnd(28)}${reads}${rest}`;
}

const tables = await startLedgerTables();
try {
  const small = await filledTable(tables, smallCount);
  const large = await filledTable(tables, largeCount);
  console.log(`${"page".padEnd(28)}${["requests", "items", "KB", "ms"].map((name) => name.padEnd(16)).join("")}`);
  let worst = 0;
  for (const name of Object.keys(pages) as PageName[]) {
    const [few, many] = [await measure(small, name), await measure(large, name)];
    worst = Math.max(worst, many.requests / few.requests, many.items / few.items, many.bytes / few.bytes);
    console.log(line(name, few, many));
  }
  const worstRatioOfReads = Number(worst.toFixed(3));
  console.log(JSON.stringify({ tasks: [smallCount, largeCount], worstRatioOfReads, most, ok: worst <= most }));
  process.exitCode = worst <= most ? 0 : 1;
} finally {
  await tables.stop();
}
