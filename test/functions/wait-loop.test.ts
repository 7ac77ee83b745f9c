import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { createRuntime } from "../../lib/config/runtime.ts";
import { systemRandom, systemClock } from "../../lib/config/system-clock.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import { explain } from "../fakes/explain.ts";
import { listenHttp } from "../fakes/loopback-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { createRecordingBus } from "../fakes/recording-bus.ts";
import { startGateway } from "./gateway.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const TOKEN = "t0ken-of-this-test";
let loop: string;
/** The loop with a shorter limit for each call. */
let hasty: string;
let api: Harness;
let gateway: LoopbackServer;
let hurried: LoopbackServer;
beforeAll(async () => {
  await promisify(execFile)("curl", ["--version"]).catch(() => {
    throw new Error("this test runs the README's loop, which needs curl: install it, for example apt-get install curl");
  });
  loop = await readLoop();
  hasty = loop.replace("--max-time $((left < 35 ? left : 35))", "--max-time 2");
  if (hasty === loop) throw new Error("the README's loop must limit each call to 35 s");
  process.env["API_TOKEN"] = TOKEN;
  api = await startHarness();
  gateway = await startGateway();
  // Waits a few seconds where the real loop waits 25, since a function must answer before it times out.
  hurried = await startGateway({ leftMs: 5500 });
}, 30_000);
afterAll(async () => {
  await Promise.all([gateway.close(), hurried.close()]);
  await api.stop();
});

/** Reads the loop from the README, so that the test covers what people read. */
async function readLoop(): Promise<string> {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  const loops = blocks.filter((block) => block.includes("GIVE_UP_SECONDS"));
  if (loops.length !== 1) throw new Error(`the README must have one loop, it has ${loops.length}`);
  return loops[0] ?? "";
}

/** The loop's exit code and output. */
async function run(
  TASK: string,
  env: Record<string, string> = {},
  script = loop,
): Promise<{ code: unknown; printed: string }> {
  const { PATH = "" } = process.env;
  const API = gateway.url.origin;
  const child = spawn("sh", ["-u", "-c", script], { env: { PATH, API, TASK, TOKEN, ...env } });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  child.stderr.on("data", (chunk) => (printed += String(chunk)));
  const [code] = await once(child, "close");
  return { code, printed };
}

function lastLine(printed: string): string | undefined {
  return printed.trimEnd().split("\n").at(-1);
}

async function sweep(): Promise<void> {
  const { ledger, providers } = createRuntime(process.env);
  const settings = { ...defaultSweepSettings, vanish: { minSweeps: 3, minMs: 0, neverShownMs: 0, watchMs: 0 } };
  const world = { ledger, bus: createRecordingBus(), explain, clock: systemClock, random: systemRandom, settings };
  await sweepTargets(providers, world, { signal: new AbortController().signal, stopAtMs: Infinity });
}

const failure = { code: "InvalidOssObject", message: "The object cannot be read." };

describe("the README's loop", () => {
  test("has twelve lines", () => {
    expect(loop.trimEnd().split("\n")).toHaveLength(12);
  });

  test("exits when the task ends, including tasks that end while it waits", async () => {
    const cloud = "alibaba-ecs";
    const ending = { kind: "partly-failed", succeeded: 1, failed: 1, ...failure } as const;
    api.addTask({ cloud, nativeId: "t-w1", runningMs: 60_000 });
    api.addTask({ cloud, nativeId: "t-w2", runningMs: 60_000, ending: { kind: "failed", ...failure } });
    api.addTask({ cloud, nativeId: "t-w3", runningMs: 60_000, ending });
    api.addTask({ cloud, nativeId: "t-w4", runningMs: 60_000, ending: { kind: "canceled" } });
    api.addTask({ cloud: "tencent-ecm", nativeId: "71", runningMs: 60_000 });
    const ids = ["t-w1", "t-w2", "t-w3", "t-w4"].map((nativeId) => `aliyun:cn-hangzhou:${nativeId}`);
    const ends = Promise.all([...ids, "edge:global:71"].map((id) => run(id)));
    const early = await Promise.race([ends, sleep(1500, "waiting")]);
    expect(early).toBe("waiting");
    api.clock.advance(60_000);
    expect(await ends).toEqual([
      { code: 0, printed: "" },
      { code: 1, printed: "aliyun:cn-hangzhou:t-w2: failed\n" },
      { code: 1, printed: "aliyun:cn-hangzhou:t-w3: failed\n" },
      { code: 1, printed: "aliyun:cn-hangzhou:t-w4: canceled\n" },
      { code: 0, printed: "" },
    ]);
  }, 30_000);

  test("exits 1 when the task has vanished", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w5" });
    await sweep();
    api.clouds.tasks.remove("alibaba-ecs", "t-w5");
    for (let time = 0; time < 3; time += 1) await sweep();
    expect(await run("aliyun:cn-hangzhou:t-w5")).toEqual({ code: 1, printed: "aliyun:cn-hangzhou:t-w5: vanished\n" });
  }, 30_000);

  test("exits 2 after its deadline when the task never ends", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w6", ending: { kind: "stalls" }, runningMs: 1 });
    api.clock.advance(1000);
    const began = performance.now();
    const ended = await run("aliyun:cn-hangzhou:t-w6", { GIVE_UP_SECONDS: "2", API: hurried.url.origin });
    expect([ended.code, lastLine(ended.printed)]).toEqual([2, "aliyun:cn-hangzhou:t-w6: time ran out"]);
    expect(performance.now() - began).toBeGreaterThan(1000);
  }, 30_000);

  test("exits 2 immediately for a malformed id, an unknown connection, and an invalid token", async () => {
    const began = performance.now();
    const wrong = [run("nonsense"), run("nope:global:t-1"), run("aliyun:cn-hangzhou:t-w1", { TOKEN: "guess" })];
    const { origin } = gateway.url;
    expect(await Promise.all(wrong)).toEqual([
      { code: 2, printed: `nonsense: ${origin} answered 400\n` },
      { code: 2, printed: `nope:global:t-1: ${origin} answered 404\n` },
      { code: 2, printed: `aliyun:cn-hangzhou:t-w1: ${origin} answered 401\n` },
    ]);
    expect(performance.now() - began).toBeLessThan(4000);
  }, 30_000);

  test.each([
    "",
    "a b",
    "aliyun:cn-hangzhou:t w1",
    "aliyun:cn-hangzhou:#t-w1",
    "aliyun:cn-hangzhou:t-w1/cancel",
    "a?b",
    "%",
  ])(
    "exits 2 immediately and says why when the id is %j",
    async (id) => {
      const { code, printed } = await run(id, { GIVE_UP_SECONDS: "10" });
      expect([code, printed]).toEqual([2, expect.stringMatching(/: http:\S+ answered 40[04]\n$/)]);
    },
    30_000,
  );

  test("waits for a task whose id has a blank, a slash, and other characters with a meaning in URLs", async () => {
    const imageName = "golden #1/2 50% [é]?";
    api.addTask({ cloud: "tencent-ecm", nativeId: "72", imageName, runningMs: 1 });
    api.clock.advance(1000);
    expect(await run(`edge:global:image-name:${imageName}`)).toEqual({ code: 0, printed: "" });
  }, 30_000);

  test("exits 2 immediately and says why when the address is no URL", async () => {
    const { code, printed } = await run("t", { API: "ht!tp://a b" });
    expect([code, lastLine(printed)]).toEqual([2, "t: curl cannot call ht!tp://a b"]);
  }, 30_000);

  test("waits for a task that its cloud shows only some time after its creation", async () => {
    const createdAtMs = api.clock.now() + 3_600_000;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w8", createdAtMs, runningMs: 1 });
    const waiting = run("aliyun:cn-hangzhou:t-w8", { API: hurried.url.origin });
    expect(await Promise.race([waiting, sleep(5000, "waiting")])).toBe("waiting");
    api.clock.advance(3_601_000);
    expect(await waiting).toEqual({ code: 0, printed: "" });
  }, 30_000);

  test("exits 2 for an unknown task once the time in which it could have appeared is over", async () => {
    const began = performance.now();
    const wanted = { API: hurried.url.origin, UNSEEN_SECONDS: "5" };
    const printed = "aliyun:cn-hangzhou:t-none: the cloud does not show it\n";
    expect(await run("aliyun:cn-hangzhou:t-none", wanted)).toEqual({ code: 2, printed });
    expect(performance.now() - began).toBeGreaterThan(5000);
  }, 30_000);

  test("keeps polling when the cloud fails for a while and when the API is unreachable", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w7", runningMs: 1 });
    api.clock.advance(1000);
    api.clouds.faults.add({ cloud: "alibaba-ecs", kind: "deny", times: 1 });
    expect((await run("aliyun:cn-hangzhou:t-w7")).code).toBe(0);
    const nobody = await run("aliyun:cn-hangzhou:t-w7", { API: "http://127.0.0.1:1", GIVE_UP_SECONDS: "1" });
    expect([nobody.code, nobody.printed]).toEqual([2, expect.stringContaining("curl")]);
  }, 30_000);
});

type Answer = "silence" | readonly [status: number, headers?: Readonly<Record<string, string>>];

type Cleanup = Pick<TestContext, "onTestFinished">;

/** Gives these answers in order. The last one repeats. */
async function startAnswering({ onTestFinished }: Cleanup, ...answers: readonly Answer[]): Promise<LoopbackServer> {
  let count = 0;
  const server = await listenHttp((_request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)]!;
    if (answer !== "silence") response.writeHead(...answer).end();
  });
  onTestFinished(() => server.close());
  return server;
}

const succeeded = [200, { "task-status": "succeeded" }] as const;

describe("the README's loop with whatever stands before the API", () => {
  test.concurrent.for([
    [408],
    [407, { "proxy-authenticate": "Basic" }],
    [429],
    [500],
    [502],
    [503, { "retry-after": "30" }],
    [504],
    [200],
    [404, { "retry-after": "5" }],
  ] as const)("asks again after %j", { timeout: 30_000 }, async (first, context) => {
    const server = await startAnswering(context, first, succeeded);
    expect(await run("t", { API: server.url.origin })).toEqual({ code: 0, printed: "" });
  });

  test.concurrent.for([301, 302, 400, 401, 403, 404, 405, 414, 431])(
    "exits 2 after %i",
    { timeout: 30_000 },
    async (status, context) => {
      const server = await startAnswering(context, [status], succeeded);
      const API = server.url.origin;
      expect(await run("t", { API })).toEqual({ code: 2, printed: `t: ${API} answered ${status}\n` });
    },
  );

  test.concurrent("asks again when a server accepts the call and stays silent", async (context) => {
    const server = await startAnswering(context, "silence", succeeded);
    const { code, printed } = await run("t", { API: server.url.origin }, hasty);
    expect([code, printed]).toEqual([0, expect.stringContaining("curl: (28)")]);
  }, 30_000);

  test.concurrent("exits 2 after its deadline when a server stays silent", async (context) => {
    const began = performance.now();
    const server = await startAnswering(context, "silence");
    const { code, printed } = await run("t", { API: server.url.origin, GIVE_UP_SECONDS: "3" });
    expect([code, lastLine(printed)]).toEqual([2, "t: time ran out"]);
    expect(performance.now() - began).toBeLessThan(15_000);
  }, 30_000);

  test.concurrent("reads the API's answer, and not the 407 with which a proxy asks for a password", async (context) => {
    const { origin, challenges } = await startProxy(context);
    const home = await mkdtemp(join(tmpdir(), "wait-loop-"));
    context.onTestFinished(() => rm(home, { recursive: true }));
    const options = ["proxytunnel", "proxy-anyauth", `proxy = "${origin}"`, 'proxy-user = "user:word"'];
    await writeFile(join(home, ".curlrc"), options.join("\n"));
    const proxied = async (answer: Answer) => {
      const server = await startAnswering(context, answer);
      return (await run("t", { API: server.url.origin, HOME: home })).code;
    };
    expect([await proxied(succeeded), await proxied([200, { "task-status": "failed" }])]).toEqual([0, 1]);
    expect(await proxied([401])).toBe(2);
    expect(challenges()).toBe(3);
  }, 30_000);
});

/** A proxy that answers every first CONNECT with 407. */
async function startProxy({ onTestFinished }: Cleanup): Promise<{ origin: string; challenges(): number }> {
  let challenges = 0;
  const server = createServer();
  server.on("connect", ({ headers, url = "" }: IncomingMessage, socket: Socket) => {
    if (headers["proxy-authorization"] === undefined) {
      challenges += 1;
      const asked = ['Proxy-Authenticate: Basic realm="proxy"', "Content-Length: 0", "Connection: close"];
      socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${asked.join("\r\n")}\r\n\r\n`);
      return;
    }
    const [host, port] = url.split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => [socket, target].forEach((one) => one.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, challenges: () => challenges };
}
