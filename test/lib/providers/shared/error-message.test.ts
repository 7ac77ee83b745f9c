import { describe, expect, test } from "vitest";
import type { Verdict } from "../../../../lib/domain/error-table.ts";
import { errorMessage, foreignAnswer, verdictOnForeign } from "../../../../lib/providers/shared/error-message.ts";

const nowMs = Date.UTC(2026, 2, 1, 9, 31);
const serverTimeMs = Date.UTC(2026, 2, 1, 9);
const denied: Verdict = { kind: "unauthorized", retry: "no" };

describe("errorMessage()", () => {
  const say = (said: string, verdict: Verdict, clocks = { nowMs, serverTimeMs }) =>
    errorMessage(said, verdict, { ...clocks, otherwise: "nothing said" });

  test.each<[string, Verdict, string]>([
    ["no access", denied, "no access"],
    ["", denied, "nothing said"],
    ["no access", { ...denied, advice: "check the key" }, "no access (check the key)"],
    ["", { ...denied, advice: "check the key" }, "nothing said (check the key)"],
    ["a secret text", { ...denied, instead: "not signed" }, "not signed"],
    ["a secret text", { ...denied, instead: "not signed", advice: "check it" }, "not signed (check it)"],
    ["StringToSign: POST", denied, "the provider did not accept the signature"],
    ["server string to sign is: POST", denied, "the provider did not accept the signature"],
  ])("for %j and %j says %j", (said, verdict, words) => {
    expect(say(said, verdict)).toBe(words);
  });

  test.each([
    [nowMs, serverTimeMs, "ours says 2026-03-01T09:31:00Z, the provider's says 2026-03-01T09:00:00Z"],
    [nowMs, null, "ours says 2026-03-01T09:31:00Z, the answer has no Date"],
    [null, serverTimeMs, "the provider's says 2026-03-01T09:00:00Z"],
    [8.7e15, serverTimeMs, "ours says an impossible time, the provider's says 2026-03-01T09:00:00Z"],
  ])("after a rejected timestamp shows both clocks where they are known: %j, %j", (ours, theirs, times) => {
    const verdict: Verdict = { kind: "unauthorized", retry: "fix-clock", advice: "check the clock" };
    const clocks = { nowMs: ours, serverTimeMs: theirs, otherwise: "" };
    expect(errorMessage("expired", verdict, clocks)).toBe(`expired (check the clock: ${times})`);
  });
});

describe("foreignAnswer()", () => {
  const page = (body: string, type = "text/html; charset=utf-8") =>
    foreignAnswer({ status: 200, headers: { "content-type": type }, body });
  const start = "HTTP 200 with no answer of this API: ";

  test.each([
    ["<html><head><title>Sign in to the network</title></head><body>more</body></html>", "Sign in to the network"],
    ["<!DOCTYPE html><style>b { x: y }</style><script>go()</script><p>Access&nbsp;denied</p>", "Access&nbsp;denied"],
    ['<title lang="en">Sign in</title><p>more</p>', "Sign in"],
    ['<script src="a.js">go()</script><p>Access</p><p>denied</p>', "Access denied"],
    ["plain text", "plain text"],
    ["<p>cut off <a href='", "cut off"],
  ])("shows the title or the first words of %j", (body, words) => {
    expect(page(body)).toBe(`${start}text/html, "${words}"`);
  });

  test("shows no more than 80 characters, without links and credentials", () => {
    const shown = page(`<p>go to https://proxy.example.com/?ticket=1 with SecurityToken=CAISfake ${"x ".repeat(100)}`);
    expect(shown).toMatch(/"go to \[redacted\] with SecurityToken=\[redacted\] x x/);
    expect(shown.length).toBeLessThanOrEqual(`${start}text/html, ""`.length + 80);
  });

  test("reads the first 4,000 characters of a page", () => {
    expect(page(`${"<i>".repeat(1_333)}a bcdef`)).toBe(`${start}text/html, "a"`);
    expect(page(`${"<i>".repeat(1_334)}abcdef`)).toBe(`${start}text/html, no text`);
  });

  test.each(['{"a":1}', ' ["a"]', '"a"', "<?xml version='1.0'?><a>b</a>", "<Error><a>b</a></Error>"])(
    "shows nothing of the data %s",
    (body) => {
      expect(page(body, "application/json")).toBe(`${start}application/json`);
    },
  );

  test("shows neither a malformed content type nor an absent one", () => {
    for (const type of ["see https://a.example/?x=1", "see text/html"])
      expect(page("", type)).toBe(`${start}no content type, no text`);
    expect(foreignAnswer({ status: 404, headers: {}, body: "<br>" })).toBe(
      "HTTP 404 with no answer of this API: no content type, no text",
    );
  });
});

describe("verdictOnForeign()", () => {
  test("concerns the whole target, and hints at the endpoint", () => {
    expect(verdictOnForeign({ kind: "malformed", retry: "no" })).toEqual({
      kind: "malformed",
      retry: "no",
      scope: "target",
      advice: "check the endpoint, the region, and any proxy",
    });
  });
});
