import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "../../lib/config/runtime.ts";
import { systemRandom, systemClock } from "../../lib/config/system-clock.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { createRecordingBus } from "../fakes/recording-bus.ts";
import { startGateway } from "./gateway.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const TOKEN = "t0ken-of-this-test";
let loop: string;
let api: Harness;
let gateway: LoopbackServer;
let hurried: LoopbackServer;
beforeAll(async () => {
  await promisify(execFile)("curl", ["--version"]).catch(() => {
    throw new Error("this test runs the README's loop, which needs curl: install it, for example apt-get install curl");
  });
  loop = await readLoop();
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
async function run(TASK: string, env: Record<string, string> = {}): Promise<{ code: unknown; printed: string }> {
  const { PATH = "" } = process.env;
  const API = gateway.url.origin;
  const child = spawn("sh", ["-u", "-c", loop], { env: { PATH, API, TASK, TOKEN, ...env } });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  child.stderr.on("data", (chunk) => (printed += String(chunk)));
  const [code] = await once(child, "exit");
  return { code, printed };
}

async function sweep(): Promise<void> {
  const { ledger, providers } = createRuntime(process.env);
  const settings = { ...defaultSweepSettings, vanish: { minSweeps: 3, minMs: 0, neverShownMs: 0, watchMs: 0 } };
  const world = { ledger, bus: createRecordingBus(), clock: systemClock, random: systemRandom, settings };
  await sweepTargets(providers, world, { signal: new AbortController().signal, stopAtMs: Infinity });
}

const failure = { code: "InvalidOssObject", message: "The object cannot be read." };

describe("the README's loop", () => {
  test("has four lines", () => {
    expect(loop.trimEnd().split("\n")).toHaveLength(4);
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
    const none = { printed: "" };
    expect(await ends).toEqual([0, 1, 1, 1, 0].map((code) => ({ code, ...none })));
  }, 30_000);

  test("exits 1 when the task has vanished", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w5" });
    await sweep();
    api.clouds.tasks.remove("alibaba-ecs", "t-w5");
    for (let time = 0; time < 3; time += 1) await sweep();
    expect(await run("aliyun:cn-hangzhou:t-w5")).toEqual({ code: 1, printed: "" });
  }, 30_000);

  test("exits 2 after its deadline when the task never ends", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-w6", ending: { kind: "stalls" }, runningMs: 1 });
    api.clock.advance(1000);
    const began = performance.now();
    const ended = await run("aliyun:cn-hangzhou:t-w6", { GIVE_UP_SECONDS: "2", API: hurried.url.origin });
    expect(ended).toEqual({ code: 2, printed: "" });
    expect(performance.now() - began).toBeGreaterThan(1000);
  }, 30_000);

  test("exits 2 immediately for an unknown task and for an invalid token", async () => {
    const wrong = [
      run("aliyun:cn-hangzhou:t-none"),
      run("nonsense"),
      run("aliyun:cn-hangzhou:t-w1", { TOKEN: "guess" }),
    ];
    for (const { code } of await Promise.all(wrong)) expect(code).toBe(2);
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
