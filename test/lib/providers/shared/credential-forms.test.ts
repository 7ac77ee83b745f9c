import { describe, expect, test } from "vitest";
import {
  endsInSecretName,
  isAuthScheme,
  marker,
  withoutTokens,
} from "../../../../lib/providers/shared/credential-forms.ts";

const names = [
  ["signature", "signatureprovided", "securitytoken", "sessiontoken", "accesstoken", "refreshtoken", "authtoken"],
  ["accesskey", "accesskeyid", "accesskeysecret", "secretid", "secretkey", "secretaccesskey"],
  ["appkey", "appsecret", "appcode", "xcakey", "credential", "credentials", "authorization", "password", "passwd"],
  ["usertoken", "apitoken", "clientsecret", "clientkey", "apikey", "privatekey", "passphrase", "cookie"],
].flat();

describe("endsInSecretName()", () => {
  test.each(names)("knows %s, at the end of any name", (name) => {
    const [first = "", ...rest] = name;
    for (const run of [name, `my-${name}`, `my${name.toUpperCase()}`, `a/b.${name}`, `${first}_${rest.join("")}`])
      expect(endsInSecretName(run)).toBe(true);
    expect([`${name}s-of`, `${name}/x`, `${name}.x`, `${name}+x`].filter(endsInSecretName)).toEqual([]);
  });

  test.each(["sig", "sign", "token", "secret", "pwd", "ak", "sk"])("knows %s only as a word of its own", (word) => {
    expect([word, `x-${word}`, `x_${word}`, `a/${word}`].filter((run) => !endsInSecretName(run))).toEqual([]);
    expect([`x${word}`, `${word}s`, `${word}-in`, `${word}/x`].filter(endsInSecretName)).toEqual([]);
  });

  test.each(["x-oss", "x-cos", "q"])("knows the storage parameters that begin with %s", (prefix) => {
    const known = [`${prefix}-a`, `${prefix}-9`, `${prefix}-_`, `my-${prefix}-a`, `my_${prefix}-a`, `a/${prefix}-a`];
    expect(known.filter((run) => !endsInSecretName(run))).toEqual([]);
    const others = [`a${prefix}-a`, `${prefix}-`, `${prefix}-a/b`, `${prefix}-a.b`, `${prefix}-a+b`];
    expect(others.filter(endsInSecretName)).toEqual([]);
  });
});

test("endsInSecretName() reads no more than the last 64 characters of a name", () => {
  const spread = (hyphens: number) => `s${"-".repeat(hyphens)}ignature`;
  expect([spread(64 - 9), spread(64 - 8)].map(endsInSecretName)).toEqual([true, false]);
});

describe("isAuthScheme()", () => {
  test.each(["Basic", "bearer", "Digest", "Negotiate", "token", "acs", "OSS", "AWS", "ACS3-HMAC-SHA256"])(
    "knows %s, and nothing around it",
    (word) => {
      expect([word, `x.${word}`, `${word}.x`].map(isAuthScheme)).toEqual([true, false, false]);
    },
  );
});

describe("withoutTokens()", () => {
  const digest = "0a".repeat(32);

  test.each([
    ["LTAI12345678", marker],
    ["LTAI1234567", "LTAI1234567"],
    ["AKID12345678", marker],
    ["STS.12345678", marker],
    ["AKIA123456789012", marker],
    [digest, marker],
    [`a-${digest}.b`, `a-${marker}.b`],
    [`z${digest}`, `z${marker}`],
    [`${digest}z`, `${marker}z`],
    [`A${"a1".repeat(19)}b`, marker],
    [`A${"a1".repeat(19)}`, `A${"a1".repeat(19)}`],
    ["eyJhbGciOiJI.eyJzdWIi-_.SflK-xw", marker],
    ["a/eyJhbGciOiJI.eyJzdWIi", `a/${marker}`],
    ["eyJhbGciOiJI", "eyJhbGciOiJI"],
    ["eyJhbG.eyJzdWIi.a", "eyJhbG.eyJzdWIi.a"],
    ["image-of-2026-01-31.raw", "image-of-2026-01-31.raw"],
  ])("turns %s into %s", (run, left) => {
    expect(withoutTokens(run)).toBe(left);
  });
});
