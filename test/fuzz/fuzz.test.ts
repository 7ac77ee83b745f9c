import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../lib/domain/errors.ts";
import { http } from "../../lib/http/http.ts";
import { readCorpus } from "./corpus.ts";
import { makeCase } from "./hostile-case.ts";
import { invokeEventsSubject } from "./invoke-events.ts";
import type { MakeHttp } from "./invoke-events.ts";
import { knownBad, subjectsOf } from "./known-bad.ts";
import type { Property } from "./properties.ts";
import { createRandom } from "./random.ts";
import { fuzz } from "./run-fuzz.ts";
import { setupSubjects } from "./setup-subjects.ts";
import type { CreateSecrets } from "./setup-subjects.ts";
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

describe("the fuzzer of events", () => {
  test.each<[what: string, make: MakeHttp]>([
    [
      "trust every event to have a path",
      (...given) => {
        const handle = http(...given);
        return (event, context) => handle({ ...event, rawPath: event.rawPath.toLowerCase() }, context);
      },
    ],
    [
      "answer with a stack",
      (...given) => {
        const handle = http(...given);
        return async (event, context) => {
          const { body, ...answer } = await handle(event, context);
          return answer.statusCode === 400
            ? { ...answer, body: JSON.stringify({ detail: new Error("x").stack }) }
            : { ...answer, ...(body !== undefined && { body }) };
        };
      },
    ],
    [
      "repeat the token",
      (...given) => {
        const handle = http(...given);
        return async (event, context) => {
          const answer = await handle(event, context);
          const { authorization = "" } = answer.statusCode === 404 ? event.headers : {};
          return { ...answer, headers: { ...answer.headers, "www-authenticate": authorization } };
        };
      },
    ],
  ])(
    "finds functions that %s",
    async (_what, make) => {
      const subjects = [invokeEventsSubject(make)];
      const { findings } = await fuzz({ subjects, seed: 20_261_128, from: 0, to: 150 });
      expect(findings.map(({ property }) => property)).toContain("no-crash");
    },
    60_000,
  );
});

describe("the fuzzer of credentials", () => {
  const readText = async ({ readers }: Parameters<CreateSecrets>[0], reference: string): Promise<string> => {
    const name = reference.replace(/^\w+:/, "");
    return (await readers.env(name)) ?? "";
  };

  test.each<[what: string, foundAs: Property, create: CreateSecrets]>([
    [
      "passes on whatever a secret holds",
      "no-crash",
      (options) => ({ resolve: (reference) => readText(options, reference) }),
    ],
    [
      "quotes a secret that it refuses",
      "no-secret",
      (options) => ({
        async resolve(reference) {
          const text = await readText(options, reference);
          if (/[^!-~]/.test(text)) throw new ProviderError("unauthorized", `${text} is no credential`);
          return text;
        },
      }),
    ],
    [
      "throws an error of its own",
      "no-crash",
      (options) => ({
        async resolve(reference) {
          return new URL(await readText(options, reference)).href;
        },
      }),
    ],
  ])("finds a secret store that %s", async (_what, property, create) => {
    const { findings } = await fuzz({ subjects: setupSubjects(create), seed: 20_261_127, from: 0, to: 300 });
    const found = findings.filter((finding) => finding.property === property);
    expect(new Set(found.map(({ subject }) => subject)).size).toBe(3);
  });

  test("sends requests with and without the checks, to every cloud", async () => {
    const corpus = readCorpus();
    const sent = new Set<string>();
    const subjects = setupSubjects();
    for (let caseNumber = 0; caseNumber < 3000; caseNumber += 1) {
      const subject = subjects[caseNumber % subjects.length]!;
      const hostile = makeCase(subject, corpus, createRandom(20_261_127, caseNumber));
      const { delivered } = await subject.observe(hostile);
      const { checked, method } = hostile.setup!;
      if (delivered.length > 0) sent.add(`${subject.cloud} ${checked ? "checked" : "direct"} ${method}`);
    }
    const methods = { "alibaba-ecs": ["cancel"], "apsara-route": [], "tencent-ecm": ["resolve"] };
    const all = Object.entries(methods).flatMap(([cloud, own]) =>
      ["list", "getMany", "get", ...own].flatMap((method) => [
        `${cloud} checked ${method}`,
        `${cloud} direct ${method}`,
      ]),
    );
    expect([...sent].toSorted()).toEqual(all.toSorted());
  });
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
