import * as z from "zod/mini";
import { type Answer, type CloudName, cloudNames, type Exchange, type RecordedRequest } from "./exchange.ts";
import { faultKinds, type Faults } from "./faults.ts";
import { listenOnLoopback, type LoopbackServer } from "./loopback-server.ts";
import { type Defined, planSchema, withoutUndefined } from "./plan-schema.ts";
import { readBody } from "./read-body.ts";
import type { SandboxTasks, TaskView } from "./tasks.ts";
import type { World } from "./world.ts";

/**
 * The control port, for tests in another process:
 * - `GET /tasks` returns the true state, `POST /tasks` adds a task with a plan;
 * - `GET /faults`, `POST /faults`, `DELETE /faults`;
 * - `POST /credentials` replaces the credential of a cloud;
 * - `GET /requests`, `DELETE /requests`;
 * - `GET /clock`, `POST /clock` `{ "advanceMs": 60000 }` if the clock can be set.
 */

export interface ControlOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: { now(): number; advance?(ms: number): void };
  readonly faults: Faults;
  readonly tasks: SandboxTasks;
  readonly keys: World["keys"];
  readonly requests: Readonly<Record<CloudName, RecordedRequest[]>>;
}

const text = () => z.string();
const headerName = () => z.string().check(z.regex(/^[A-Za-z0-9-]+$/));
const headerValue = () => z.string().check(z.regex(/^[\t\x20-\x7e]*$/));
const duration = () => z.number().check(z.nonnegative());

export const NewTask = z.strictObject({
  cloud: z.enum(cloudNames),
  nativeId: z.optional(text()),
  region: z.optional(text()),
  action: text(),
  createdAtMs: z.optional(z.number()),
  imageId: z.optional(text()),
  imageName: z.optional(text()),
  plan: planSchema,
});

export const Fault = z.strictObject({
  cloud: z.enum(cloudNames),
  api: z.optional(text()),
  kind: z.enum(faultKinds),
  status: z.optional(z.int().check(z.minimum(200), z.maximum(599))),
  ms: z.optional(duration()),
  code: z.optional(text()),
  message: z.optional(text()),
  body: z.optional(text()),
  headers: z.optional(z.record(headerName(), z.nullable(headerValue()))),
  times: z.optional(z.union([z.int().check(z.positive()), z.literal("always")])),
  probability: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
});

const Credential = z.discriminatedUnion("cloud", [
  z.strictObject({
    cloud: z.literal("alibaba-ecs"),
    accessKeyId: text(),
    accessKeySecret: text(),
    securityToken: z.optional(text()),
  }),
  z.strictObject({ cloud: z.literal("apsara-route"), appKey: text(), appSecret: text() }),
  z.strictObject({
    cloud: z.literal("tencent-ecm"),
    secretId: text(),
    secretKey: text(),
    token: z.optional(text()),
  }),
]);

const Advance = z.strictObject({ advanceMs: duration() });

export function serveControl(options: ControlOptions): Promise<LoopbackServer> {
  return listenOnLoopback({
    name: "the control endpoint",
    host: options.host,
    port: options.port,
    maxBodyBytes: 1_048_576,
    now: () => Date.now(),
    handle: async (exchange) => ({ kind: "answer", answer: route(exchange, options) }),
    tooLarge: () => reply(413, { error: "The body is too large." }),
    brokenInside: (error) => reply(400, { error: error instanceof Error ? error.message : "Bad request." }),
  });
}

function route(exchange: Exchange, options: ControlOptions): Answer {
  const { tasks, faults, requests, clock } = options;
  switch (`${exchange.method} ${exchange.path}`) {
    case "GET /tasks":
      return reply(200, { now: tasks.now(), tasks: tasks.all().map(describeTask), ended: tasks.endedTasks() });
    case "POST /tasks":
      return reply(201, tasks.addTask(withoutUndefined(readBody(exchange.body, NewTask))));
    case "GET /faults":
      return reply(200, { faults: faults.pending() });
    case "POST /faults":
      faults.add(withoutUndefined(readBody(exchange.body, Fault)));
      return reply(201, { faults: faults.pending() });
    case "DELETE /faults":
      faults.clear();
      return reply(204, null);
    case "POST /credentials":
      rotate(options.keys, withoutUndefined(readBody(exchange.body, Credential)));
      return reply(204, null);
    case "GET /requests":
      return reply(200, { requests: cloudNames.flatMap((cloud) => requests[cloud]).sort((a, b) => a.atMs - b.atMs) });
    case "DELETE /requests":
      for (const cloud of cloudNames) requests[cloud].length = 0;
      return reply(204, null);
    case "GET /clock":
      return reply(200, { now: clock.now() });
    case "POST /clock":
      return advance(clock, readBody(exchange.body, Advance).advanceMs);
    default:
      return reply(404, { error: "There is no such call." });
  }
}

function rotate(keys: World["keys"], next: Defined<z.infer<typeof Credential>>): void {
  switch (next.cloud) {
    case "alibaba-ecs":
      keys.alibabaEcs.rotate(next);
      return;
    case "apsara-route":
      keys.apsaraRoute.rotate(next);
      return;
    case "tencent-ecm":
      keys.tencentEcm.rotate(next);
      return;
  }
}

function advance(clock: ControlOptions["clock"], advanceMs: number): Answer {
  if (clock.advance === undefined) return reply(409, { error: "This clock cannot be driven." });
  clock.advance(advanceMs);
  return reply(200, { now: clock.now() });
}

function describeTask({ task, state }: TaskView): Record<string, unknown> {
  const { plan: _plan, ...rest } = task;
  return { ...rest, ...state };
}

function reply(status: number, body: unknown): Answer {
  const content = body === null ? "" : JSON.stringify(body);
  return { status, headers: { "content-type": "application/json" }, body: content, code: null, requestId: null };
}
