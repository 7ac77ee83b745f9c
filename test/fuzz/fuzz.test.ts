import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { knownBad, subjectsOf } from "./known-bad.ts";
import { createRandom } from "./random.ts";
import { fuzz } from "./run-fuzz.ts";
import { allSubjects } from "./subjects.ts";

describe("the adapters", () => {
  test("keep every property when 5,000 answers are damaged by chance", async () => {
    const seed = Number(process.env["FUZZ_SEED"] ?? randomInt(2 ** 31));
    console.log(`fuzz: FUZZ_SEED=${seed}`);
    const { findings, payloads } = await fuzz({ subjects: allSubjects(), seed, from: 0, to: 5000 });
    expect(payloads).toBe(5000);
    expect(findings).toEqual([]);
  }, 60_000);
});

describe("the fuzzer", () => {
  test.each(knownBad)(
    "finds the adapter $name, and shrinks what shows it",
    async (bad) => {
      const subjects = subjectsOf(bad);
      const { findings } = await fuzz({ subjects, seed: 20_261_121, from: 0, to: 3000 });
      const finding = findings.find(({ property }) => property === bad.foundAs);
      expect(finding).toBeDefined();
      const body = [...(finding?.minimal?.list ?? []), ...(finding?.minimal?.detail ?? [])][0]?.body ?? "";
      expect(body.length).toBeLessThan(400);
      const again = await fuzz({
        subjects,
        seed: 20_261_121,
        from: finding?.caseNumber ?? 0,
        to: (finding?.caseNumber ?? 0) + 1,
      });
      expect(again.findings.map(({ property }) => property)).toContain(bad.foundAs);
    },
    60_000,
  );
});

describe("createRandom()", () => {
  test("draws the same for the same seed and number, and something else for any other", () => {
    const draws = (seed: number, number: number) => {
      const random = createRandom(seed, number);
      return [random.next(), random.next(), random.below(1000)];
    };
    expect(draws(7, 3)).toEqual(draws(7, 3));
    expect(draws(7, 4)).not.toEqual(draws(7, 3));
    expect(draws(8, 3)).not.toEqual(draws(7, 3));
  });
});
