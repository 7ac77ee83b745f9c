import { describeLedgerContract } from "./ledger-contract.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

describeLedgerContract("createMemoryLedger()", async () => createMemoryLedger());
