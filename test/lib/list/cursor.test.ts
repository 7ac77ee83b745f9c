import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../../lib/list/cursor.ts";
import { problemOf } from "../../fakes/problem-of.ts";

const key = createHash("sha256").update("key").digest();
const positions = { "aliyun:cn-hangzhou": "3:2", "edge:global": null };
const cursor = encodeCursor(positions, "filters", key);

function refusalOf(text: string, filters: unknown = "filters") {
  return problemOf(() => decodeCursor(text, filters, key));
}

describe("decodeCursor()", () => {
  test("returns what encodeCursor() encoded when the filters are the same", () => {
    expect(decodeCursor(cursor, "filters", key)).toEqual(positions);
  });

  test("rejects a cursor truncated at any position", async () => {
    for (let length = 0; length < cursor.length; length += 1) {
      expect((await refusalOf(cursor.slice(0, length))).type).toBe("invalid-parameters");
    }
  });

  test("rejects a cursor for other filters", async () => {
    expect(await refusalOf(cursor, "other filters")).toMatchObject({
      type: "invalid-parameters",
      detail: { errors: [{ field: "cursor" }] },
    });
  });

  test("rejects a cursor signed with another key", async () => {
    const forged = encodeCursor({ "aliyun:cn-hangzhou": null }, "filters", createHash("sha256").update("x").digest());
    expect((await refusalOf(forged)).type).toBe("invalid-parameters");
  });

  test("rejects a cursor with one character changed, added, or padded", async () => {
    for (let at = 0; at < cursor.length; at += 1) {
      const other = cursor[at] === "A" ? "B" : "A";
      expect((await refusalOf(cursor.slice(0, at) + other + cursor.slice(at + 1))).type).toBe("invalid-parameters");
    }
    for (const odd of [`${cursor}A`, `${cursor}=`, ` ${cursor}`, `${cursor}\n`]) {
      expect((await refusalOf(odd)).type).toBe("invalid-parameters");
    }
  });

  test("rejects any other text with a problem and nothing else", () => {
    fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect((await refusalOf(text)).type).toBe("invalid-parameters");
      }),
    );
  });
});
