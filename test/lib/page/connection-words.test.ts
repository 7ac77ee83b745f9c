import { expect, test } from "vitest";
import { connectionHealth } from "../../../lib/page/connection-words.ts";
import { connectionState } from "../../page/scene.ts";

const nowMs = Date.parse("2026-11-27T14:00:00Z");
const swept = { lastSweptAt: "2026-11-27T13:59:40.000Z" };

test.each([
  ["works", swept, "good", ["Swept 20 s ago."]],
  ["fails", { ...swept, lastError: "no answer" }, "bad", ["no answer.", "Swept 20 s ago."]],
  ["was never swept", { lastSweptAt: null }, "unsure", ["It was never swept."]],
  ["is not swept any more", { lastSweptAt: "2026-11-27T13:40:00.000Z" }, "bad", ["Swept 20 min ago."]],
  [
    "is behind",
    { ...swept, behindSeconds: 7200 },
    "good",
    ["Swept 20 s ago.", "Tasks of the last 2 h 00 min may be missing."],
  ],
  ["has a wrong clock", { ...swept, clockSkewSeconds: -90 }, "good", ["Swept 20 s ago.", "Its clock is 1 min behind."]],
])("connectionHealth() of one that %s", (_what, wanted, state, details) => {
  expect(connectionHealth(connectionState(wanted), { nowMs })).toMatchObject({ state, details });
});

test("connectionHealth() says that a cloud does not list its tasks", () => {
  const { capabilities } = connectionState();
  const { details } = connectionHealth(connectionState({ capabilities: { ...capabilities, listsWithoutIds: false } }), {
    nowMs,
  });
  expect(details).toContain("It shows only some tasks by itself. Track the others.");
});
