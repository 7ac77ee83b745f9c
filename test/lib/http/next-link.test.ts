import { describe, expect, test } from "vitest";
import { nextLink } from "../../../lib/http/next-link.ts";

describe("nextLink()", () => {
  test("keeps the filters and adds the cursor", () => {
    const rawQueryString = "status=failed&status=vanished&createdAfter=2026-01-31T20:00:00%2B08:00&cursor=old";
    expect(nextLink({ rawPath: "/tasks", rawQueryString }, "a.b-c_d")).toEqual({
      link: '</tasks?status=failed&status=vanished&createdAfter=2026-01-31T20%3A00%3A00%2B08%3A00&cursor=a.b-c_d>; rel="next"',
    });
    expect(nextLink({ rawPath: "/tasks", rawQueryString: "" }, "abc")).toEqual({
      link: '</tasks?cursor=abc>; rel="next"',
    });
  });

  test("keeps a base path and escapes what a gateway has decoded", () => {
    expect(nextLink({ rawPath: "/base/tasks", rawQueryString: "" }, "abc")["link"]).toBe(
      '</base/tasks?cursor=abc>; rel="next"',
    );
    expect(nextLink({ rawPath: "/a> b/tasks", rawQueryString: "" }, "abc")["link"]).toBe(
      '</a%3E%20b/tasks?cursor=abc>; rel="next"',
    );
  });

  test("returns no link after the last page or when the link would be rejected", () => {
    expect(nextLink({ rawPath: "/tasks", rawQueryString: "limit=5" }, null)).toEqual({});
    expect(nextLink({ rawPath: "/tasks", rawQueryString: "limit=5" }, "a".repeat(8192))).toEqual({});
  });
});
