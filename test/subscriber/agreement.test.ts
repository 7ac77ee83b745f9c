import { readFileSync } from "node:fs";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTaskEvent } from "../../lib/subscriber/parse-task-event.ts";
import { withMember } from "../fakes/with-member.ts";
import type { DeliveredEvent } from "../local/event-entries.ts";
import { fencesOf } from "./page.ts";
import { publishEverything } from "./published.ts";
import type { Publishing } from "./published.ts";

const schema = new URL("../../docs/schemas/task-event.v1.json", import.meta.url);
const fitsSchema = addFormats.default(new Ajv2020({ strict: false })).compile(JSON.parse(readFileSync(schema, "utf8")));

let published: Publishing;
let events: readonly DeliveredEvent[];
beforeAll(async () => {
  published = await publishEverything([]);
  events = await published.events();
}, 60_000);
afterAll(() => published.stop());

test("real sweeps publish an event of each kind and outcome", () => {
  const told = events.map((event) => {
    const { kind, task } = parseTaskEvent(event);
    return `${kind} ${task.nativeId} ${task.status}${task.partial ? " in part" : ""}`;
  });
  const ids = ["t-ok", "t-failed", "t-partial", "t-canceled", "t-vanished", "t-stalled", "t-stack", "21", "22"];
  expect(told.filter((line) => !line.startsWith("discovered")).toSorted()).toEqual(
    [
      "completed 21 succeeded",
      "completed 22 failed",
      "completed t-canceled canceled",
      "completed t-failed failed",
      "completed t-ok succeeded",
      "completed t-partial failed in part",
      "completed t-stack succeeded",
      "stalled t-stalled running",
      "vanished t-vanished vanished",
    ].toSorted(),
  );
  expect(told.filter((line) => line.startsWith("discovered"))).toHaveLength(ids.length);
});

test("the schema and the reader accept each of them, and the reader keeps every member", () => {
  for (const event of events) {
    expect([fitsSchema(event.detail), fitsSchema.errors]).toEqual([true, null]);
    const { task, id, type, time, sequence, previousStatus, unrecognized } = parseTaskEvent(JSON.stringify(event));
    const { data, ...detail } = event.detail as { data: object };
    expect({ task, sequence, previousStatus }).toEqual(data);
    expect(detail).toMatchObject({ id, type, time });
    expect(unrecognized).toEqual({});
  }
});

test("the schema and the reader refuse each of them when any of its required members is lost", () => {
  const { $defs } = JSON.parse(readFileSync(schema, "utf8"));
  for (const event of events) {
    for (const name of $defs.task.required) {
      const broken = withMember(event, `detail.data.task.${name}`, undefined);
      expect(fitsSchema(broken["detail"])).toBe(false);
      expect(() => parseTaskEvent(broken)).toThrow(`detail.data.task.${name} is missing`);
    }
  }
});

test("the short event of docs/subscribing.md is the README's event, which the schema and the reader accept", async () => {
  const readme = (await fencesOf("../README.md")).find(({ heading }) => heading === "One event in full");
  const whole = JSON.parse(readme?.text ?? "");
  expect(fitsSchema(whole.detail)).toBe(true);
  expect(parseTaskEvent(whole)).toMatchObject({ kind: "completed", task: whole.detail.data.task });

  const short = (await fencesOf("subscribing.md")).find(({ language }) => language === "jsonc");
  const labels = { team: "images" };
  const labeled = withMember(whole, "detail.data.task.labels", labels);
  expect(labeled).toMatchObject(JSON.parse((short?.text ?? "").replace("// and more", "")));
});
