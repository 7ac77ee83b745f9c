import { describe, expect, test } from "vitest";
import { requireAcceptable } from "../../../lib/http/accept.ts";

describe("requireAcceptable()", () => {
  test.each([
    [undefined],
    [""],
    ["*/*"],
    ["application/*"],
    ["application/json"],
    ["application/problem+json"],
    ["APPLICATION/JSON; charset=utf-8"],
    ["text/html, application/json;q=0.1"],
    ["text/html,application/xhtml+xml,*/*;q=0.8"],
    ["application/json;q=0, */*"],
    ["application/json;q=often"],
  ])("accepts %j", (accept) => {
    expect(() => requireAcceptable(accept)).not.toThrow();
  });

  test.each([
    ["text/html"],
    ["application/xml, text/*"],
    ["application/json;q=0"],
    ["application/*;q=0, */*"],
    ["*/*;q=0"],
    ["application/json;q=0.000, application/problem+json;q=0, */*"],
    ["json"],
  ])("rejects %j", (accept) => {
    expect(() => requireAcceptable(accept)).toThrow("There is application/json and, for problems,");
  });
});
