import { expect, test } from "vitest";
import { safeLine, withoutSecrets } from "../../../../lib/providers/alibaba-ecs/redact.ts";

test("withoutSecrets() reads at most 2,000 characters", () => {
  expect(withoutSecrets("word ".repeat(500))).toHaveLength(2_000);
});

const hex = "0123456789abcdef".repeat(4);
/** Forty characters of all three kinds. */
const token = `aB1${"c".repeat(37)}`;

test.each([
  ["a URL with a query", "see oss+v4.x-y://bucket/o?x=1 end", "see [removed] end"],
  ["a URL with a user", "see ftp://u@h/x end", "see [removed] end"],
  ["the end of a link", "bucket/o?Expires=1&Signature=ab%2B, next", "[removed], next"],
  ["a quoted parameter", 'x "Signature" : "abc" y', 'x "[removed] y'],
  ["a parameter after spaces", "authorization  =  abc y", "[removed] y"],
  ["a key id by name", "AccessKeyId=abc y", "[removed] y"],
  ["a key id with hyphens", "access-key-id=abc y", "[removed] y"],
  ["a key id of object storage", "OSSAccessKeyId=abc y", "[removed] y"],
  ["a key's secret", "accessKeySecret: abc y", "[removed] y"],
  ["a security token", "SecurityToken=abc, security-token=abc", "[removed], [removed]"],
  ["a header of object storage", "x-oss-meta-a=1 y", "[removed] y"],
  ["a bearer", "Bearer  abc y", "[removed] y"],
  ["a key id", "LTAI12345678 y", "[removed] y"],
  ["a temporary key id", "STS.abcdefgh y", "[removed] y"],
  ["a token", `${token}== y`, "[removed] y"],
  ["a token with a slash", `${token.slice(0, 20)}/+${token.slice(20)} y`, "[removed] y"],
  ["a digest", `${hex} y`, "[removed] y"],
])("withoutSecrets() removes %s", (_name, text, safe) => {
  expect(withoutSecrets(text)).toBe(safe);
});

test.each([
  "see http://bucket/o end",
  "the signature is wrong",
  "LTAI1234567 is seven long",
  "aB1 is short",
  token.slice(1),
  token.toUpperCase(),
  token.toLowerCase(),
  token.replace("1", "x"),
  hex.slice(1),
])("withoutSecrets() keeps %j unchanged", (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test("safeLine() returns one line of words without URLs of any scheme", () => {
  expect(safeLine(" a \n\t b  c ", 300)).toBe("a b c");
  expect(safeLine("see oss+v4.x-y://bucket/object and a", 300)).toBe("see [removed] and a");
  expect(safeLine("see http://b", 300)).toBe("see [removed]");
});

test("safeLine() truncates only text that is too long", () => {
  expect(safeLine("abcde", 5)).toBe("abcde");
  expect(safeLine("abcdef", 5)).toBe("abcd…");
});
