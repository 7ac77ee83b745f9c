import { expect, test } from "vitest";
import { errorText, safeToken, taskText } from "../../../../lib/providers/shared/redaction.ts";

const signed =
  "https://user:pass@b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2?q-ak=AKIDEXAMPLEEXAMPLE&q-signature=0123abcd#x";

test("taskText() keeps where a URL points and drops what signs it", () => {
  expect(taskText(`download ${signed} failed: 403`)).toBe(
    "download https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2 failed: 403",
  );
  expect(taskText(`下载“${signed}”失败`)).toBe("下载“https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2”失败");
});

test("taskText() drops signing parameters when they stand outside a URL it knows", () => {
  expect(taskText("b.myqcloud.com/a?q-signature=0123abcd&x-cos-security-token=tok and q-ak%3DAKIDabc")).toBe(
    "b.myqcloud.com/a?q-signature=[redacted]&x-cos-security-token=[redacted] and q-ak%3D[redacted]",
  );
});

test.each([
  "x-cos-algorithm",
  "q-ak",
  "sign",
  "Signature",
  "token",
  "secretid",
  "Secret-Id",
  "secretkey",
  "secret-key",
])("taskText() drops the value of %s", (name) => {
  expect(taskText(`a ${name}=abc, ${name}%3Dabc`)).toBe(`a ${name}=[redacted], ${name}%3D[redacted]`);
});

test("taskText() and errorText() know a URL without TLS as well", () => {
  expect(taskText("at http://u:p@b.example/a?x=1 now")).toBe("at http://b.example/a now");
  expect(errorText("at http://b.example/a now")).toBe("at [redacted] now");
});

test("taskText() leaves ordinary words alone", () => {
  expect(taskText("qcow2 is not raw: design=3, 100% done?")).toBe("qcow2 is not raw: design=3, 100% done?");
});

test("errorText() holds no URL and no secret id", () => {
  expect(errorText(`SecretId AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE not found, see ${signed}`)).toBe(
    "SecretId [redacted] not found, see [redacted]",
  );
});

test("taskText() ends after 300 characters, on one line, with no character cut in two", () => {
  expect(taskText("a\r\n\tb\u2028c\u0000d")).toBe("a b c d");
  expect(taskText("x".repeat(299) + "😀😀")).toBe("x".repeat(299) + "…");
  expect(taskText("x".repeat(298) + "😀😀😀")).toBe("x".repeat(298) + "😀…");
  expect(taskText("x".repeat(298) + "😀😀")).toBe("x".repeat(298) + "😀😀");
});

test("taskText() counts characters, however many units each takes", () => {
  expect(taskText("😀".repeat(300))).toBe("😀".repeat(300));
  expect(taskText("😀".repeat(301))).toBe(`${"😀".repeat(299)}…`);
});

test("taskText() drops a fragment as it drops a query, and the user's name as well", () => {
  expect(taskText("at https://b.example/a#frag?b and https://u@b.example/a@b")).toBe(
    "at https://b.example/a and https://b.example/a@b",
  );
});

test("taskText() and errorText() look at no more than 2,000 characters", () => {
  const path = "x".repeat(2_500);
  expect(errorText(`https://b.example/${path} tail`)).toBe("[redacted]");
  expect(taskText(`https://b.example/a?${path} tail`)).toBe("https://b.example/a");
});

test("taskText() begins and ends with a word", () => {
  expect(taskText(" \n failed\t")).toBe("failed");
});

test("taskText() redacts before it cuts", () => {
  const shown = taskText(`${"x".repeat(240)} ${signed}`);
  expect(shown).toBe(`${"x".repeat(240)} https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2`);
});

const hex = "0123456789abcdef".repeat(4);
/** Forty characters of all three kinds. */
const token = `aB1${"c".repeat(37)}`;

test.each([
  ["a URL with a query", "see oss+v4.x-y://bucket/o?x=1 end", "see [redacted] end"],
  ["a URL with a user", "see ftp://u@h/x end", "see [redacted] end"],
  ["the end of a link", "bucket/o?Expires=1&Signature=ab%2B, next", "bucket/o?Expires=1&Signature=[redacted], next"],
  ["a quoted parameter", 'x "Signature" : "abc" y', 'x "Signature" : "[redacted]" y'],
  ["a credential after a scheme that nobody knows", "Authorization: xearer abc.def y", "Authorization: [redacted] y"],
  ["the same in JSON", '"Proxy-Authorization": "Own-1 abc.def", y', '"Proxy-Authorization": "[redacted]", y'],
  ["the same in a URL's escapes", "authorization%3Aown%20abc.def y", "authorization%3A[redacted]"],
  ["a password without a scheme", "via user:pa$s@proxy.example:8080 y", "via user:[redacted]@proxy.example:8080 y"],
  ["a password after a broken scheme", "https:x//user:pass@h/x", "https:x//user:[redacted]@h/x"],
  ["a password with an at sign", "user:p@ss%40x@h y", "user:[redacted]@h y"],
  ["a password in a URL's escapes", "https:x%2F%2Fuser%3Apa%40ss%40h%2Fx y", "https:[redacted]%40h%2Fx y"],
  ["a parameter after spaces", "authorization  =  abc y", "authorization = [redacted] y"],
  ["a key id by name", "AccessKeyId=abc y", "AccessKeyId=[redacted] y"],
  ["a key id with hyphens", "access-key-id=abc y", "access-key-id=[redacted] y"],
  ["a key id of object storage", "OSSAccessKeyId=abc y", "OSSAccessKeyId=[redacted] y"],
  ["a key's secret", "accessKeySecret: abc y", "accessKeySecret: [redacted] y"],
  ["a security token", "SecurityToken=abc, security-token=abc", "SecurityToken=[redacted], security-token=[redacted]"],
  ["a header of object storage", "x-oss-meta-a=1 y", "x-oss-meta-a=[redacted] y"],
  ["a bearer", "Bearer  abc y", "Bearer [redacted] y"],
  ["a key id", "LTAI12345678 y", "[redacted] y"],
  ["a temporary key id", "STS.abcdefgh y", "[redacted] y"],
  ["a token", `${token}== y`, "[redacted] y"],
  ["a token with a slash", `${token.slice(0, 20)}/+${token.slice(20)} y`, "[redacted] y"],
  ["a digest", `${hex} y`, "[redacted] y"],
  [
    "a digest in a path or in capitals",
    `objects/${hex} sha-${hex.toUpperCase()} y`,
    "objects/[redacted] sha-[redacted] y",
  ],
  ["a key id of AWS", "AKIAIOSFODNN7EXAMPLE, ASIAIOSFODNN7EXAMPLE", "[redacted], [redacted]"],
  ["a key id inside a word", "id_LTAI12345678_x", "id_[redacted]_x"],
  [
    "a gateway's key and secret",
    "appKey=1 appSecret: 2 X-Ca-Key:3",
    "appKey=[redacted] appSecret: [redacted] X-Ca-Key:[redacted]",
  ],
  ["the word after a scheme", "Authorization: Basic dTpw y", "Authorization: [redacted] y"],
  [
    "a whole header",
    "authorization: TC3-HMAC-SHA256 Credential=a/b, Signature=c",
    "authorization: [redacted], Signature=[redacted]",
  ],
  ["a value in XML", "<SecurityToken>abc</SecurityToken>", "<SecurityToken>[redacted]</SecurityToken>"],
  ["a value in JSON inside JSON", '{\\"Token\\":\\"abc\\"}', '{\\"Token\\":\\"[redacted]"}'],
  [
    "an escaped equals sign",
    "Signature\\u003dabc Signature%253Dabc",
    "Signature\\u003d[redacted] Signature%253D[redacted]",
  ],
  ["a parameter after an escape", "a%26sign%3Dabc", "a%26sign%3D[redacted]"],
  ["a value after an arrow", "'Signature' => 'abc'", "'Signature' => '[redacted]'"],
  ["a value before a Chinese stop", "Signature：abc，请重试", "Signature：[redacted]，请重试"],
  ["a quoted value in a URL", "at https://h/o?a='abc' y", "at https://h/o y"],
  ["a signed URL in escapes", "to https%3A%2F%2Fh%2Fo%3Fa%3Dabc y", "to [redacted] y"],
  ["a signed URL in JSON", "to https:\\/\\/h\\/o?a=abc y", "to [redacted] y"],
  ["a parameter in a URL's path", "at https://h/o;sign=abc y", "at https://h/o;sign=[redacted] y"],
  ["a token in a URL's path", `at https://h/o-${token}?x y`, "at https://h/o-[redacted] y"],
  ["an encoded query", "at https://h/o%3Fa%3Dabc y", "at https://h/o y"],
  ["a password with a question mark", "at https://u:ab?cd@h/o y", "at [redacted] y"],
  ["a password with a hash", "at https://u:ab#cd@h/o y", "at [redacted] y"],
  ["a password with a slash", "at https://u:ab/cd@h/o and https://u:1/cd@h/o y", "at [redacted] and [redacted] y"],
  ["a user in a URL inside a URL", "at https://h/https://u:p@h2/o y", "at [redacted] y"],
  ["the padding of a token inside a word", "id_LTAI12345678== y", "id_[redacted] y"],
  ["a URL after a word and a colon", "a:b://h/o?x=1 y", "a:[redacted] y"],
  ["a URL whose scheme follows a word", "x/y_https://u@h/o?a=1 y", "x/y_https://h/o y"],
  ["a URL whose scheme follows a digit", "1/9https://h/o?a=1 y", "1/9https://h/o y"],
  ["a parameter after what has no scheme", "123://h/o?sig=1 y", "123://h/o?sig=[redacted] y"],
  ["a URL with a longer scheme than it knows", "at oss+https://h/o?x=1 y", "at [redacted] y"],
  ["a query after a quoted URL, which is none", 'at "https://h/o"?a=b y', 'at "https://h/o"?a=b y'],
  ["a quoted value in a URL that is never closed", "at https://h/o?a='abc y", "at https://h/o y"],
  ["a value in escaped quotes", "Signature=%22abc%22&x=1 y", "Signature=%22[redacted]&x=1 y"],
  ["a quoted value with a comma", 'sign="a,b" y', 'sign="[redacted]" y'],
  ["a value after a full-width equals sign", "Signature＝abc y", "Signature＝[redacted] y"],
  ["a query without a path", "at https://h?x=1 y", "at https://h y"],
  ["a query without a path, with a slash", "at https://h?x=/a y", "at https://h y"],
  ["nothing from a URL of another scheme", "see ftp://h/x end", "see ftp://h/x end"],
  ["a URL whose host is none", "at https://a:b[/o y", "at [redacted] y"],
  ["a query without a host", "at https://u@?x y", "at https:// y"],
])("taskText() removes %s", (_name, text, safe) => {
  expect(taskText(text)).toBe(safe);
});

test.each([
  "see http://bucket/o end",
  "at https://h:8080/o and https://[::1]:80/o",
  "the signature is wrong",
  "LTAI1234567 is seven long",
  "AKIA1234567890a is eleven long",
  "aB1 is short",
  token.slice(1),
  token.toUpperCase(),
  token.toLowerCase(),
  token.replace("1", "x"),
  hex.slice(1),
  "sign= & 100% of <token> are signed; the bearer.",
  'he said "token" and left',
  "http:// and 1://x are no URLs",
  "ask mailto:ops@example.com, at 12:30 @ noon, or a:b and @c",
])("taskText() leaves %j alone", (text) => {
  expect(taskText(text)).toBe(text);
});

test("errorText() is one line of words, without a URL of any scheme", () => {
  expect(errorText(" a \n\t b  c ", 300)).toBe("a b c");
  expect(errorText("see oss+v4.x-y://bucket/object and a", 300)).toBe("see [redacted] and a");
  expect(errorText("see http://b", 300)).toBe("see [redacted]");
  expect(errorText("to https%3A%2F%2Fh and https:\\/\\/h and http://h/镜像")).toBe(
    "to [redacted] and [redacted] and [redacted]",
  );
});

test("errorText() cuts what is longer than it may be, and nothing else", () => {
  expect(errorText("abcde", 5)).toBe("abcde");
  expect(errorText("abcdef", 5)).toBe("abcd…");
});

test("taskText() reads no more than 2,000 characters", () => {
  expect(taskText("word ".repeat(500), 2_000)).toHaveLength(2_000 - 1);
  expect(taskText("w ".repeat(1_500), 5_000)).toBe("w ".repeat(1_000).trim());
});

test("taskText() reads the word that begins before its end, so that no secret is cut in two", () => {
  const filler = `https://h/o?${"x".repeat(1_980)}`;
  expect(taskText(`${filler} LTAI5tFakeFakeFake`)).toBe("https://h/o [redacted]");
  expect(taskText(`${filler} ${token.repeat(100)} end`)).toBe("https://h/o [redacted]");
  expect(taskText(`${filler} https://u:${"x".repeat(3_000)}@h/o end`)).toBe("https://h/o [redacted]");
});

test("taskText() makes one blank of escape sequences, control characters and blanks in a row", () => {
  expect(taskText("a\u001b[31;1m b\u009d\u2029\u3000c \u001b]0;title\u0007d\u001b]8;;x\u001b\\e")).toBe("a b c d e");
  expect(taskText("a\u001b[31\u0001b\u001b]c\u001bd")).toBe("a [31 b ]c d");
});

test.each([
  ["InvalidTaskId.NotFound", "InvalidTaskId.NotFound"],
  [7, "7"],
  ["x".repeat(128), "x".repeat(128)],
  ["x".repeat(129), null],
  ["", null],
  ["two words", null],
  [null, null],
  ["LTAI12345678", null],
  ["X:STS.abcdefgh", null],
  [hex, null],
  [token, null],
])("safeToken() makes of %j %j", (value, expected) => {
  expect(safeToken(value)).toBe(expected);
});
