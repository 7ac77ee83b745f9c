import { defineConfig } from "vitest/config";

/** The quick tests that mutation testing runs again for each mutant. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "test/lib/domain/*.test.ts",
      "test/lib/transport/{http-date,retry-after,signing/{acs3,tc3,x-ca}}.test.ts",
      "test/lib/providers/**/*.test.ts",
      "test/lib/ledger/*.test.ts",
      "test/lib/sweep/{batch,discover,event-bus,miss,observe,outbox,reconcile,record,stalls,sweep,target-sweep}.test.ts",
    ],
    env: { LEDGER: "memory" },
    isolate: false,
    pool: "threads",
    silent: true,
  },
});
