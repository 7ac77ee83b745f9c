import { describe, expect, test } from "vitest";
import { createSecrets } from "../../../lib/config/secrets.ts";
import type { SecretReader } from "../../../lib/config/secrets.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

function setUp(read: SecretReader) {
  const asked: string[] = [];
  const clock = createManualClock(0);
  const reader = (scheme: string) => (name: string) => {
    asked.push(`${scheme} ${name}`);
    return read(name);
  };
  const readers = { env: reader("env"), ssm: reader("ssm"), secretsmanager: reader("secretsmanager") };
  return { asked, clock, secrets: createSecrets({ readers, clock, maxAgeMs: 1000 }) };
}

const cachedOk = { fresh: false };

describe("createSecrets()", () => {
  test("uses the reader for the reference's scheme", async () => {
    const { asked, secrets } = setUp(async (name) => `value of ${name}`);
    expect(await secrets.resolve("env:KEY", cachedOk)).toBe("value of KEY");
    expect(await secrets.resolve("ssm:/prod/key", cachedOk)).toBe("value of /prod/key");
    expect(await secrets.resolve("secretsmanager:prod/key", cachedOk)).toBe("value of prod/key");
    expect(asked).toEqual(["env KEY", "ssm /prod/key", "secretsmanager prod/key"]);
  });

  test("returns one key of a JSON secret", async () => {
    const { secrets } = setUp(async () => '{"id":"AKID","port":5432}');
    expect(await secrets.resolve("secretsmanager:prod/key#id", cachedOk)).toBe("AKID");
    await expect(secrets.resolve("secretsmanager:prod/key#port", cachedOk)).rejects.toMatchObject({
      kind: "unauthorized",
      message: "the secret secretsmanager:prod/key#port has no text under that key",
    });
  });

  test("reads a secret again when the clock was set back", async () => {
    let nowMs = 50_000_000;
    let reads = 0;
    const read = async () => `v${(reads += 1)}`;
    const clock = { now: () => nowMs, sleep: async () => undefined };
    const secrets = createSecrets({ readers: { env: read, ssm: read, secretsmanager: read }, clock, maxAgeMs: 1000 });
    expect(await secrets.resolve("ssm:/a", cachedOk)).toBe("v1");
    nowMs = 1000;
    expect(await secrets.resolve("ssm:/a", cachedOk)).toBe("v2");
  });

  test("reads a secret again once it exceeds its maximum age", async () => {
    const { asked, clock, secrets } = setUp(async () => "v");
    await secrets.resolve("ssm:/a", cachedOk);
    await clock.advance(999);
    await secrets.resolve("ssm:/a", cachedOk);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await secrets.resolve("ssm:/a", cachedOk);
    expect(asked).toHaveLength(2);
  });

  test("reads a secret again when a fresh one is requested", async () => {
    const { asked, secrets } = setUp(async () => "v");
    await secrets.resolve("ssm:/a", cachedOk);
    await secrets.resolve("ssm:/a", { fresh: true });
    expect(asked).toHaveLength(2);
  });

  test("reads the keys of one JSON secret once, so that they belong together", async () => {
    const { asked, secrets } = setUp(async () => '{"id":"AKID","key":"k"}');
    const keys = ["secretsmanager:prod#id", "secretsmanager:prod#key"];
    expect(await Promise.all(keys.map((key) => secrets.resolve(key, cachedOk)))).toEqual(["AKID", "k"]);
    expect(asked).toEqual(["secretsmanager prod"]);
  });

  test("reads an unchanged secret again only once per cache period, however often a fresh one is requested", async () => {
    const { asked, clock, secrets } = setUp(async () => "v");
    for (let n = 0; n < 5; n += 1) expect(await secrets.resolve("ssm:/a", { fresh: true })).toBe("v");
    // The first one found nothing in the cache, so it was no second look.
    expect(asked).toHaveLength(2);
    await clock.advance(1000);
    for (let n = 0; n < 5; n += 1) await secrets.resolve("ssm:/a", { fresh: true });
    expect(asked).toHaveLength(3);
  });

  test("reads a secret again after each change", async () => {
    let value = "v1";
    const { asked, secrets } = setUp(async () => value);
    await secrets.resolve("ssm:/a", cachedOk);
    for (value of ["v2", "v3", "v4"]) expect(await secrets.resolve("ssm:/a", { fresh: true })).toBe(value);
    expect(asked).toHaveLength(4);
    expect(await secrets.resolve("ssm:/a", cachedOk)).toBe("v4");
  });

  test("reads a secret again when the read under way may have begun before the secret was replaced", async () => {
    const answers: ((value: string) => void)[] = [];
    const { clock, secrets } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    const first = secrets.resolve("ssm:/a", cachedOk);
    answers[0]?.("old");
    await first;
    await clock.advance(1000);
    const expired = secrets.resolve("ssm:/a", cachedOk);
    const fresh = [secrets.resolve("ssm:/a", { fresh: true }), secrets.resolve("ssm:/a", { fresh: true })];
    answers[1]?.("old");
    expect(await expired).toBe("old");
    await clock.advance(0);
    expect(answers).toHaveLength(3);
    answers[2]?.("new");
    expect(await Promise.all(fresh)).toEqual(["new", "new"]);
  });

  test("does not read again within the cache period when a fresh read failed, and keeps the old value", async () => {
    let down = false;
    const { asked, clock, secrets } = setUp(async () => {
      if (down) throw new Error("throttled");
      return "v";
    });
    await secrets.resolve("ssm:/a", cachedOk);
    down = true;
    await expect(secrets.resolve("ssm:/a", { fresh: true })).rejects.toThrow("could not be read (Error)");
    expect(await secrets.resolve("ssm:/a", { fresh: true })).toBe("v");
    expect(await secrets.resolve("ssm:/a", cachedOk)).toBe("v");
    expect(asked).toHaveLength(2);
    await clock.advance(1000);
    await expect(secrets.resolve("ssm:/a", { fresh: true })).rejects.toThrow("could not be read");
  });

  test("reads once for concurrent callers", async () => {
    const { asked, secrets } = setUp(async () => "v");
    await Promise.all(Array.from({ length: 20 }, () => secrets.resolve("ssm:/a", { fresh: true })));
    expect(asked).toEqual(["ssm /a"]);
  });

  test("does not cache a failed read", async () => {
    let down = true;
    const { secrets } = setUp(async () => {
      if (down) throw new Error("down");
      return "v";
    });
    await expect(secrets.resolve("ssm:/a", cachedOk)).rejects.toMatchObject({ kind: "unauthorized" });
    down = false;
    expect(await secrets.resolve("ssm:/a", cachedOk)).toBe("v");
  });

  test.each([" key", "key ", "\tkey\r\n", "\n\nkey", "\u00a0key\ufeff"])(
    "removes the blanks and line breaks that pasting adds around a value: %j",
    async (pasted) => {
      const { secrets } = setUp(async (name) => (name === "json" ? JSON.stringify({ id: pasted }) : pasted));
      expect(await secrets.resolve("env:KEY", cachedOk)).toBe("key");
      expect(await secrets.resolve("secretsmanager:json#id", cachedOk)).toBe("key");
    },
  );

  test.each([
    ["a\nb", "contains a line break"],
    ["a\rb", "contains a line break"],
    ["a\u0000b", "contains a control character"],
    ["a\tb", "contains a control character"],
    ["a\u007fb", "contains a control character"],
    ["a\u200bb", "contains an invisible character that is not ASCII"],
    ["\u200bab", "contains an invisible character that is not ASCII"],
    ["a\u00a0b", "contains an invisible character that is not ASCII"],
    ["a\u201cb", "contains a character that is not ASCII"],
    ["a\u{1F600}b", "contains a character that is not ASCII"],
    ["a\ud800b", "contains a character that is not ASCII"],
    ["a".repeat(8193), "is longer than 8192 characters"],
  ])("refuses a value that no header can carry, by its reference: %j", async (value, problem) => {
    const { asked, secrets } = setUp(async () => value);
    for (let n = 0; n < 2; n += 1) {
      await expect(secrets.resolve("ssm:/prod/key", cachedOk)).rejects.toMatchObject({
        name: "ProviderError",
        kind: "unauthorized",
        message: `the secret ssm:/prod/key ${problem}`,
      });
    }
    // It may have been corrected in the meantime.
    expect(asked).toHaveLength(2);
  });

  test("accepts the longest value and a blank inside", async () => {
    const { secrets } = setUp(async (name) => (name === "/a" ? "a".repeat(8192) : "a b"));
    expect(await secrets.resolve("ssm:/a", cachedOk)).toHaveLength(8192);
    expect(await secrets.resolve("ssm:/b", cachedOk)).toBe("a b");
  });

  test("removes the byte order mark and the blanks around a JSON secret", async () => {
    const { secrets } = setUp(async () => '\uFEFF {"id":" \uFEFFAKID\\n"}\r\n');
    expect(await secrets.resolve("secretsmanager:a#id", cachedOk)).toBe("AKID");
  });

  test("says that a secret is not set, is not JSON, or has no such key", async () => {
    const texts: Record<string, string | undefined> = { text: "not JSON", list: "[1]", null: "null" };
    const { secrets } = setUp(async (name) => texts[name]);
    const messageOf = (reference: string) =>
      secrets.resolve(reference, cachedOk).catch((error: Error) => error.message);
    expect(await messageOf("env:ABSENT")).toBe("the secret env:ABSENT is not set");
    expect(await messageOf("secretsmanager:text#id")).toBe("the secret secretsmanager:text#id is not JSON");
    for (const name of ["list", "null"]) expect(await messageOf(`secretsmanager:${name}#id`)).toMatch(/no text under/);
  });

  test("never repeats a reader's or parser's message, since it may quote the secret", async () => {
    const failing = setUp(async () => {
      throw new Error("could not decode hV9kQ2wZ7rT4");
    });
    const unreadable = setUp(async () => "hV9kQ2wZ7rT4");
    for (const { secrets } of [failing, unreadable]) {
      const error = await secrets.resolve("secretsmanager:a#b", cachedOk).then(String, (thrown: Error) => thrown);
      expect(error).toMatchObject({ kind: "unauthorized" });
      expect(`${String(error)}${JSON.stringify(error)}${(error as Error).stack}`).not.toContain("hV9kQ2wZ7rT4");
    }
  });

  test("does not quote a reference with an unknown scheme, since it may be the secret itself", async () => {
    const { secrets } = setUp(async () => "v");
    await expect(secrets.resolve("hV9kQ2wZ7rT4", cachedOk)).rejects.toThrow(
      /^a secret reference has an unknown scheme$/,
    );
  });
});
