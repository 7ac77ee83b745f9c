import { defineConfig } from "vitest/config";

/** The quick tests that mutation testing runs again for each mutant. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "test/lib/domain/*.test.ts",
      "test/lib/transport/{http-date,retry-after,signing/{acs3,tc3,x-ca}}.test.ts",
      "test/lib/providers/**/!(fifth-cloud).test.ts",
      "test/lib/ledger/*.test.ts",
      "test/lib/sweep/!(scheduled|random-faults|earlier-ledger|renew-listed|unreadable-details).test.ts",
    ],
    // These take seconds in instrumented code, and shorter tests cover the same lines.
    testNamePattern:
      /^(?!.*(?:reads any text in time proportional to it|fits an item and the bus|across answers larger))/,
    testTimeout: 30_000,
    env: { LEDGER: "memory" },
    isolate: false,
    pool: "threads",
    silent: true,
  },
});
