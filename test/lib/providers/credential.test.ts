import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { createSecrets } from "../../../lib/config/secrets.ts";
import { createCredentialSource } from "../../../lib/providers/credential.ts";
import { UnchangedCredentialError } from "../../../lib/transport/unchanged-credential.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const members = { id: z.string(), key: z.string(), token: z.optional(z.string()) };
const references = { id: "ssm:/id", key: "ssm:/key" };

/** A store whose secrets a test replaces, and every read of it. */
function setUp(wanted: Readonly<Record<string, string>> = references) {
  const store = new Map([
    ["/id", "id-1"],
    ["/key", "key-1"],
    ["pair", '{"id":"id-1","key":"key-1","token":""}'],
  ]);
  const reads: string[] = [];
  const read = async (name: string) => {
    reads.push(name);
    return store.get(name);
  };
  const clock = createManualClock(0);
  const secrets = createSecrets({ readers: { env: read, ssm: read, secretsmanager: read }, clock, maxAgeMs: 1000 });
  /** One source for each region: they share the references. */
  const sources = [1, 2].map(() => createCredentialSource(members, wanted, secrets));
  const [source = createCredentialSource(members, wanted, secrets), other = source] = sources;
  const rotate = (number: number) => {
    store.set("/id", `id-${number}`).set("/key", `key-${number}`);
    store.set("pair", JSON.stringify({ id: `id-${number}`, key: `key-${number}`, token: "" }));
  };
  return { source, other, store, reads, clock, rotate };
}

describe("createCredentialSource() for a call whose credential was rejected", () => {
  test("reads every secret again and returns the newer credential", async () => {
    const { source, reads, rotate } = setUp();
    const call = {};
    expect(await source({ fresh: false, call })).toEqual({ id: "id-1", key: "key-1" });
    rotate(2);
    expect(await source({ fresh: true, call })).toEqual({ id: "id-2", key: "key-2" });
    expect(reads).toEqual(["/id", "/key", "/id", "/key"]);
  });

  test("returns what another region has read meanwhile, without a read of its own", async () => {
    const { source, other, reads, rotate } = setUp();
    const [early, late] = [{}, {}];
    await Promise.all([source({ fresh: false, call: early }), other({ fresh: false, call: late })]);
    rotate(2);
    await source({ fresh: true, call: early });
    reads.length = 0;
    expect(await other({ fresh: true, call: late })).toEqual({ id: "id-2", key: "key-2" });
    expect(reads).toEqual([]);
  });

  test("shares one read among all concurrent calls of all regions", async () => {
    const { source, other, reads, rotate } = setUp();
    const calls = Array.from({ length: 20 }, () => ({}));
    const ask = (fresh: boolean) =>
      Promise.all(calls.map((call, index) => (index % 2 === 0 ? source : other)({ fresh, call })));
    await ask(false);
    rotate(2);
    const renewed = await ask(true);
    expect(new Set(renewed.map(({ id, key }) => `${id} ${key}`))).toEqual(new Set(["id-2 key-2"]));
    expect(reads).toEqual(["/id", "/key", "/id", "/key"]);
  });

  test("rejects when there is no newer one, with one read for each secret and cache period", async () => {
    const { source, other, reads, clock } = setUp();
    for (let n = 0; n < 10; n += 1) {
      const call = {};
      const region = n % 2 === 0 ? source : other;
      await region({ fresh: false, call });
      await expect(region({ fresh: true, call })).rejects.toBeInstanceOf(UnchangedCredentialError);
    }
    expect(reads).toEqual(["/id", "/key", "/id", "/key"]);
    await clock.advance(1000);
    const call = {};
    await source({ fresh: false, call });
    await expect(source({ fresh: true, call })).rejects.toBeInstanceOf(UnchangedCredentialError);
    expect(reads).toHaveLength(8);
  });

  test("reads the old half of a pair that was cached across a rotation", async () => {
    const { source, store, clock, rotate } = setUp();
    await source({ fresh: false, call: {} });
    await clock.advance(1000);
    store.set("/id", "id-2");
    const call = {};
    expect(await source({ fresh: false, call })).toEqual({ id: "id-2", key: "key-1" });
    rotate(2);
    expect(await source({ fresh: true, call })).toEqual({ id: "id-2", key: "key-2" });
  });

  test("returns a secret of which only one member has changed", async () => {
    const { source, store } = setUp();
    const call = {};
    await source({ fresh: false, call });
    store.set("/key", "key-2");
    expect(await source({ fresh: true, call })).toEqual({ id: "id-1", key: "key-2" });
  });

  test("reads both members of one JSON secret at once, before and after a rotation", async () => {
    const { source, reads, rotate } = setUp({ id: "secretsmanager:pair#id", key: "secretsmanager:pair#key" });
    const call = {};
    await source({ fresh: false, call });
    rotate(2);
    expect(await source({ fresh: true, call })).toEqual({ id: "id-2", key: "key-2" });
    expect(reads).toEqual(["pair", "pair"]);
  });
});

describe("createCredentialSource()", () => {
  test("asks for fresh values only of what was rejected", async () => {
    const asked: [string, { fresh: boolean }][] = [];
    const secrets = {
      async resolve(reference: string, options: { fresh: boolean }) {
        asked.push([reference, options]);
        return reference === "ssm:/id" && asked.length > 2 ? "id-2" : "one";
      },
    };
    const source = createCredentialSource(members, references, secrets);
    const call = {};
    await source({ fresh: false, call });
    expect(await source({ fresh: true, call })).toEqual({ id: "id-2", key: "one" });
    const cached = [
      ["ssm:/id", { fresh: false }],
      ["ssm:/key", { fresh: false }],
    ];
    expect(asked).toEqual([...cached, ...cached, ["ssm:/key", { fresh: true }]]);
  });

  test("refuses an empty secret by its reference, and ignores an empty optional one", async () => {
    const { source, store } = setUp();
    store.set("/key", " \n");
    await expect(source({ fresh: false, call: {} })).rejects.toMatchObject({
      kind: "unauthorized",
      message: "the secret ssm:/key is empty",
    });
    const pair = { id: "secretsmanager:pair#id", key: "secretsmanager:pair#key", token: "secretsmanager:pair#token" };
    expect(await setUp(pair).source({ fresh: false, call: {} })).toEqual({ id: "id-1", key: "key-1" });
  });
});
