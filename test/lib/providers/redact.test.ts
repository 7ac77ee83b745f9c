import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { CloudClient, NativeTask, Provider } from "../../../lib/domain/provider.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import { normalizeTaskAttribute } from "../../../lib/providers/alibaba-ecs/normalize.ts";
import { normalizePage } from "../../../lib/providers/apsara-route/normalize.ts";
import { completeTask, createProvider } from "../../../lib/providers/create-provider.ts";
import { describeProvider } from "../../../lib/providers/descriptor.ts";
import { readImageTask } from "../../../lib/providers/tencent-ecm/normalize.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createSubscriber } from "../../local/subscriber.ts";

const { signal } = new AbortController();
const target = { connection: "sky", provider: "nimbus", region: "west" };
const capabilities = { batchSize: 100, listsWithoutIds: true, reportsProgress: false, cancels: true };

const secret = "hV9kQ2wZ7rT4";
const url = `https://h/o?Signature=${secret}`;
/** Acts on a terminal, hides what follows, and holds a secret under a name that invisible characters split up. */
const hostile = `\u001b[2K\ra\u009b1A\u202e\u2066b\u200b\u{e0041}\ud800\u2028 Signa\u200bture=${secret} ${url}\u0007`;
const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|hV9k/u;

/** A task of an adapter that passes everything on as the provider wrote it. */
const carelessTask: NativeTask = {
  nativeId: "n-1",
  action: "import-image",
  nativeAction: hostile,
  status: "failed",
  nativeStatus: hostile,
  statusReason: hostile,
  partial: false,
  progress: unknownProgress,
  resource: { type: "image", id: hostile, name: hostile },
  error: { code: hostile, message: hostile },
  operations: [
    {
      status: "failed",
      nativeStatus: hostile,
      error: { code: hostile, message: hostile },
      warning: { code: hostile, message: hostile },
      related: { [hostile]: hostile },
    },
  ],
  cancelable: null,
  createdAt: hostile,
  finishedAt: `2026-01-01T00:00:00Z${hostile}`,
  nativeTimes: { createdAt: hostile, finishedAt: hostile, zoneAssumed: false },
  observedAt: "2026-01-31T12:00:00.000Z",
  requestId: hostile,
};

function carelessProvider(changes: Partial<CloudClient> = {}): Provider {
  const rows = {
    sightings: [{ task: carelessTask, needsDetail: false }],
    unreadable: [{ nativeId: hostile, reason: hostile }],
  };
  const client: CloudClient = {
    nativeIdProblem: () => undefined,
    async *list() {
      yield { ...rows, next: null };
    },
    getMany: async () => rows,
    get: async () => carelessTask,
    resolve: async () => ({ reason: hostile }),
    ...changes,
  };
  return createProvider(client, { target, capabilities, clockSkewMs: () => null });
}

/** Every text in the value, including names of members, where there is something to say. */
function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  JSON.parse(JSON.stringify(value), (name, member) => {
    texts.push(name, ...(typeof member === "string" ? [member] : []));
    return member;
  });
  return texts.filter((text) => text !== "");
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const calls: readonly (readonly [string, (provider: Provider) => Promise<unknown>])[] = [
  ["list()", (provider) => all(provider.list({}, signal))],
  ["getMany()", (provider) => provider.getMany(["n-1"], signal)],
  ["get()", (provider) => provider.get("n-1", signal)],
  ["resolve()", async (provider) => provider.resolve?.("n-1", signal)],
];

describe("a careless adapter", () => {
  test.each(calls)("shows plain texts without a credential in %s", async (_name, call) => {
    const texts = textsIn(await call(carelessProvider()));
    expect(texts.filter((text) => forbidden.test(text))).toEqual([]);
    expect(texts.join(" ")).toContain("[redacted]");
  });

  test.each(calls)("ends %s with a plain error of bounded length", async (_name, call) => {
    const fail = () => {
      throw new ProviderError("unavailable", `\u001b[2K\r\u202e${"x".repeat(2000)}`, {
        code: `\u0007${"c ".repeat(100)}`,
        requestId: "r\u200b1",
        retry: "backoff",
        scope: "id",
        retryAfterMs: 7,
        serverTimeMs: 8,
      });
    };
    const provider = carelessProvider({ list: fail, getMany: fail, get: fail, resolve: fail });
    await expect(call(provider)).rejects.toMatchObject({
      kind: "unavailable",
      message: `${"x".repeat(999)}…`,
      code: `${"c ".repeat(63)}c…`,
      requestId: "r1",
      retry: "backoff",
      scope: "id",
      retryAfterMs: 7,
      serverTimeMs: 8,
    });
  });

  test.each(calls)(
    "shows no credential in the code and the request id of an error outside a call: %s",
    async (_name, call) => {
      const fail = () => {
        throw new ProviderError("malformed", "odd", { code: `token=${secret}`, requestId: `x-token:${secret}` });
      };
      const provider = carelessProvider({ list: fail, getMany: fail, get: fail, resolve: fail });
      await expect(call(provider)).rejects.toMatchObject({ code: "token=[redacted]", requestId: "x-token:[redacted]" });
    },
  );

  test.each(["n-\u00001", "n-\u200b1", "n-\u202e1", "n-\ud800", "n-\u20281", ""])(
    "does not alter the id %j, and shows no task under it",
    async (nativeId) => {
      const task = { ...carelessTask, nativeId };
      const provider = carelessProvider({
        get: async () => task,
        getMany: async () => ({ sightings: [{ task, needsDetail: false }], unreadable: [{ nativeId, reason: "odd" }] }),
        resolve: async () => ({ nativeId }),
      });
      const reason = "the id is empty, not plain text, or over 200 characters";
      await expect(provider.get("n-1", signal)).rejects.toMatchObject({ kind: "malformed", message: reason });
      expect(await provider.getMany(["n-1"], signal)).toEqual({
        sightings: [],
        unreadable: [
          { nativeId: null, reason: "odd" },
          { nativeId: null, reason },
        ],
      });
      expect(await provider.resolve?.("n-1", signal)).toEqual({ reason });
    },
  );

  test("shows no time that is not RFC 3339", async () => {
    const task = await carelessProvider().get("n-1", signal);
    expect([task?.createdAt, task?.finishedAt]).toEqual([null, null]);
    const exact = { ...carelessTask, createdAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:00.123Z" };
    expect(await carelessProvider({ get: async () => exact }).get("n-1", signal)).toMatchObject({
      createdAt: "2026-01-01T00:00:00Z",
      finishedAt: "2026-01-01T00:00:00.123Z",
    });
  });

  test("shows the first hundred of a million operations, and says that others were cut", async () => {
    const [operation = never()] = carelessTask.operations;
    const operations = Array.from({ length: 1_000_000 }, () => operation);
    const task = await carelessProvider({ get: async () => ({ ...carelessTask, operations }) }).get("n-1", signal);
    expect(task?.operations).toHaveLength(100);
    expect(task?.truncated).toContain("operations");
  });

  test("keeps the blanks of a name without a credential, because filters compare it", async () => {
    const resource = { type: "image", id: null, name: "golden  image\u00a07" } as const;
    const task = await carelessProvider({ get: async () => ({ ...carelessTask, resource }) }).get("n-1", signal);
    expect(task?.resource?.name).toBe("golden  image\u00a07");
  });
});

function never(): never {
  throw new Error("there is no operation");
}

describe("a refusal that an adapter passes on", () => {
  /** A cloud whose every answer is thrown as it came. */
  const parrot = describeProvider({
    name: "parrot",
    endpointHosts: [],
    callsPerSecond: 1,
    capabilities,
    errors: [],
    trials: [],
    failures: [],
    connection: {},
    credential: { token: z.string() },
    regionsOf: () => ["global"],
    create: (_members, { call, credential }) => ({
      nativeIdProblem: () => undefined,
      async *list() {},
      getMany: async () => ({ sightings: [], unreadable: [] }),
      get: (_id, stop) =>
        call(
          {
            api: "talk",
            safeToRepeat: true,
            async sign(attempt) {
              await credential({ fresh: attempt.freshCredential, call: attempt.call });
              return { method: "GET", url: new URL("https://h/"), headers: {}, body: "" };
            },
            read({ body }) {
              throw new ProviderError("bad-request", body, { code: body, requestId: body });
            },
          },
          stop,
        ),
    }),
  });

  function parrotSaying(body: string, resolve = async () => "t0k3n"): Provider {
    const clock = createManualClock(0);
    const call = createCaller({
      transport: async () => ({ status: 200, headers: {}, body }),
      clock,
      random: { next: () => 0.5, nonce: () => "nonce" },
      rate: { perSecond: 1000, burst: 1000 },
      deadlineMs: 1000,
      maxTries: 1,
    });
    const connection = { name: "p", provider: "parrot", credential: { token: "ssm:/prod/accessKeySecret" } };
    return parrot.create(connection, "global", { call, clock, secrets: { resolve } });
  }

  test("holds neither a credential nor a control character", async () => {
    const error = await parrotSaying(hostile)
      .get("1", signal)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof ProviderError)) throw new Error("no ProviderError was thrown");
    const texts = [error.message, error.code ?? "", error.requestId ?? ""];
    expect(texts.filter((text) => forbidden.test(text))).toEqual([]);
    expect(texts.every((text) => text.includes("[redacted]"))).toBe(true);
  });

  test("is not confused with our own words about a secret, which name its place", async () => {
    const message = "cannot read ssm:/prod/accessKeySecret: AccessDeniedException";
    const provider = parrotSaying("", () => Promise.reject(new ProviderError("unauthorized", message)));
    await expect(provider.get("1", signal)).rejects.toMatchObject({ kind: "unauthorized", message });
  });
});

describe("a hostile reason of a failure", () => {
  const said = "Odd\u001b[2K\r12:00:00  Image Task Completed  sky:west:t-9  running -> succeeded";
  const context = { observedAt: "2026-01-31T12:00:00.000Z", requestId: null };
  const row = {
    TaskId: "t-1",
    TaskStatus: "Failed",
    TaskAction: "ExportImage",
    OperationProgressSet: {
      OperationProgress: [
        {
          OperationStatus: "Failed",
          ErrorCode: said,
          ErrorMsg: said,
          RelatedItemSet: { RelatedItem: [{ Name: "OSSObject", Value: url }] },
        },
      ],
    },
  };
  const image = { nativeId: "21", imageId: null, imageName: null, zoneMinutes: 0, ...context };

  function tasks(): NativeTask[] {
    const [sighting] = normalizePage({ payload: { TaskSet: { Task: [row] } }, requestId: null }, context).sightings;
    const reading = readImageTask({ State: "FAILED", Message: said, ImageName: url }, image);
    if (sighting === undefined || !("task" in reading)) throw new Error("a row was not read");
    return [normalizeTaskAttribute(row, context), sighting.task, reading.task];
  }

  test("prints one line in a subscriber's terminal, whatever the cloud", async () => {
    for (const task of tasks()) {
      const lines: string[] = [];
      const subscriber = createSubscriber({ print: (line) => void lines.push(line), timeZone: "UTC" });
      const { detailType, detail } = transitionToEvent({
        kind: "completed",
        task: completeTask(task, target, capabilities),
        previousStatus: "running",
        sequence: 2,
        generation: 1,
        occurrence: "",
        atMs: Date.parse("2026-01-31T12:00:00.000Z"),
      });
      await subscriber(JSON.stringify({ source: "image-tasks", "detail-type": detailType, detail }));
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/\p{Cc}/u);
    }
  });

  test("has no signed URL in a related item or a name, whatever the cloud", () => {
    for (const task of tasks()) {
      const shown = JSON.stringify(completeTask(task, target, capabilities));
      expect(shown).toContain("https://h/o");
      expect(shown).not.toContain("Signature");
    }
  });
});
