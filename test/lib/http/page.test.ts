import { describe, expect, test } from "vitest";
import { pageAnswer } from "../../../lib/http/page.ts";
import { eventOf } from "../../fakes/gateway-event.ts";

const page = { html: "<p>Tasks</p>", scriptHash: "sha256-c2NyaXB0", styleHash: "sha256-c3R5bGU=" };

function ask(method: string, headers: Record<string, string> = {}) {
  const event = eventOf({ headers });
  const http = { ...event.requestContext.http, method };
  return pageAnswer(page, { ...event, requestContext: { ...event.requestContext, http } });
}

describe("pageAnswer()", () => {
  test("lets the page run its own script and call its own origin, and nothing else", () => {
    const { statusCode, headers, body } = ask("GET");
    expect([statusCode, body]).toEqual([200, page.html]);
    expect(headers).toEqual({
      "content-type": "text/html; charset=utf-8",
      etag: expect.stringMatching(/^"[\w-]{27}"$/),
      "cache-control": "no-cache",
      "content-security-policy":
        "default-src 'none'; script-src 'sha256-c2NyaXB0'; style-src 'sha256-c3R5bGU='; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });

  test("answers HEAD like GET, without the page", () => {
    expect(ask("HEAD")).toEqual({ statusCode: 200, headers: ask("GET").headers });
  });

  test("answers 304 to who has the page, with the policy", () => {
    const { "content-type": _type, ...headers } = { ...ask("GET").headers };
    expect(ask("GET", { "if-none-match": String(headers["etag"]) })).toEqual({ statusCode: 304, headers });
    expect(ask("GET", { "if-none-match": '"another"' }).statusCode).toBe(200);
  });
});
