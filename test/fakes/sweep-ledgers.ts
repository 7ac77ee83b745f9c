import type { Clock } from "../../lib/domain/clock.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { startLedgerTables } from "./ledger-table.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

export interface SweepLedger {
  ledger(clock: Clock): Ledger;
}

export interface SweepLedgers {
  /** Creates an empty ledger. */
  create(): Promise<SweepLedger>;
  stop(): Promise<void>;
}

/**
 * By default, the ledger on the real DynamoDB API. Mutation testing runs the same tests thousands of times and uses
 * the in-memory one (`LEDGER=memory`), which satisfies the same contract.
 */
export async function startSweepLedgers(): Promise<SweepLedgers> {
  if (process.env["LEDGER"] !== "memory") return startLedgerTables();
  return {
    async create() {
      const ledger = createMemoryLedger();
      return { ledger: () => ledger };
    },
    stop: async () => {},
  };
}
