import { expect, test } from "vitest";
import { errorMessage, taskMessage } from "../../../../lib/providers/tencent-ecm/safe-text.ts";

const signed =
  "https://user:pass@b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2?q-ak=AKIDEXAMPLEEXAMPLE&q-signature=0123abcd#x";

test("taskMessage() keeps the location of a URL and removes its signature", () => {
  expect(taskMessage(`download ${signed} failed: 403`)).toBe(
    "download https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2 failed: 403",
  );
  expect(taskMessage(`下载“${signed}”失败`)).toBe("下载“https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2”失败");
});

test("taskMessage() removes signing parameters outside a recognized URL", () => {
  expect(taskMessage("b.myqcloud.com/a?q-signature=0123abcd&x-cos-security-token=tok and q-ak%3DAKIDabc")).toBe(
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
])("taskMessage() removes the value of %s", (name) => {
  expect(taskMessage(`a ${name}=abc, ${name}%3Dabc`)).toBe(`a ${name}=[redacted], ${name}%3D[redacted]`);
});

test("taskMessage() and errorMessage() also recognize a URL without TLS", () => {
  expect(taskMessage("at http://u:p@b.example/a?x=1 now")).toBe("at http://b.example/a now");
  expect(errorMessage("at http://b.example/a now")).toBe("at [url] now");
});

test("taskMessage() keeps ordinary words unchanged", () => {
  expect(taskMessage("qcow2 is not raw: design=3, 100% done?")).toBe("qcow2 is not raw: design=3, 100% done?");
});

test("errorMessage() contains no URL and no secret id", () => {
  expect(errorMessage(`SecretId AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE not found, see ${signed}`)).toBe(
    "SecretId [secret id] not found, see [url]",
  );
});

test("taskMessage() is one line of at most 300 characters, with no character split", () => {
  expect(taskMessage("a\r\n\tb\u2028c\u0000d")).toBe("a b c d");
  expect(taskMessage("x".repeat(299) + "😀😀")).toBe("x".repeat(299) + "😀");
});

test("taskMessage() removes fragments, queries, and user names", () => {
  expect(taskMessage("at https://b.example/a#frag?b and https://u@b.example/a@b")).toBe(
    "at https://b.example/a and https://b.example/a@b",
  );
});

test("taskMessage() and errorMessage() read at most 2,000 characters", () => {
  const path = "x".repeat(2_500);
  expect(errorMessage(`https://b.example/${path} tail`)).toBe("[url]");
  expect(taskMessage(`https://b.example/a?${path} tail`)).toBe("https://b.example/a");
});

test("taskMessage() starts and ends with a word", () => {
  expect(taskMessage(" \n failed\t")).toBe("failed");
});

test("taskMessage() redacts before it truncates", () => {
  const shown = taskMessage(`${"x".repeat(240)} ${signed}`);
  expect(shown).toBe(`${"x".repeat(240)} https://b-125.cos.ap-guangzhou.myqcloud.com/a/b.qcow2`);
});
