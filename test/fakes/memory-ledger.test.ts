import { describeLedgerContract, describeRateStoreContract } from "./ledger-contract.ts";
import { createMemoryLedger, editable } from "./memory-ledger.ts";
import { createMemoryRateStore } from "./memory-rate-store.ts";
import { describeUnreadableItems } from "./unreadable-items-contract.ts";

describeLedgerContract("createMemoryLedger()", async () => createMemoryLedger());
describeUnreadableItems("createMemoryLedger()", async () => editable(createMemoryLedger()));
describeRateStoreContract("createMemoryRateStore()", async () => createMemoryRateStore());
