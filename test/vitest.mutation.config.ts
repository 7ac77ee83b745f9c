import { defineConfig } from "vitest/config";

/** The quick tests that mutation testing runs again for each mutant. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "test/lib/signing/*.test.ts",
      "test/lib/providers/**/*.test.ts",
      "test/lib/sweep/*.test.ts",
      "test/lib/{transition,events,event-bus,dynamodb-ledger,scheduled}.test.ts",
    ],
  },
});
