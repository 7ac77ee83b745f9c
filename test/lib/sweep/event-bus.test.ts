import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Delivery } from "../../../lib/domain/events.ts";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { TaskEvent } from "../../../lib/domain/events.ts";
import { createEventBridgeBus, entryBytes, maxCallBytes, planCalls } from "../../../lib/sweep/event-bus.ts";
import type { EventBus } from "../../../lib/sweep/event-bus.ts";
import { explain } from "../../fakes/explain.ts";
import { listenHttp, listenHttps } from "../../fakes/loopback-server.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { startEventEndpoint } from "../../local/event-endpoint.ts";
import type { EventEndpoint } from "../../local/event-endpoint.ts";

const signal = new AbortController().signal;
const accepted = { accepted: true };

let endpoint: EventEndpoint;
let bus: EventBus;
beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  endpoint = await startEventEndpoint({ port: 0, rules: [], buses: ["tasks"] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});
beforeEach(async () => {
  bus = createEventBridgeBus({
    region: "local",
    busName: "tasks",
    explain,
    endpoint: endpoint.url,
    answerTimeoutMs: 300,
  });
  for (const path of ["events", "refusals", "faults"]) await fetch(`${endpoint.url}/${path}`, { method: "DELETE" });
});

function completed(nativeId: string, nativeStatus = "Finished"): TaskEvent {
  const task = sampleTask({ nativeId, status: "succeeded", nativeStatus });
  const transition = { kind: "completed", task, previousStatus: "running", sequence: 2, generation: 1 } as const;
  return transitionToEvent({ ...transition, occurrence: "", atMs: Date.parse("2026-01-31T13:00:01.250Z") });
}

function several(count: number, nativeStatus?: string): TaskEvent[] {
  return Array.from({ length: count }, (_, n) => completed(`t-${n}`, nativeStatus));
}

/** The detail as it is sent. */
function shown({ detail }: TaskEvent): unknown {
  return { ...detail, data: { ...detail.data, task: explain(detail.data.task) } };
}

async function order(path: "refusals" | "faults", body: object): Promise<void> {
  await fetch(`${endpoint.url}/${path}`, { method: "POST", body: JSON.stringify(body) });
}

async function calls(): Promise<number> {
  const counts: { calls: number } = JSON.parse(await (await fetch(endpoint.url)).text());
  return counts.calls;
}

async function onTheBus(): Promise<{ "detail-type": string; source: string; time: string; detail: unknown }[]> {
  const answer = await fetch(`${endpoint.url}/events`);
  return JSON.parse(await answer.text()).events.toReversed();
}

function reasons(deliveries: readonly Delivery[]): string[] {
  return [...new Set(deliveries.map((delivery) => (delivery.accepted ? "accepted" : delivery.reason)))];
}

describe("createEventBridgeBus()", () => {
  test("publish() puts an event on the named bus with its source, type, time, and detail", async () => {
    const event = completed("t-1");
    expect(await bus.publish([event], signal)).toEqual([accepted]);
    expect(await onTheBus()).toMatchObject([
      { source: "image-tasks", "detail-type": "Image Task Completed", time: "2026-01-31T13:00:01Z" },
    ]);
    const [envelope] = await onTheBus();
    expect(JSON.stringify(envelope?.detail)).toBe(JSON.stringify(shown(event)));
  });

  test("publish() adds the explanations of a failed task and its sub-operations, and leaves the event as it is", async () => {
    const error = { code: "InvalidOSSObject.NotFound", message: "" };
    const unknown = { code: "ParameterInvalid", message: "" };
    const operation = { status: "failed", nativeStatus: "Failed", warning: null, related: {} } as const;
    const task = sampleTask({
      status: "failed",
      error,
      operations: [
        { ...operation, error },
        { ...operation, error: unknown },
      ],
    });
    const { detailType, detail } = completed("t-1");
    const event = { detailType, detail: { ...detail, data: { ...detail.data, task } } };
    const before = JSON.stringify(event);
    await bus.publish([event], signal);
    const [envelope] = await onTheBus();
    const explanation = { retry: "after-remedy", certainty: "documented", retryCertainty: "inferred" };
    expect(envelope?.detail).toMatchObject({
      data: { task: { error, explanation, operations: [{ explanation }, { error: unknown, explanation: null }] } },
    });
    expect(JSON.stringify(event)).toBe(before);
  });

  test("publish() makes no call when there is nothing to publish", async () => {
    const before = await calls();
    expect(await bus.publish([], signal)).toEqual([]);
    expect((await calls()) - before).toBe(0);
  });

  test("publish() sends ten events per call and returns the results in order", async () => {
    const before = await calls();
    const events = several(23);
    expect(await bus.publish(events, signal)).toEqual(events.map(() => accepted));
    expect((await calls()) - before).toBe(3);
    expect((await onTheBus()).map(({ detail }) => detail)).toEqual(events.map(shown));
  });

  test("publish() distinguishes the refused entries from the accepted ones of the same call", async () => {
    const events = several(12);
    const match = { detail: { subject: ["aliyun:cn-hangzhou:t-3", "aliyun:cn-hangzhou:t-11"] } };
    await order("refusals", { times: 2, errorCode: "ThrottlingException", match });
    const deliveries = await bus.publish(events, signal);
    const refused = { accepted: false, reason: "EventBridge refused the entry: ThrottlingException" };
    expect(deliveries).toEqual(events.map((_, n) => (n === 3 || n === 11 ? refused : accepted)));
    expect(await onTheBus()).toHaveLength(10);
  });

  test("publish() returns a reason for every event of a failed call and continues with the next call", async () => {
    await order("faults", { times: 1, fault: "throttle" });
    const before = await calls();
    const deliveries = await bus.publish(several(15), signal);
    expect(reasons(deliveries.slice(0, 10))).toEqual(["PutEvents was refused: ThrottlingException"]);
    expect(reasons(deliveries.slice(10))).toEqual(["accepted"]);
    // One attempt per call; the caller decides about retries.
    expect((await calls()) - before).toBe(2);
  });

  test("publish() does not count a lost response as a delivery", async () => {
    await order("faults", { times: 1, fault: "lost-answer" });
    const deliveries = await bus.publish(several(2), signal);
    expect(deliveries).toHaveLength(2);
    expect(reasons(deliveries)).toEqual([expect.stringMatching(/^PutEvents got no answer: \w+$/)]);
    expect(await onTheBus()).toHaveLength(2);
  });

  test("publish() stops after two consecutive calls without a response", async () => {
    await order("faults", { times: 9, fault: "hang" });
    const before = await calls();
    const deliveries = await bus.publish(several(45), signal);
    expect((await calls()) - before).toBe(2);
    expect(deliveries).toHaveLength(45);
    expect(reasons(deliveries)).toEqual([
      "PutEvents got no answer: TimeoutError",
      "not sent: PutEvents did not answer the previous calls",
    ]);
  });

  test("publish() continues after a single call without a response", async () => {
    await order("faults", { times: 1, fault: "hang" });
    const deliveries = await bus.publish(several(25), signal);
    expect(deliveries.map((delivery) => delivery.accepted)).toEqual([
      ...Array.from({ length: 10 }, () => false),
      ...Array.from({ length: 15 }, () => true),
    ]);
  });

  test("publish() resolves with reasons when aborted or when nothing listens", async () => {
    expect(reasons(await bus.publish(several(1), AbortSignal.abort()))).toEqual([
      "PutEvents got no answer: AbortError",
    ]);
    const nobody = createEventBridgeBus({ region: "local", busName: "tasks", explain, endpoint: "http://127.0.0.1:1" });
    expect(reasons(await nobody.publish(several(1), signal))).toEqual([
      expect.stringMatching(/^PutEvents got no answer: /),
    ]);
  });

  const results = [{ EventId: "1" }, { EventId: "2", ErrorCode: "X" }, {}];

  async function startBusAnswering(entries: readonly object[] | undefined): Promise<EventBus> {
    const server = await listenHttp((_request, response) => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: entries }));
    });
    onTestFinished(() => server.close());
    return createEventBridgeBus({ region: "local", busName: "tasks", explain, endpoint: server.url.href });
  }

  test("publish() does not count a result without an event id as a delivery", async () => {
    expect(await (await startBusAnswering(results)).publish(several(3), signal)).toEqual([
      accepted,
      { accepted: false, reason: "EventBridge refused the entry: X" },
      { accepted: false, reason: "EventBridge refused the entry: no event id" },
    ]);
  });

  test.each([
    [results, 4, "3 results instead of 4"],
    [results, 2, "3 results instead of 2"],
    [[], 1, "0 results instead of 1"],
    [undefined, 1, "0 results instead of 1"],
  ])("publish() counts no entry as accepted when the response holds %j for %i entries", async (rows, sent, told) => {
    const deliveries = await (await startBusAnswering(rows)).publish(several(sent), signal);
    expect(deliveries).toHaveLength(sent);
    expect(reasons(deliveries)).toEqual([`PutEvents returned ${told}, so no entry counts as accepted`]);
  });

  test("publish() does not count a response without results as a delivery with a custom client", async () => {
    const client = new EventBridgeClient({ region: "local" });
    client.middlewareStack.add(() => async () => ({ response: {}, output: { $metadata: {} } }), { step: "initialize" });
    const own = createEventBridgeBus({ client, busName: "tasks", explain });
    expect(await own.publish(several(1), signal)).toEqual([
      { accepted: false, reason: "PutEvents returned 0 results instead of 1, so no entry counts as accepted" },
    ]);
  });

  test("publish() resolves when something other than an error is thrown", async () => {
    const client = new EventBridgeClient({ region: "local" });
    client.middlewareStack.add(() => async () => Promise.reject("a text"), { step: "initialize" });
    const own = createEventBridgeBus({ client, busName: "tasks", explain });
    expect(await own.publish(several(1), signal)).toEqual([
      { accepted: false, reason: "PutEvents got no answer: unknown error" },
    ]);
  });

  test("publish() signs with the given credentials, or else with those of the environment", async () => {
    const keyIds: (string | undefined)[] = [];
    const server = await listenHttp((request, response) => {
      keyIds.push(/Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1]);
      response.end("{}");
    });
    onTestFinished(() => server.close());
    const where = { region: "local", busName: "tasks", explain, endpoint: server.url.href };
    await createEventBridgeBus(where).publish(several(1), signal);
    const credentials = { accessKeyId: "OWN", secretAccessKey: "own" };
    await createEventBridgeBus({ ...where, credentials }).publish(several(1), signal);
    expect(keyIds).toEqual(["local", "OWN"]);
  });

  test("publish() connects through the given agent", async () => {
    const tls = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
    const server = await listenHttps({ key: tls("server-key"), cert: tls("server") }, (_request, response) => {
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] }));
    });
    const httpsAgent = new Agent({ ca: tls("ca") });
    onTestFinished(async () => {
      httpsAgent.destroy();
      await server.close();
    });
    const where = { region: "local", busName: "tasks", explain, endpoint: server.url.href };
    expect(await createEventBridgeBus({ ...where, httpsAgent }).publish(several(1), signal)).toEqual([accepted]);
    expect(reasons(await createEventBridgeBus(where).publish(several(1), signal))).toEqual([
      expect.stringMatching(/^PutEvents got no answer: /),
    ]);
  });

  test("publish() keeps each call under the byte limit and sends a larger entry alone", async () => {
    const before = await calls();
    const events = [...several(3, "x".repeat(100_000)), ...several(1, "x".repeat(300_000)), ...several(2)];
    expect(await bus.publish(events, signal)).toEqual(events.map(() => accepted));
    // 2 of 100 KB, 1 of 100 KB, 1 of 300 KB, 2 small ones.
    expect((await calls()) - before).toBe(4);
  });
});

describe("entryBytes()", () => {
  test("counts the UTF-8 bytes of every member and 14 for a time", () => {
    expect(entryBytes({})).toBe(0);
    expect(entryBytes({ Time: new Date(0) })).toBe(14);
    expect(
      entryBytes({
        Time: new Date(0),
        Source: "image-tasks",
        DetailType: "Zürich",
        Detail: '{"a":"日本"}',
        Resources: ["a", "éé"],
        EventBusName: "is not counted",
      }),
    ).toBe(14 + 11 + 7 + 14 + 1 + 4);
  });
});

describe("planCalls()", () => {
  const entry = (bytes: number) => ({ Detail: "x".repeat(bytes) });
  const sizes = (...bytes: number[]) => planCalls(bytes.map(entry)).map((call) => call.map(entryBytes));

  test("plans no call when there is nothing to send", () => {
    expect(planCalls([])).toEqual([]);
  });

  test("fills a call exactly to the limit", () => {
    expect(sizes(maxCallBytes - 1, 1, 1)).toEqual([[maxCallBytes - 1, 1], [1]]);
    expect(sizes(maxCallBytes, 1)).toEqual([[maxCallBytes], [1]]);
    expect(sizes(1, maxCallBytes + 1, 1)).toEqual([[1], [maxCallBytes + 1], [1]]);
  });

  test("puts ten entries into a call and the eleventh into the next", () => {
    expect(planCalls(Array.from({ length: 21 }, () => entry(1))).map((call) => call.length)).toEqual([10, 10, 1]);
  });
});
