import { describe, expect, test } from "vitest";
import { maxHeaderBytes, maxParameters, maxUrlBytes, requireModestSize } from "../../../lib/http/request-limits.ts";
import { eventOf } from "../../fakes/gateway-event.ts";
import { problemOf } from "../../fakes/problem-of.ts";

describe("requireModestSize()", () => {
  test("accepts a URL of 8 KB and not a byte more", async () => {
    const rawQueryString = "a".repeat(maxUrlBytes - "/tasks?".length);
    requireModestSize(eventOf({ rawQueryString }));
    const problem = await problemOf(() => requireModestSize(eventOf({ rawQueryString: `${rawQueryString}a` })));
    expect(problem).toMatchObject({
      type: "uri-too-long",
      detail: { detail: "Path and query may have at most 8192 bytes together" },
    });
    expect((await problemOf(() => requireModestSize(eventOf({ rawPath: "/ü".repeat(3000) })))).type).toBe(
      "uri-too-long",
    );
  });

  test("accepts headers of 8 KB and not a byte more, including cookies", async () => {
    const value = "a".repeat(maxHeaderBytes - "x: ".length);
    requireModestSize(eventOf({ headers: { x: value } }));
    const tooLarge = [{ headers: { x: `${value}a` } }, { headers: { x: value }, cookies: ["a=1"] }];
    for (const event of tooLarge) {
      expect((await problemOf(() => requireModestSize(eventOf(event)))).type).toBe("headers-too-large");
    }
  });

  test("accepts 200 parameters and not one more", async () => {
    const query = (count: number) => ({ rawQueryString: Array.from({ length: count }, () => "region=a").join("&") });
    requireModestSize(eventOf(query(maxParameters)));
    expect(await problemOf(() => requireModestSize(eventOf(query(maxParameters + 1))))).toMatchObject({
      type: "invalid-parameters",
      detail: { errors: [{ field: "region", detail: "exceeds the limit of 200 parameters" }] },
    });
  });
});
