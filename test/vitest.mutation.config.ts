import { defineConfig } from "vitest/config";
import { testsOf } from "./mutation/groups.ts";

/** The quick tests that mutation testing runs again for each mutant. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: testsOf(process.env["TESTS_OF"] ?? "all"),
    // These take seconds in instrumented code, and shorter tests cover the same lines.
    testNamePattern: /^(?!.*(?:in time proportional to|fits an item and the bus|across answers larger))/,
    testTimeout: 30_000,
    env: { LEDGER: "memory" },
    isolate: false,
    pool: "threads",
    silent: true,
  },
});
