import { describe, expect, test } from "vitest";
import {
  maxHeaderBytes,
  maxParameters,
  maxUrlBytes,
  requireModestSize,
  requireText,
} from "../../../lib/http/request-limits.ts";
import { eventOf } from "../../fakes/gateway-event.ts";
import { problemOf } from "../../fakes/problem-of.ts";

describe("requireText()", () => {
  test.each(["a=1&b=%E8%AA%9E", "a=100%&b=%zz", "a=語&b=%F0%9F%99%82%", "", "%e8%aa%9e=%41"])(
    "accepts ?%s",
    (query) => {
      requireText(eventOf({ rawQueryString: query }));
    },
  );

  test.each([
    ["a=1&b=%ff", ["b"]],
    ["a=%ED%A0%80&b=1&c=%E8%AA", ["a", "c"]],
    ["a=\ud800", ["a"]],
    ["%ff=1", ["\ufffd"]],
  ])("names the parameters of ?%s that are not UTF-8", async (rawQueryString, fields) => {
    const { type, detail } = await problemOf(() => requireText(eventOf({ rawQueryString })));
    expect([type, detail.errors?.map(({ field }) => field)]).toEqual(["invalid-parameters", fields]);
  });
});

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
