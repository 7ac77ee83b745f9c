import fc from "fast-check";
import { expect, test } from "vitest";
import { plainText } from "../../../../lib/domain/bound-text.ts";
import type { Characters } from "../../../../lib/providers/shared/characters.ts";
import { withoutSecrets } from "../../../../lib/providers/shared/secret-scanner.ts";

const forms = ["location", "removed"] as const;

/** Most is read of lone characters, each of which might be followed by `://` or begin an escape. */
const readsPerCharacter = 30;

/** Fails as soon as more characters are read than a scan in linear time reads. */
function expectLinear(whole: string, urls: (typeof forms)[number]): void {
  const text = plainText(whole);
  let left = readsPerCharacter * (text.length + 1);
  const spend = (characters: number): void => {
    left -= characters;
    if (left < 0) throw new Error(`more than ${readsPerCharacter} characters are read for each of ${text.length}`);
  };
  const open = (opened: string): Characters => ({
    length: opened.length,
    charCodeAt(index) {
      spend(1);
      return opened.charCodeAt(index);
    },
    slice(start, end) {
      const piece = opened.slice(start, end);
      spend(piece.length);
      return piece;
    },
  });
  expect(withoutSecrets(text, { urls, readUntil: Infinity, open })).toBeTypeOf("string");
  if (text !== "") expect(left).toBeLessThan(readsPerCharacter * (text.length + 1));
}

test.each([
  "x-oss-",
  "x-oss-a",
  "x-oss-=",
  "sign",
  "sign ",
  'sign"',
  "sign\\",
  "sign%20",
  "sign%25",
  "sign=",
  "sign='",
  'sign="',
  "sign = ",
  "Bearer ",
  "Authorization: Basic ",
  "a=",
  "a",
  "a ",
  ".",
  ",",
  "a.",
  "a1B/",
  "0123456789abcdef",
  "LTAI",
  "STS.",
  "AKIA",
  "://",
  "a://",
  "https://",
  "https://a",
  "https://@",
  "https://a@b?",
  "https://a?b='",
  "https://a?b='\"",
  "https%3A%2F%2F",
  "a:",
  "a%3A",
  "a:b@",
  "a:@",
  "https:\\/\\/",
  "'\"",
  "\"'`",
  "%",
  "%25",
  "%3D",
  "\\",
  "\\u00",
  "\\u003d",
  "\u001b",
  "\u001b[",
  "\u001b[1",
  "\u001b]",
  "\u001b]a",
  " ",
  "\u0000",
  "。",
  "😀",
  "<token>",
  "token>",
  "&",
  "&amp;",
  "&quot;",
  "sign=[",
  'sign=["',
  "eyJ",
  "eyJhbGciOiJI.",
  "a:b@sha256:",
  "-----BEGIN PRIVATE KEY-----",
])("withoutSecrets() reads %j without end in time proportional to the text", (piece) => {
  const endless = (length: number): string => piece.repeat(length / piece.length);
  const short = endless(4_000);
  const texts = [endless(100_000), `sign${short}`, `https://${short}`, `https://h/o?a='${short}`, `\u001b]${short}`];
  for (const urls of forms) {
    for (const text of texts) expectLinear(text, urls);
  }
});

const fragments = [
  ..."=:/@?#%&,;<>'\"`\\. -_+",
  "\u001b",
  "[",
  "]",
  "25",
  "3D",
  "://",
  "https",
  "sign",
  "Bearer",
  "x-oss-",
  "LTAI",
];

test("withoutSecrets() reads any text in time proportional to it", () => {
  const fragment = fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 5, unit: "binary" }));
  const texts = fc.array(fragment, { minLength: 1, maxLength: 8 }).map((parts) => `${parts.join("")}.`);
  fc.assert(
    fc.property(texts, fc.nat(200), fc.constantFrom(...forms), (text, times, urls) => {
      expectLinear(text.repeat(times + 1), urls);
    }),
    { numRuns: 2_000 },
  );
});

const alphanumeric = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"];
const base64 = [...alphanumeric, "+", "/"];
function drawn(characters: readonly string[], minLength: number, maxLength = minLength): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map((parts) => parts.join(""));
}

/** A text that holds a secret, and the secret. */
type Carrier = readonly [text: string, secret: string];

const value = drawn(base64, 10, 60);
const names = `
  Signature x-oss-signature x-oss-security-token OSSAccessKeyId AccessKeyId AccessKeySecret
  SecurityToken security-token x-acs-security-token authorization q-ak q-signature q-key-time x-cos-security-token
  sign token secretId SecretKey secret-key appKey appSecret X-Ca-Key
  X-Ca-Signature X-TC-Token X-Amz-Signature X-Amz-Credential AWSAccessKeyId sig
  X-Api-Key apiKey client_secret privateKey passphrase pwd secret userToken Set-Cookie ak sk
`
  .trim()
  .split(/\s+/);
const assignments = [
  "=",
  ":",
  ": ",
  " = ",
  "%3D",
  "%3d",
  "%253D",
  "\\u003d",
  "=>",
  " => ",
  "：",
  '="',
  "='",
  '":"',
  '": "',
];
const escapedAssignments = [
  '\\":\\"',
  "\n:\t",
  "%22%3A%22",
  '":["',
  '\\": [\\"',
  "%22%3A%5B%22",
  "&#61;",
  "&#x3D;",
  "&quot;:&quot;",
  "&amp;quot;: &amp;quot;",
  "&#34;:&#34;",
  "&gt;",
  "=&apos;",
  "&quot;:[&quot;",
];
const parameter: fc.Arbitrary<Carrier> = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom(...assignments, ...escapedAssignments), value)
  .map(([name, assigns, secret]) => [name + assigns + secret, secret]);
const header: fc.Arbitrary<Carrier> = fc
  .tuple(
    fc.constantFrom("Bearer ", "bearer\n", "Authorization: Basic ", 'authorization":"Bearer ', "Authorization=OSS "),
    value,
  )
  .map(([opening, secret]) => [opening + secret, secret]);
const keyId: fc.Arbitrary<Carrier> = fc
  .oneof(
    fc.tuple(fc.constantFrom("LTAI", "STS.", "AKID"), drawn(alphanumeric, 8, 30)),
    fc.tuple(fc.constantFrom("AKIA", "ASIA"), drawn([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"], 16)),
  )
  .map(([prefix, rest]) => [prefix + rest, prefix + rest]);
const longToken: fc.Arbitrary<Carrier> = drawn(base64, 37, 100).map((text) => [`aB1${text}==`, text]);
const digest: fc.Arbitrary<Carrier> = drawn([..."0123456789abcdef"], 64).map((text) => [text, text]);
const webToken: fc.Arbitrary<Carrier> = fc
  .tuple(drawn(alphanumeric, 8, 40), drawn([...alphanumeric, "-", "_"], 20, 60))
  .map(([head, secret]) => [`eyJ${head}.eyJ${head}.${secret}`, secret]);
const privateKey: fc.Arbitrary<Carrier> = fc
  .tuple(
    fc.constantFrom("", "RSA ", "EC ", "ENCRYPTED "),
    fc.constantFrom("\n", "\r\n", "\\n", " "),
    drawn(base64, 10, 38),
  )
  .map(([kind, line, secret]) => [
    [`-----BEGIN ${kind}PRIVATE KEY-----`, secret, secret, `-----END ${kind}PRIVATE KEY-----`].join(line),
    secret,
  ]);
const proxy: fc.Arbitrary<Carrier> = fc
  .tuple(drawn(alphanumeric, 10, 30), fc.constantFrom("h.example", "[::1]:3128", "代理.example:3128", "bücher.example"))
  .map(([secret, host]) => [`u:${secret}@${host}`, secret]);
const signedUrl: fc.Arbitrary<Carrier> = fc
  .tuple(
    fc.constantFrom(
      "https://h.example/o?a=",
      "http://h/o#",
      "oss://b/o?a=",
      "https:\\/\\/h/o?a=",
      "https%3A%2F%2Fh?a=",
    ),
    value,
  )
  .map(([url, secret]) => [url + secret, secret]);
const user: fc.Arbitrary<Carrier> = fc
  .tuple(fc.constantFrom("https://", "http://u:", "ftp://u:"), drawn(alphanumeric, 10, 30))
  .map(([url, secret]) => [`${url}${secret}@h.example/o`, secret]);

const noise = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc
    .array(fc.constantFrom("the ", "disk ", "失败", "is ", "a/b ", "(x) ", "1% ", "=", "; "), { maxLength: 6 })
    .map((words) => words.join("")),
);
const separator = fc.constantFrom(..." \n\t,;&(<\"'`，“|?", "\u0000", "\u2028", "\u001b[0m", "%26", "%2526", "\\n ");

test.each(
  Object.entries({ parameter, header, keyId, longToken, webToken, privateKey, digest, signedUrl, user, proxy }),
)("withoutSecrets() lets no part of a %s pass, whatever stands around it", (_name, carriers) => {
  fc.assert(
    fc.property(noise, separator, carriers, separator, noise, (before, opens, [carrier, secret], closes, after) => {
      for (const urls of forms) {
        const shown = withoutSecrets(before + opens + carrier + closes + after, { urls, readUntil: Infinity });
        for (let start = 0; start + 6 <= secret.length; start += 1) {
          expect(shown).not.toContain(secret.slice(start, start + 6));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["a zero-width space", "Signa\u200bture=abcdefgh"],
  ["a bidirectional override", "secu\u202erityToken=abcdefgh"],
  ["a soft hyphen", "LTAI\u00ad5tFakeFakeFake"],
  ["a tag", "Author\u{e0041}ization: Bearer abcdefgh"],
])("withoutSecrets() is not misled by %s inside a name", (_name, text) => {
  const shown = withoutSecrets(text, { urls: "location", readUntil: Infinity });
  expect(shown).toContain("[redacted]");
  expect(shown).not.toMatch(/abcdefgh|Fake/);
});

test.each([
  ["image ubuntu:22.04@sha256:[redacted] not found"],
  ["registry.example.com:5000/app:v1@sha512:[redacted]"],
  ["a &lt; b &amp;&amp; &quot;c&quot; &#8364; d"],
  ["InvalidToken: expired"],
  ["disks: [&quot;vda&quot;, &quot;vdb&quot;]"],
  ["-----BEGIN CERTIFICATE-----"],
])("withoutSecrets() keeps %j", (text) => {
  for (const urls of forms) expect(withoutSecrets(text, { urls, readUntil: Infinity })).toBe(text);
});

test("withoutSecrets() keeps the tag of an image before its digest", () => {
  const shown = withoutSecrets(`ubuntu:22.04@sha256:${"0a".repeat(32)}`, { urls: "removed", readUntil: Infinity });
  expect(shown).toBe("ubuntu:22.04@sha256:[redacted]");
});

test("withoutSecrets() keeps a text without secrets as it is, but for its blanks", () => {
  const plain = fc
    .oneof(
      fc.constantFrom("sign", "token", "design=3", "100%", "%20", "a/b", '"x"', "http://", "LTAI", "q-", "，", "C:\\d"),
      fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !/[=:>]/u.test(text) && plainText(text) === text),
    )
    .filter((word) => !/bearer|sig$/i.test(word));
  const blank = fc.constantFrom(" ", "  ", "\n", "\r\n\t", "\u0000", "\u2028 ", "\u3000", "\u0085");
  const words = fc.array(fc.tuple(plain, blank).map((pair) => pair.join("")));
  fc.assert(
    fc.property(words, fc.constantFrom(...forms), (parts, urls) => {
      const text = parts.join("");
      const folded = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
      expect(withoutSecrets(text, { urls, readUntil: Infinity })).toBe(folded);
    }),
    { numRuns: 2_000 },
  );
});
