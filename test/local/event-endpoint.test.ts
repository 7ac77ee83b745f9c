import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeReplayCommand,
  EventBridgeClient,
  PutEventsCommand,
  StartReplayCommand,
} from "@aws-sdk/client-eventbridge";
import type { PutEventsRequestEntry, StartReplayCommandInput } from "@aws-sdk/client-eventbridge";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { callAsPage, foreignPages } from "../fakes/web-page.ts";
import { startEventEndpoint } from "./event-endpoint.ts";
import type { EventEndpointOptions } from "./event-endpoint.ts";
import type { DeliveredEvent } from "./event-entries.ts";
import type { Delivery } from "./event-rules.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const entry = {
  Source: "image-tasks",
  DetailType: "Image Task Completed",
  Detail: '{"id":"c0ffee"}',
  EventBusName: "tasks",
} satisfies PutEventsRequestEntry;

async function start(options: Partial<EventEndpointOptions> = {}) {
  const endpoint = await startEventEndpoint({ port: 0, rules: [], buses: ["tasks"], ...options });
  const client = new EventBridgeClient({
    endpoint: endpoint.url,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.stop();
  });
  return {
    endpoint,
    put: (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries })),
    replay: (input: StartReplayCommandInput) => client.send(new StartReplayCommand(input)),
    describeReplay: (ReplayName: string) => client.send(new DescribeReplayCommand({ ReplayName })),
    order: (path: string, body: unknown) =>
      fetch(`${endpoint.url}${path}`, { method: "POST", body: JSON.stringify(body) }),
    forget: (path: string) => fetch(`${endpoint.url}${path}`, { method: "DELETE" }),
    counts: async (): Promise<unknown> => (await fetch(endpoint.url)).json(),
    events: (query = "") => readEvents(endpoint.url, query),
  };
}

async function readEvents(url: string, query = ""): Promise<DeliveredEvent[]> {
  const answer = (await (await fetch(`${url}/events${query}`)).json()) as { events: DeliveredEvent[] };
  return answer.events;
}

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "events-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "events.jsonl");
}

describe("PutEvents", () => {
  test("answers each entry with its own id and shows the envelope as delivered", async () => {
    const { put, events } = await start();
    const time = new Date("2026-11-21T12:03:41.789Z");
    const answer = await put({ ...entry, Time: time, Resources: ["urn:image-tasks:edge:global:21"] }, entry);
    expect(answer.FailedEntryCount).toBe(0);
    const [first, second] = answer.Entries ?? [];
    expect(first?.EventId).toMatch(uuid);
    expect(second?.EventId).toMatch(uuid);
    expect(first?.EventId).not.toBe(second?.EventId);
    const [newest, oldest] = await events();
    expect(newest?.id).toBe(second?.EventId);
    expect(oldest).toEqual({
      version: "0",
      id: first?.EventId,
      "detail-type": "Image Task Completed",
      source: "image-tasks",
      account: "000000000000",
      time: "2026-11-21T12:03:41Z",
      region: "us-east-1",
      resources: ["urn:image-tasks:edge:global:21"],
      detail: { id: "c0ffee" },
    });
  });

  test.each([0, 11])("rejects the whole call when it has %i entries", async (count) => {
    const { put, events } = await start();
    await expect(put(...Array.from({ length: count }, () => entry))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(await events()).toEqual([]);
  });

  test("counts an entry against the 1 MB limit as 14 bytes of time plus the UTF-8 of its texts", async () => {
    const { put } = await start();
    const resource = "ü".repeat(50);
    const others = 14 + "image-tasks".length + "Image Task Completed".length + 100 + '{"a":""}'.length;
    const detail = (bytes: number) => JSON.stringify({ a: "x".repeat(bytes - others) });
    const timed = { ...entry, Time: new Date(0), Resources: [resource] };
    const accepted = await put({ ...timed, Detail: detail(1024 * 1024 - 1) });
    expect(accepted.FailedEntryCount).toBe(0);
    await expect(put({ ...timed, Detail: detail(1024 * 1024) })).rejects.toMatchObject({
      name: "ValidationException",
      message: "Total size of the entries in the request is over the limit.",
    });
  });

  test("rejects only the entry that lacks a field or whose detail is not a JSON object", async () => {
    const { put, events } = await start();
    const answer = await put(
      { ...entry, Source: undefined },
      { ...entry, DetailType: undefined },
      { ...entry, Detail: undefined },
      { ...entry, Detail: "{" },
      { ...entry, Detail: "[]" },
      entry,
    );
    expect(answer.FailedEntryCount).toBe(5);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      "InvalidArgument",
      "InvalidArgument",
      "InvalidArgument",
      "MalformedDetail",
      "MalformedDetail",
      undefined,
    ]);
    expect((await events()).map(({ id }) => id)).toEqual([answer.Entries?.[5]?.EventId]);
  });

  test("answers as accepted but drops an event for a bus that does not exist", async () => {
    const { put, events, counts } = await start();
    const answer = await put({ ...entry, EventBusName: "typo" }, { ...entry, EventBusName: undefined });
    expect(answer.FailedEntryCount).toBe(0);
    expect(answer.Entries?.[0]?.EventId).toMatch(uuid);
    expect(await events()).toHaveLength(1);
    expect(await counts()).toMatchObject({ accepted: 2, dropped: 1 });
  });

  test("accepts a bus given by its ARN", async () => {
    const { put, events } = await start();
    await put({ ...entry, EventBusName: "arn:aws:events:us-east-1:000000000000:event-bus/tasks" });
    expect(await events()).toHaveLength(1);
  });
});

describe("faults on demand", () => {
  test("refuses the requested number of matching entries inside a 200 answer", async () => {
    const { put, order, events } = await start();
    await order("/refusals", { times: 2, errorCode: "ThrottlingException", match: { detail: { id: ["b"] } } });
    const b = { ...entry, Detail: '{"id":"b"}' };
    const answer = await put(b, entry, b, b);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode ?? "accepted")).toEqual([
      "ThrottlingException",
      "accepted",
      "ThrottlingException",
      "accepted",
    ]);
    expect(await events()).toHaveLength(2);
  });

  test("stops refusing when the faults are deleted", async () => {
    const { put, order, forget } = await start();
    await order("/refusals", { times: 5 });
    await forget("/refusals");
    expect((await put(entry)).FailedEntryCount).toBe(0);
  });

  test.each([
    ["throttle", "ThrottlingException"],
    ["internal-failure", "InternalException"],
  ])("fails the whole call and accepts nothing when %s is requested", async (fault, name) => {
    const { put, order, events } = await start();
    await order("/faults", { times: 1, fault });
    await expect(put(entry)).rejects.toMatchObject({ name });
    expect(await events()).toEqual([]);
    expect((await put(entry)).FailedEntryCount).toBe(0);
  });

  test("keeps the events when the answer is lost", async () => {
    const { put, order, events } = await start();
    await order("/faults", { times: 1, fault: "lost-answer" });
    await expect(put(entry)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await events()).toHaveLength(1);
  });

  test("does not answer and accepts nothing when a hang is requested", async () => {
    const { put, order, events, endpoint } = await start();
    await order("/faults", { times: 1, fault: "hang" });
    const hanging = put(entry).catch((error: unknown) => error);
    const first = await Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 200, "no answer"))]);
    expect(first).toBe("no answer");
    expect(await events()).toEqual([]);
    await endpoint.stop();
    expect(await hanging).toBeInstanceOf(Error);
  });

  test("answers 400 to an invalid fault", async () => {
    const { order } = await start();
    expect((await order("/faults", { times: 1, fault: "unheard-of" })).status).toBe(400);
    expect((await order("/refusals", { times: 0 })).status).toBe(400);
    expect((await order("/refusals", { times: 1, match: { source: [{ wildcard: "*" }] } })).status).toBe(400);
  });
});

describe("GET /events", () => {
  test("lists the newest first, up to the retained number, filtered by detail type", async () => {
    const { put, events, forget } = await start({ keep: 3 });
    for (const id of ["a", "b", "c", "d"]) {
      await put({
        ...entry,
        Detail: JSON.stringify({ id }),
        DetailType: id === "c" ? "Other" : "Image Task Completed",
      });
    }
    expect((await events()).map(({ detail }) => detail["id"])).toEqual(["d", "c", "b"]);
    expect((await events("?detail-type=Image%20Task%20Completed")).map(({ detail }) => detail["id"])).toEqual([
      "d",
      "b",
    ]);
    expect(await events("?detail-type=Image%20Task%20Completed&detail-type=Other")).toHaveLength(3);
    await forget("/events");
    expect(await events()).toEqual([]);
  });

  test.each([
    ["/events?type=a&detail-type=b&type=c&limit=1", "unknown parameters: type, limit; allowed: detail-type"],
    ["/?type=a&limit=1", "unknown parameters: type, limit; none is allowed here"],
  ])("refuses unknown parameters in %s, by name, and says which are allowed", async (path, error) => {
    const { endpoint } = await start();
    const answer = await fetch(new URL(path, endpoint.url));
    expect([answer.status, await answer.json()]).toEqual([400, { error }]);
  });

  test("keeps earlier events after a restart, even when the last line was truncated", async () => {
    const path = await temporaryFile();
    const first = await start({ path });
    const answer = await first.put(entry, entry);
    await first.endpoint.stop();
    await appendFile(path, '{"version":"0","id":"cut');
    const second = await start({ path });
    await second.put(entry);
    await second.endpoint.stop();
    const third = await start({ path });
    const ids = (await third.events()).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids.slice(1)).toEqual([answer.Entries?.[1]?.EventId, answer.Entries?.[0]?.EventId]);
  });
});

describe("a web page", () => {
  test.each(foreignPages)("cannot read, publish, forget, or order faults as $page", async ({ headers }) => {
    const { endpoint, put, events, counts } = await start();
    await put(entry);
    const target = { "x-amz-target": "AWSEvents.PutEvents" };
    const calls = [
      { path: "/events", method: "GET" },
      { path: "/events", method: "OPTIONS" },
      { path: "/", method: "POST", body: JSON.stringify({ Entries: [entry] }) },
      { path: "/events", method: "DELETE" },
      { path: "/faults", method: "POST", body: '{"times":1,"fault":"throttle"}' },
      { path: "/refusals", method: "POST", body: '{"times":1}' },
    ];
    for (const { path, ...call } of calls) {
      const answer = await callAsPage(`${endpoint.url}${path}`, { ...call, headers: { ...target, ...headers } });
      expect([path, call.method, answer.status]).toEqual([path, call.method, 403]);
    }
    expect(await events()).toHaveLength(1);
    expect(await counts()).toMatchObject({ calls: 1, pending: { refusals: 0, callFaults: 0 } });
  });
});

describe("secrets", () => {
  const read = { anyOf: ["api-token", "write-secret"], whereabouts: "the API_TOKEN" };
  const write = { anyOf: ["write-secret"], whereabouts: "in a file" };
  const bearing = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });

  test("are needed for every call that changes something, and with a reader's secret for reading", async () => {
    const { endpoint } = await start({ secrets: { read, write } });
    const fault = { method: "POST", body: '{"times":1,"fault":"hang"}' };
    const statuses = async (path: string, init: RequestInit) => {
      const url = `${endpoint.url}${path}`;
      const answers = [
        fetch(url, init),
        ...["api-token", "write-secret"].map((one) => fetch(url, { ...init, ...bearing(one) })),
      ];
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await statuses("/events", {})).toEqual([401, 200, 200]);
    expect(await statuses("/", {})).toEqual([401, 200, 200]);
    expect(await statuses("/events", { method: "DELETE" })).toEqual([401, 401, 204]);
    expect(await statuses("/faults", fault)).toEqual([401, 401, 201]);
    expect(await statuses("/faults", { method: "DELETE" })).toEqual([401, 401, 204]);
    expect(await statuses("/refusals", { method: "DELETE" })).toEqual([401, 401, 204]);
    expect(await statuses("/nowhere", { method: "PUT" })).toEqual([401, 401, 404]);
  });

  test("leave reading open without a reader's secret", async () => {
    const { endpoint } = await start({ secrets: { read: undefined, write } });
    expect((await fetch(`${endpoint.url}/events`)).status).toBe(200);
    expect((await fetch(`${endpoint.url}/events`, { method: "DELETE" })).status).toBe(401);
  });

  test("let the SDK publish that signs with the secret as its access key id, and no other", async () => {
    const { endpoint, put, events } = await start({ secrets: { read: undefined, write } });
    await expect(put(entry)).rejects.toMatchObject({ $metadata: { httpStatusCode: 401 } });
    const credentials = { accessKeyId: "write-secret", secretAccessKey: "any" };
    const client = new EventBridgeClient({ endpoint: endpoint.url, region: "local", credentials, maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    expect((await client.send(new PutEventsCommand({ Entries: [entry] }))).FailedEntryCount).toBe(0);
    expect(await events()).toHaveLength(1);
  });
});

describe("rules", () => {
  test("deliver to the targets whose pattern matches and retry a failing target three times", async () => {
    const seen: string[] = [];
    const deliveries: Delivery[] = [];
    const { put } = await start({
      retryDelaysMs: [1, 1, 1],
      onDelivery: (delivery) => deliveries.push(delivery),
      rules: [
        {
          name: "completed",
          pattern: { "detail-type": ["Image Task Completed"] },
          target: async (event) => void seen.push(event.id),
        },
        {
          name: "stalled",
          pattern: { "detail-type": ["Image Task Stalled"] },
          target: async () => void seen.push("no"),
        },
        {
          name: "other bus",
          bus: "default",
          pattern: { source: ["image-tasks"] },
          target: async () => void seen.push("no"),
        },
        { name: "failing", pattern: { source: ["image-tasks"] }, target: () => Promise.reject(new Error("broken")) },
      ],
    });
    const answer = await put(entry);
    await vi.waitFor(() => expect(deliveries).toHaveLength(5));
    expect(seen).toEqual([answer.Entries?.[0]?.EventId]);
    const failing = deliveries.filter(({ rule }) => rule === "failing").map(({ attempt }) => attempt);
    expect(failing).toEqual([1, 2, 3, 4]);
  });

  test("fail the start when a pattern contains an unknown operator", async () => {
    const rule = { name: "wild", pattern: { source: [{ wildcard: "*" }] }, target: async () => {} };
    await expect(startEventEndpoint({ port: 0, rules: [rule] })).rejects.toThrow("operator wildcard");
  });
});

describe("StartReplay", () => {
  const arn = "arn:aws:events:us-east-1:000000000000";
  const span = {
    ReplayName: "after-the-outage",
    EventSourceArn: `${arn}:archive/tasks`,
    EventStartTime: new Date("2026-11-21T12:00:00Z"),
    EventEndTime: new Date("2026-11-21T13:00:00Z"),
    Destination: { Arn: `${arn}:event-bus/tasks` },
  };
  const at = (time: string) => ({ ...entry, Time: new Date(time) });

  async function startWithTwoRules() {
    const seen: [string, DeliveredEvent][] = [];
    const rule = (name: string) => ({
      name,
      pattern: { source: ["image-tasks"] },
      target: async (event: DeliveredEvent) => void seen.push([name, event]),
    });
    const bus = await start({ rules: [rule("first"), rule("second")] });
    await bus.put(at("2026-11-21T11:59:59Z"), at("2026-11-21T12:00:00Z"), at("2026-11-21T12:30:00Z"));
    await bus.put(at("2026-11-21T13:00:00Z"));
    await vi.waitFor(() => expect(seen).toHaveLength(8));
    return { ...bus, seen, live: seen.splice(0) };
  }

  test("delivers the events of a time span again, oldest first, with the name of the replay", async () => {
    const { replay, events, seen, live } = await startWithTwoRules();
    const answer = await replay(span);
    expect(answer).toMatchObject({ State: "STARTING", ReplayArn: `${arn}:replay/after-the-outage` });
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    const first = seen.filter(([rule]) => rule === "first").map(([, event]) => event);
    expect(first.map(({ time }) => time)).toEqual(["2026-11-21T12:00:00Z", "2026-11-21T12:30:00Z"]);
    const originals = live.filter(([rule]) => rule === "first").map(([, event]) => event);
    expect(first).toEqual(originals.slice(1, 3).map((event) => ({ ...event, "replay-name": "after-the-outage" })));
    expect(await events()).toHaveLength(4);
  });

  test("delivers to the named rules only", async () => {
    const { replay, seen } = await startWithTwoRules();
    await replay({ ...span, Destination: { ...span.Destination, FilterArns: [`${arn}:rule/tasks/second`] } });
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(seen.map(([rule]) => rule)).toEqual(["second", "second"]);
  });

  test.each([
    ["ValidationException", { ReplayName: "no blanks" }],
    ["ValidationException", { EventEndTime: span.EventStartTime }],
    ["ValidationException", { Destination: { Arn: `${arn}:event-bus/default` } }],
    ["ValidationException", { Destination: { Arn: `${arn}:rule/tasks/first` } }],
    ["ResourceNotFoundException", { EventSourceArn: `${arn}:archive/other` }],
  ])("is refused with %s: %j", async (name, change) => {
    const { replay } = await start();
    await expect(replay({ ...span, ...change })).rejects.toMatchObject({ name });
  });

  test.each([
    ["unknown", "rule/tasks/third", "Rule third does not exist on EventBus tasks. Rules of tasks: first, second."],
    [
      "of another bus",
      "rule/other/first",
      "Rule first does not exist on EventBus other. Rules of tasks: first, second.",
    ],
    [
      "of the default bus",
      "rule/first",
      "Rule first does not exist on EventBus default. Rules of tasks: first, second.",
    ],
  ])("is refused with a rule that is %s, and delivers nothing", async (_what, rule, message) => {
    const { replay, seen } = await startWithTwoRules();
    const FilterArns = [`${arn}:rule/tasks/second`, `${arn}:${rule}`];
    const answer = replay({ ...span, Destination: { ...span.Destination, FilterArns } });
    await expect(answer).rejects.toMatchObject({ name: "ResourceNotFoundException", message });
    expect(seen).toEqual([]);
    // The name is still free.
    await replay({ ...span, Destination: { ...span.Destination, FilterArns: FilterArns.slice(0, 1) } });
  });

  test("can be limited to a rule of the default bus, whose ARN names no bus", async () => {
    const rule = { name: "ops", bus: "default", pattern: { source: ["image-tasks"] }, target: async () => {} };
    const { replay } = await start({ rules: [rule] });
    const Destination = { Arn: `${arn}:event-bus/default`, FilterArns: [`${arn}:rule/ops`] };
    const answer = await replay({ ...span, EventSourceArn: `${arn}:archive/default`, Destination });
    expect(answer.State).toBe("STARTING");
  });

  test("is the only operation besides PutEvents, as the refusal of another one says", async () => {
    const { describeReplay } = await start();
    await expect(describeReplay("after-the-outage")).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: "This endpoint knows PutEvents and StartReplay only.",
    });
  });

  test("takes each name once", async () => {
    const { replay } = await start();
    await replay(span);
    await expect(replay(span)).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
  });
});
