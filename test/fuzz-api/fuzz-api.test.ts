import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { startFuzzStack } from "./fuzz-stack.ts";
import type { FuzzStack } from "./fuzz-stack.ts";
import { runFuzz } from "./run-fuzz.ts";

let stack: FuzzStack;
beforeAll(async () => {
  stack = await startFuzzStack();
}, 120_000);

describe("the built functions", () => {
  let thrown: readonly string[] | undefined;
  afterAll(async () => {
    if (thrown === undefined) await stack.stop();
  });

  test("answer 1,500 valid and invalid requests according to the contract", async () => {
    const options = {
      document: openApiDocument(),
      seed: 20_260_131,
      requests: 1500,
      concurrency: 24,
      mayBeBusy: false,
    };
    const { findings, statuses, ...counts } = await runFuzz({ ...stack, ...options });
    thrown = await stack.stop();
    expect(findings).toEqual([]);
    expect(thrown).toEqual([]);
    expect(counts).toEqual({ requests: 1500, undocumented: 0, mismatches: 0, unhandled: 0 });
    const seen = new Set(Object.keys(statuses).map((name) => Number(name.split(" ")[1])));
    // That nothing was found means something only while all of this was reached.
    for (const status of [200, 201, 204, 304, 400, 401, 404, 405, 409, 414, 415, 422, 431])
      expect(seen).toContain(status);
  }, 180_000);
});
