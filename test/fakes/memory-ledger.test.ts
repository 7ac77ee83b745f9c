import { describeLedgerContract, describeRateStoreContract } from "./ledger-contract.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import { createMemoryRateStore } from "./memory-rate-store.ts";

describeLedgerContract("createMemoryLedger()", async () => createMemoryLedger());
describeRateStoreContract("createMemoryRateStore()", async () => createMemoryRateStore());
