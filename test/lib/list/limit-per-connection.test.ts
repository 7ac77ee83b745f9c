import { expect, test } from "vitest";
import { limitPerConnection } from "../../../lib/list/limit-per-connection.ts";
import type { Pulled, Source } from "../../../lib/list/merge-pages.ts";

const page: Pulled = { rows: [], end: "ended" };

test("takeTurns() reads four sources of a connection concurrently without delaying other connections", async () => {
  const under: string[] = [];
  const gates: (() => void)[] = [];
  const sourceOf = (key: string): Source<never> => ({
    key,
    pull(position, limit) {
      under.push(`${key} ${position} ${limit}`);
      return new Promise((resolve) => gates.push(() => resolve(page)));
    },
  });
  const turns = limitPerConnection<never>();
  const slow = Array.from({ length: 6 }, (_, index) => turns("slow", sourceOf(`slow:${index}`)));
  const other = turns("other", sourceOf("other:0"));
  const pulls = [...slow, other].map(({ pull }) => pull("here", 5));
  await new Promise(setImmediate);
  const first = ["slow:0 here 5", "slow:1 here 5", "slow:2 here 5", "slow:3 here 5", "other:0 here 5"];
  expect(under).toEqual(first);
  gates[0]?.();
  await pulls[0];
  await new Promise(setImmediate);
  expect(under).toEqual([...first, "slow:4 here 5"]);
  expect(slow.map(({ key }) => key)).toContain("slow:5");
});
