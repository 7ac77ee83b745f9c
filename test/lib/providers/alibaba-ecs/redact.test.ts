import { expect, test } from "vitest";
import { safeLine, withoutSecrets } from "../../../../lib/providers/alibaba-ecs/redact.ts";

test("withoutSecrets() reads no more than 2,000 characters", () => {
  expect(withoutSecrets("word ".repeat(500))).toHaveLength(2_000);
});

test("safeLine() is one line of words, without a URL of any scheme", () => {
  expect(safeLine(" a \n\t b  c ", 300)).toBe("a b c");
  expect(safeLine("see oss+v4.x-y://bucket/object and a", 300)).toBe("see [removed] and a");
  expect(safeLine("see http://b", 300)).toBe("see [removed]");
});

test("safeLine() cuts what is longer than it may be, and nothing else", () => {
  expect(safeLine("abcde", 5)).toBe("abcde");
  expect(safeLine("abcdef", 5)).toBe("abcd…");
});
