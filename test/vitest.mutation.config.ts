import { defineConfig } from "vitest/config";

/** The quick tests that mutation testing runs again for each mutant. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "test/lib/signing/{acs3,tc3,x-ca}.test.ts",
      "test/lib/providers/**/*.test.ts",
      "test/lib/sweep/{batch,discover,miss,observe,outbox,reconcile,record,stalls,sweep,world}.test.ts",
      "test/lib/{transition,merge-known,timeline,events,event-bus,dynamodb-ledger,ledger-items}.test.ts",
    ],
    env: { LEDGER: "memory" },
    isolate: false,
    pool: "threads",
    silent: true,
  },
});
