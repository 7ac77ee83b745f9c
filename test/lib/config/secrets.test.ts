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
      message: "the secret secretsmanager:prod/key#port could not be read (TypeError)",
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
