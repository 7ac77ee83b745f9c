import { defineConfig } from "vitest/config";

/** Tests that start whole processes and wait for them: `npm run test:long`, and CI after the others. */
const long = [
  "test/local/start.test.ts",
  "test/local/shut-ports.test.ts",
  "test/prove/*.test.ts",
  "test/deploy/*.test.ts",
  "test/bench/hostile-answer.test.ts",
  "test/template/*.test.ts",
  "test/page/*.test.ts",
  "test/packed/*.test.ts",
  "test/contract/client-types.test.ts",
  "test/functions/wait-loop.test.ts",
  "test/readme/*.test.ts",
];
const onlyLong = process.env["TESTS"] === "long";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: onlyLong ? long : ["test/**/*.test.ts"],
    exclude: onlyLong ? [] : long,
    // Most of them wait for servers and clocks more than they compute.
    maxWorkers: 3,
    // Generous, since a busy machine is no failure of ours.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
