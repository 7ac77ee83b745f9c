import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startFaultyLedgerServer, throttling } from "../fakes/faulty-ledger-server.ts";
import type { FaultyLedgerServer, LedgerFault } from "../fakes/faulty-ledger-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import type { Ending } from "../sandbox/task-state.ts";
import { startGateway } from "./gateway.ts";
import { startWorld } from "./world.ts";
import type { World } from "./world.ts";

/** The functions while DynamoDB's API does not answer. */
let world: World;
let ledger: FaultyLedgerServer;
let gateway: LoopbackServer;
beforeAll(async () => {
  world = await startWorld();
  ledger = await startFaultyLedgerServer(String(world.env["AWS_ENDPOINT_URL_DYNAMODB"]));
  Object.assign(process.env, world.env, { AWS_ENDPOINT_URL_DYNAMODB: ledger.url });
  gateway = await startGateway();
  for (const nativeId of ["t-o1", "t-o2", "t-o3"]) add(nativeId, 3_600_000, { kind: "succeeded" });
  add("t-odd", 1, { kind: "failed", reportedAs: "Finished", code: "OSSReadFailed", message: "no" });
  world.clock.advance(1000);
}, 30_000);
afterAll(async () => {
  await gateway.close();
  await ledger.close();
  await world.stop();
});
afterEach(() => {
  ledger.fault = null;
});

function add(nativeId: string, runningMs: number, ending: Ending): void {
  const plan = { pendingMs: 0, runningMs, ending };
  world.clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId, action: "ImportImage", plan });
}

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly retryAfter: string | null;
  readonly ms: number;
  readonly body: { tasks: { id: string; status: string }[]; nextCursor: string | null; errors: unknown[] };
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const began = performance.now();
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetch(new URL(path, gateway.url), { method, ...sent });
  const json = (await answer.json()) as Answer["body"] & { type?: string };
  const type = json.type?.replace("urn:image-tasks:problem:", "");
  const ms = performance.now() - began;
  return { status: answer.status, type, retryAfter: answer.headers.get("retry-after"), ms, body: json };
}

const tracked = { connection: "aliyun", region: "cn-hangzhou", nativeId: "t-o1" };
const calls = [
  ["GET", "/tasks?source=ledger", undefined],
  ["GET", "/tasks?stalled=true", undefined],
  ["GET", "/tasks?pendingEvent=true", undefined],
  ["GET", "/tasks/aliyun:cn-hangzhou:t-o1", undefined],
  ["GET", "/tasks/aliyun:cn-hangzhou:t-o1?wait=20", undefined],
  ["POST", "/tasks", tracked],
  ["DELETE", "/tasks/aliyun:cn-hangzhou:t-o1", undefined],
  ["POST", "/tasks/aliyun:cn-hangzhou:t-o1/cancel", undefined],
  ["GET", "/connections", undefined],
] as const;

const passing: readonly LedgerFault[] = [
  throttling,
  { kind: "refuse", status: 500, code: "InternalServerError" },
  { kind: "reset" },
  { kind: "hang" },
];

describe.each(passing)("while the ledger does this: %j", (fault) => {
  test("every call that needs it answers 503 with Retry-After within four seconds", async () => {
    ledger.fault = fault;
    const answers = await Promise.all(
      calls.map(async ([method, path, body]) => [method, path, await ask(method, path, body)]),
    );
    const expected = { status: 503, type: "ledger-unavailable", retryAfter: "5" };
    expect(answers).toMatchObject(calls.map(([method, path]) => [method, path, expected]));
    for (const [, , { ms }] of answers as [string, string, Answer][]) expect(ms).toBeLessThan(4000);
  });

  test("GET /health is unhealthy", async () => {
    ledger.fault = fault;
    expect(await ask("GET", "/health")).toMatchObject({ status: 503, type: "unhealthy" });
  });
});

describe("a live list while the ledger throttles", () => {
  const message = "DynamoDB is throttling. Labels are missing, and ended tasks were read from their providers";

  // First in this process, so the functions have not read the cursor key.
  test("shows the tasks, and one entry says that there can be no cursor", async () => {
    ledger.fault = throttling;
    const { status, body, ms } = await ask("GET", "/tasks?connection=aliyun&limit=2");
    expect([status, body.tasks.length, body.nextCursor]).toEqual([200, 2, null]);
    expect(ms).toBeLessThan(6000);
    expect(body.errors).toEqual([
      {
        connection: null,
        region: null,
        kind: "throttled",
        code: "ProvisionedThroughputExceededException",
        message:
          "DynamoDB is throttling. There are more tasks, but nextCursor cannot be made without it. Repeat the call later",
        requestId: null,
      },
    ]);
  });

  test("reads ended tasks from their provider, and one entry says so", async () => {
    ledger.fault = throttling;
    const { status, body, ms } = await ask("GET", "/tasks?connection=aliyun");
    const states = body.tasks.map(({ id, status: state }) => [id.split(":")[2], state]);
    expect([status, states.toSorted()]).toEqual([
      200,
      [
        ["t-o1", "running"],
        ["t-o2", "running"],
        ["t-o3", "running"],
        ["t-odd", "failed"],
      ],
    ]);
    expect(body.errors).toMatchObject([{ connection: null, kind: "throttled", message }]);
    expect(ms).toBeLessThan(6000);
  });

  test("says nothing of a ledger that it does not need", async () => {
    ledger.fault = throttling;
    const { status, body } = await ask("GET", "/tasks?connection=aliyun&status=paused");
    expect([status, body.tasks.length, body.errors]).toEqual([200, 0, []]);
  });

  test("shows open tasks without their labels, and one entry says so", async () => {
    ledger.fault = throttling;
    const { status, body } = await ask("GET", "/tasks?connection=aliyun&status=running");
    expect([status, body.tasks.length]).toEqual([200, 3]);
    expect(body.errors).toMatchObject([{ connection: null, kind: "throttled", message }]);
  });

  test("answers 503 to a cursor until the function has read the key, and pages on afterwards", async () => {
    ledger.fault = throttling;
    expect(await ask("GET", "/tasks?cursor=abc")).toMatchObject({ status: 503, type: "ledger-unavailable" });
    ledger.fault = null;
    const first = await ask("GET", "/tasks?connection=aliyun&status=running&limit=2");
    expect(first.body.nextCursor).toEqual(expect.any(String));
    ledger.fault = throttling;
    const search = `connection=aliyun&status=running&limit=2&cursor=${first.body.nextCursor}`;
    const { status, body } = await ask("GET", `/tasks?${search}`);
    expect([status, body.tasks.length, body.nextCursor]).toEqual([200, 1, null]);
    expect(body.errors).toMatchObject([{ connection: null, message }]);
  });
});

describe("a ledger that waiting does not repair", () => {
  test.each(["ResourceNotFoundException", "AccessDeniedException"])("makes a %s a 500 at once", async (code) => {
    ledger.fault = { kind: "refuse", status: 400, code };
    for (const path of ["/tasks?source=ledger", "/tasks/aliyun:cn-hangzhou:t-o1", "/connections"]) {
      expect(await ask("GET", path)).toMatchObject({ status: 500, type: "internal", retryAfter: null });
    }
    expect(await ask("GET", "/health")).toMatchObject({ status: 503, type: "unhealthy" });
  });
});
