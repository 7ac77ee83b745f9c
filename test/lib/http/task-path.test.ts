import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapedPath, taskIdInPath, taskIdToSegment, taskLocation } from "../../../lib/http/task-path.ts";
import { problemOf } from "../../fakes/problem-of.ts";

function read(id: string): string {
  return taskIdInPath({ pathParameters: { id } });
}

/** What gateways do to the last segment of a URL's path before a function sees it. */
const gateways = {
  "decodes once": (segment: string) => decodeURIComponent(segment),
  "decodes nothing": (segment: string) => segment,
  "decodes and cuts at a question mark": (segment: string) => decodeURIComponent(segment).split("?")[0] ?? "",
};

const connection = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
const region = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const nativeId = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
  fc.string({ unit: fc.constantFrom("%", "4", "1", "?", "#", "/", "~", ":", "+", " ", ".", "é"), minLength: 1 }),
);
const anyId = fc.tuple(connection, region, nativeId).map((parts) => parts.join(":"));

/** What a browser or curl sends for a reference: the path alone, dot segments removed. */
function sentSegment(location: string): string {
  const url = new URL(location, "https://api.example.com");
  expect([url.search, url.hash]).toEqual(["", ""]);
  return url.pathname.slice("/base/tasks/".length);
}

describe("a task's location", () => {
  test.each(Object.entries(gateways))("leads to the same task through a gateway that %s", (_name, gateway) => {
    const roundTrip = (id: string) => read(gateway(sentSegment(taskLocation({ rawPath: "/base/tasks" }, id))));
    fc.assert(
      fc.property(anyId, (id) => void expect(roundTrip(id)).toBe(id)),
      { numRuns: 2000 },
    );
  });

  test("is the id itself unless a gateway could change it", () => {
    expect(taskLocation({ rawPath: "/tasks" }, "aliyun:cn-hangzhou:t-1")).toBe("/tasks/aliyun:cn-hangzhou:t-1");
    expect(taskLocation({ rawPath: "/tasks" }, "edge:global:100%")).toBe("/tasks/~ZWRnZTpnbG9iYWw6MTAwJQ");
  });
});

describe("taskIdInPath()", () => {
  test.each([
    ["aliyun%3Acn-hangzhou%3At-1", "aliyun:cn-hangzhou:t-1"],
    ["edge:global:image-name:a b", "edge:global:image-name:a b"],
    ["edge:global:image-name:100%", "edge:global:image-name:100%"],
    ["edge:global:%41", "edge:global:%41"],
    ["edge%3Aglobal%3A%2541", "edge:global:%41"],
    ["%7EZWRnZTpnbG9iYWw6MTAwJQ", "edge:global:100%"],
    ["~YWxpeXVuOmNuLWhhbmd6aG91OnQtMQ", "aliyun:cn-hangzhou:t-1"],
    ["%", "%"],
    ["", ""],
  ])("reads %s as %s", (given, id) => {
    expect(read(given)).toBe(id);
  });

  test("reads every id as it is when the gateway has decoded it", () => {
    fc.assert(fc.property(anyId, (id) => void expect(read(id)).toBe(id)));
  });

  test.each(["~ZWRnZTpnbG9iYWw6MTAwJQ==", "~ZWRnZTpnbG9iYWw6MTAwJR", "~a b", "~_w", "~a"])(
    "rejects %s, which is not the base64url of a text",
    async (given) => {
      const { type, detail } = await problemOf(() => read(given));
      expect([type, detail.errors?.map(({ field }) => field)]).toEqual(["invalid-parameters", ["id"]]);
    },
  );
});

describe("taskIdToSegment()", () => {
  test("never needs an escape", () => {
    fc.assert(fc.property(anyId, (id) => void expect(taskIdToSegment(id)).toMatch(/^[\w.:~-]+$/)));
  });

  test("rejects an id with half of a surrogate pair, which would lead to another task", async () => {
    const { type, detail } = await problemOf(() => read("edge:global:image-name:\ud800"));
    expect([type, detail.errors?.map(({ field }) => field)]).toEqual(["invalid-parameters", ["id"]]);
  });
});

describe("escapedPath()", () => {
  test.each([
    ["/base/tasks", "/base/tasks"],
    ["/a b/<é>", "/a%20b/%3C%C3%A9%3E"],
    ["/a%20b", "/a%20b"],
  ])("writes %s as %s", (given, written) => {
    expect(escapedPath(given)).toBe(written);
  });
});
