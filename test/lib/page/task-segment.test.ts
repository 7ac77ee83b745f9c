import fc from "fast-check";
import { expect, test } from "vitest";
import { taskIdToSegment as asTheServiceDoes } from "../../../lib/http/task-path.ts";
import { taskIdToSegment } from "../../../lib/page/task-segment.ts";

test("taskIdToSegment() spells ids as the service does", () => {
  expect(taskIdToSegment("edge:global:100%")).toBe("~ZWRnZTpnbG9iYWw6MTAwJQ");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (id) => {
      expect(taskIdToSegment(id)).toBe(asTheServiceDoes(id));
    }),
  );
});
