import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, StartReplayCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createSubscriber, toLine } from "../../docs/examples/subscriber.ts";
import type { SeenEvents } from "../../docs/examples/subscriber.ts";
import { parseTaskEvent } from "../../lib/subscriber/parse-task-event.ts";
import type { ParsedTaskEvent } from "../../lib/subscriber/parse-task-event.ts";
import { withMember } from "../fakes/with-member.ts";
import type { DeliveredEvent } from "../local/event-entries.ts";
import { compileEventPattern } from "../local/event-pattern.ts";
import { fencesOf, parseTemplate, rulesOf, transformInput } from "./page.ts";
import { publishEverything } from "./published.ts";
import type { Publishing } from "./published.ts";

/** What each pattern of the page lets through, of the events in `published.ts`. */
const discovered = ["t-ok", "t-failed", "t-partial", "t-canceled", "t-vanished", "t-stalled", "t-stack", "21", "22"];
const completed = ["t-ok", "t-failed", "t-partial", "t-canceled", "t-stack", "21", "22"].map((id) => `completed ${id}`);
const failed = ["completed t-failed", "completed t-partial", "completed 22"];
const lookedAt = ["vanished t-vanished", "stalled t-stalled"];
const ofTasks = (...ids: string[]) => ids.flatMap((id) => [`completed ${id}`, `discovered ${id}`]);

const expected: Readonly<Record<string, readonly string[]>> = {
  "Tasks that failed, in whole or in part:": failed,
  "Tasks that succeeded in part only:": ["completed t-partial"],
  "Everything that ended and did not succeed, with statuses that do not exist yet:": [
    ...failed,
    "completed t-canceled",
    "vanished t-vanished",
  ],
  "Tasks that somebody has to look at, because they vanished or stalled:": lookedAt,
  "Whatever needs a person: failed, vanished, or stalled:": [...failed, ...lookedAt],
  "One connection:": ofTasks("21", "22"),
  "One provider:": ofTasks("t-stack"),
  "Exports only:": ofTasks("t-partial"),
  "Only the tasks of your team. Labels are yours: `POST /tasks` sets them when you track a task.": [
    "completed t-ok",
    "completed 22",
  ],
  "Tasks with a label, whatever its value:": ["completed t-partial"],
  "Tasks without that label:": completed.filter((line) => line !== "completed t-partial"),
  "Tasks with a label that begins in a certain way:": ["completed t-ok"],
  "Only live events. Use it where a replay must not do anything, such as paging people:": completed,
};
const everything = [...completed, ...lookedAt, ...discovered.map((id) => `discovered ${id}`)];

const fences = await fencesOf("subscribing.md");
const patterns = fences.filter(({ language }) => language === "json");
const templates = fences.filter(({ language }) => language === "yaml").map(({ text }) => parseTemplate(text));
const rules = templates.flatMap(rulesOf);

const nameOf = (event: DeliveredEvent) => {
  const { kind, task } = parseTaskEvent(event);
  return `${kind} ${task.nativeId}`;
};

const delivered = new Map<string, DeliveredEvent[]>();
const record = (name: string) => async (event: DeliveredEvent) => {
  delivered.set(name, [...(delivered.get(name) ?? []), event]);
};

/** Acts on everything, and is told everything twice, since two rules lead to it. */
const acted: ParsedTaskEvent[] = [];
const done = new Set<string>();
const seen: SeenEvents = {
  begin: async (id) => (done.has(id) ? "done" : "first"),
  finish: async (id) => void done.add(id),
  abandon: async () => {},
};
const subscriber = createSubscriber({ seen, act: async (event) => void acted.push(event) });

let published: Publishing;
let events: readonly DeliveredEvent[];
beforeAll(async () => {
  const everyEvent = { source: ["image-tasks"] };
  published = await publishEverything([
    ...patterns.map(({ after, text }) => ({ name: after, pattern: JSON.parse(text), target: record(after) })),
    ...rules.map(({ name, EventPattern }) => ({ name, pattern: EventPattern, target: record(name) })),
    { name: "everything", pattern: everyEvent, target: record("everything") },
    { name: "subscriber", pattern: everyEvent, target: (event) => subscriber(event) },
    { name: "subscriber-again", pattern: everyEvent, target: (event) => sleep(20).then(() => subscriber(event)) },
  ]);
  events = await published.events();
  await vi.waitFor(() => expect(delivered.get("everything")).toHaveLength(events.length));
  // The second copies come last.
  await sleep(200);
}, 60_000);
afterAll(() => published.stop());

const namesIn = (rule: string) => (delivered.get(rule) ?? []).map(nameOf).toSorted();

describe("the patterns of docs/subscribing.md", () => {
  test("are the ones that are tried here, among all events that were published", () => {
    expect(patterns.map(({ after }) => after)).toEqual(Object.keys(expected));
    expect(namesIn("everything")).toEqual(everything.toSorted());
  });

  test.each(patterns)("$after", ({ after }) => {
    const wanted = expected[after] ?? [];
    expect(namesIn(after)).toEqual(wanted.toSorted());
    expect([wanted.length > 0, wanted.length < everything.length]).toEqual([true, true]);
  });

  test("let a status through that does not exist yet, where the page says so", () => {
    const pattern = patterns.find(({ after }) => after.startsWith("Everything that ended"));
    const success = events.find((event) => nameOf(event) === "completed t-ok");
    const later = withMember(success!, "detail.data.task.status", "expired");
    expect(compileEventPattern(JSON.parse(pattern?.text ?? ""))(later)).toBe(true);
  });
});

describe("the rules of docs/subscribing.md", () => {
  test.each([
    ["FailedImports", failed],
    ["EndedImports", [...completed, "vanished t-vanished"]],
    ["ChatLine", [...failed, ...lookedAt]],
    ["ToSubscriber", everything],
  ])("%s gets what it is for", (name, wanted) => {
    expect(namesIn(name)).toEqual(wanted.toSorted());
  });

  test("are tried here, all of them", () => {
    expect(rules.map(({ name }) => name)).toEqual(["FailedImports", "EndedImports", "ChatLine", "ToSubscriber"]);
  });

  test("the chat gets one line for each, as JSON", () => {
    const transformer = rules.find(({ name }) => name === "ChatLine")?.Targets[0]?.InputTransformer;
    const lines = (delivered.get("ChatLine") ?? []).map((event) => JSON.parse(transformInput(transformer, event)));
    expect(lines.map(({ text }) => text).toSorted()).toEqual([
      "Image Task Completed: aliyun:cn-hangzhou:t-failed is failed",
      "Image Task Completed: aliyun:cn-hangzhou:t-partial is failed",
      "Image Task Completed: edge:global:22 is failed",
      "Image Task Stalled: aliyun:cn-hangzhou:t-stalled is running",
      "Image Task Vanished: aliyun:cn-hangzhou:t-vanished is vanished",
    ]);
    // A member with quotes in it, such as a message, would not survive.
    const paths = Object.values(transformer?.InputPathsMap ?? {});
    expect(paths.filter((path) => /message|nativeStatus|labels|name/.test(path))).toEqual([]);
  });
});

describe("the worked subscriber", () => {
  test("acts once on each event, although each came twice", () => {
    expect(acted.map(({ id }) => id).toSorted()).toEqual(events.map(({ detail }) => detail["id"]).toSorted());
    expect(acted.filter(({ replay }) => replay !== null)).toEqual([]);
  });

  test("drops a replay of what it has seen, and names the replay to one that has seen nothing", async () => {
    const arn = "arn:aws:events:us-east-1:000000000000";
    const client = new EventBridgeClient({
      endpoint: published.busUrl,
      region: "local",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const before = acted.length;
    const command = (ReplayName: string) =>
      new StartReplayCommand({
        ReplayName,
        EventSourceArn: `${arn}:archive/${published.busName}`,
        EventStartTime: new Date(0),
        EventEndTime: new Date(Date.now() + 60_000),
        Destination: {
          Arn: `${arn}:event-bus/${published.busName}`,
          FilterArns: [`${arn}:rule/${published.busName}/subscriber`],
        },
      });
    await client.send(command("once-more"));
    await sleep(200);
    expect(acted).toHaveLength(before);

    done.clear();
    await client.send(command("for-a-new-subscriber"));
    await vi.waitFor(() => expect(acted).toHaveLength(2 * before));
    client.destroy();
    const replayed = acted.slice(before);
    expect(new Set(replayed.map(({ replay }) => replay))).toEqual(new Set(["for-a-new-subscriber"]));
    expect(replayed.map(({ id }) => id).toSorted()).toEqual(
      acted
        .slice(0, before)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(toLine(replayed.find(({ task }) => task.nativeId === "t-ok")!)).toMatch(/t-ok .*\(replay for-a-new-/);
    // The rules that were not named got nothing again, and the pattern for live events lets no replay through.
    expect(namesIn("everything")).toHaveLength(everything.length);
    const live = patterns.find(({ after }) => after.startsWith("Only live events"));
    const isLive = compileEventPattern(JSON.parse(live?.text ?? ""));
    const completion = events.find((event) => nameOf(event) === "completed t-ok");
    expect([isLive(completion), isLive({ ...completion, "replay-name": "x" })]).toEqual([true, false]);
  });
});
