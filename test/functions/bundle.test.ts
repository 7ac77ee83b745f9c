import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { eventOf } from "../fakes/gateway-event.ts";
import { unusableFiles, writeUnusable } from "../fixtures/unusable-connections.ts";
import { startWorld } from "./world.ts";
import type { World } from "./world.ts";

const run = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const names = ["cancel", "connections", "get", "health", "list", "sweep", "track", "untrack"];
/** These functions use neither the ledger nor a provider. */
const light = ["fallback", "openapi"];
/** This one uses nothing at all: not even the access settings. */
const page = "page";

let folder: string;
let world: World;
beforeAll(async () => {
  // Builds into its own folder, since other tests may be running the files in .build.
  folder = await mkdtemp(join(tmpdir(), "image-tasks-build-"));
  await run("npm", ["run", "--silent", "build", "--", `--outdir=${folder}`], { cwd: project });
  world = await startWorld();
}, 120_000);
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

function bundleOf(name: string): string {
  return join(folder, `${name}.mjs`);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Imports a bundle in a new process, like a cold start, and invokes its handler once. */
async function invoke(name: string, event: unknown, env: Readonly<Record<string, string>> = world.env): Promise<Ended> {
  const program = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(bundleOf(name)).href)});
    const answer = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 29000 });
    process.stdout.write(JSON.stringify(answer) ?? "");
    process.exit(0);`;
  try {
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", program], {
      env,
      timeout: 20_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const ended = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
    return ended.parse(error);
  }
}

const Answer = z.object({ statusCode: z.number(), body: z.string() });

async function answerOf(
  name: string,
  wanted: Parameters<typeof eventOf>[0],
): Promise<{ status: number; body: unknown }> {
  const { code, stdout, stderr } = await invoke(name, eventOf(wanted));
  if (code !== 0) throw new Error(stderr);
  const { statusCode, body } = Answer.parse(JSON.parse(stdout));
  return { status: statusCode, body: JSON.parse(body) };
}

describe("the built bundles", () => {
  test("list returns the tasks of every cloud", async () => {
    const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;
    world.clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId: "t-b1", action: "ImportImage", plan });
    world.clouds.tasks.addTask({ cloud: "apsara-route", nativeId: "t-b2", action: "ImportImage", plan });
    world.clouds.tasks.addTask({ cloud: "tencent-ecm", nativeId: "81", action: "ImportCustomImage", plan });
    const { body, status } = await answerOf("list", {});
    const { tasks, errors } = z
      .object({ tasks: z.array(z.object({ id: z.string() })), errors: z.array(z.unknown()) })
      .parse(body);
    expect([status, errors]).toEqual([200, []]);
    expect(tasks.map(({ id }) => id).toSorted()).toEqual([
      "aliyun:cn-hangzhou:t-b1",
      "edge:global:81",
      "stack:cn-qingdao-env17-d01:t-b2",
    ]);
  });

  test("get answers an unknown id with a problem", async () => {
    const { body, status } = await answerOf("get", { pathParameters: { id: "aliyun:cn-hangzhou:t-none" } });
    expect([status, body]).toMatchObject([404, { type: "urn:image-tasks:problem:unknown-task", status: 404 }]);
  });

  test("track, cancel, and untrack do what their names say", async () => {
    const body = JSON.stringify({ connection: "aliyun", region: "cn-hangzhou", nativeId: "t-b1" });
    const id = "aliyun:cn-hangzhou:t-b1";
    expect((await answerOf("track", { body, headers: { "content-type": "application/json" } })).status).toBe(201);
    expect(await answerOf("cancel", { pathParameters: { id } })).toMatchObject({
      status: 202,
      body: { status: "canceled" },
    });
    const { code, stdout } = await invoke("untrack", eventOf({ pathParameters: { id } }));
    expect([code, stdout]).toMatchObject([0, expect.stringContaining('"statusCode":204')]);
  });

  test("sweep sweeps every target and publishes the events", async () => {
    const plan = { pendingMs: 0, runningMs: 1, ending: { kind: "succeeded" } } as const;
    world.clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId: "t-b3", action: "ImportImage", plan });
    world.clock.advance(1000);
    const { code, stdout } = await invoke("sweep", {});
    // Before its answer, it writes metrics.
    const [answer = ""] = stdout.trim().split("\n").slice(-1);
    const reports = z.array(z.object({ target: z.string(), problems: z.array(z.unknown()) })).parse(JSON.parse(answer));
    expect([code, reports.length, reports.flatMap(({ problems }) => problems)]).toEqual([0, 4, []]);
    const completed = (await world.events()).map(({ detail }) => detail.data.task.id);
    expect(completed).toContain("aliyun:cn-hangzhou:t-b3");
  });

  const threeProblems = [
    "connections[0].credential.accessKeySecret refers to ALIYUN_KEY_SECRET, which is not set",
    "TABLE_NAME is not set",
    "LOG_LEVEL must be one of debug, info, warn, error",
  ];

  test.each(names)("%s reports every problem of an invalid configuration but no secret", async (name) => {
    const { ALIYUN_KEY_SECRET, TABLE_NAME: _table, ...env } = world.env;
    const wrong = { ...env, LOG_LEVEL: "loud", AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" };
    const { code, stdout, stderr } = await invoke(name, eventOf({}), wrong);
    for (const problem of threeProblems) expect(stderr).toContain(problem);
    expect(stdout + stderr).not.toContain(ALIYUN_KEY_SECRET);
    expect(stdout + stderr).not.toContain(world.env["STACK_APP_SECRET"]);
    if (name === "sweep") {
      // Nobody reads its answer, and its failures raise an alarm.
      expect(code).not.toBe(0);
      expect(stderr).toContain("The configuration has 3 problem(s):");
      return;
    }
    const { statusCode, body } = Answer.parse(JSON.parse(stdout));
    expect([code, statusCode, JSON.parse(body)]).toEqual([
      0,
      500,
      {
        type: "urn:image-tasks:problem:internal",
        title: "The service failed",
        status: 500,
        detail: "The service is not configured correctly; its log names each problem",
      },
    ]);
    expect(stderr).not.toContain(" at ");
  });

  test.each([...names.filter((name) => name !== "sweep"), ...light])(
    "%s checks the token of callers even if it is not configured",
    async (name) => {
      const { PATH = "" } = process.env;
      const env = { PATH, LOCAL_MODE: "true", API_TOKEN: "s3cret-of-a-test" };
      const { stdout } = await invoke(name, eventOf({}), env);
      expect(Answer.parse(JSON.parse(stdout))).toMatchObject({
        statusCode: 401,
        body: expect.stringContaining("unauthenticated"),
      });
    },
  );

  test.each(unusableFiles)("list says in its log why $what cannot be used", async (file) => {
    const own = await mkdtemp(join(folder, "unusable-"));
    const env = { ...world.env, CONNECTIONS_FILE: await writeUnusable(file, own) };
    const { stdout, stderr } = await invoke("list", eventOf({}), env);
    expect([Answer.parse(JSON.parse(stdout)).statusCode, stdout.includes("stack")]).toEqual([500, false]);
    const { problems } = z.object({ problems: z.array(z.string()) }).parse(JSON.parse(stderr));
    expect(problems).toEqual(file.problems.map((problem) => expect.stringContaining(problem)));
  });

  test.each(light)("%s answers a problem without a stack when its access settings are wrong", async (name) => {
    const { PATH = "" } = process.env;
    const { stdout, stderr } = await invoke(name, eventOf({}), { PATH, CALLERS: "roles" });
    expect(Answer.parse(JSON.parse(stdout)).statusCode).toBe(500);
    expect(stdout).not.toContain("stack");
    expect(stderr).toContain('"problems":["READ_ROLES is not set","WRITE_ROLES is not set"]');
  });

  test("fallback answers unrouted requests and needs only the access settings", async () => {
    const { PATH = "" } = process.env;
    const outcome = async (env: Record<string, string>) =>
      (await invoke("fallback", eventOf({}), { PATH, ...env })).stdout;
    expect(await outcome({ LOCAL_MODE: "true" })).toContain("method-not-allowed");
    expect(await outcome({})).toContain("unauthenticated");
    expect(await outcome({ CALLERS: "anyone" })).toContain("method-not-allowed");
  });

  test("sweep reports a missing bus along with all other configuration problems", async () => {
    const { EVENT_BUS_NAME: _bus, TABLE_NAME: _table, ...env } = world.env;
    const { code, stderr } = await invoke("sweep", {}, env);
    expect(code).not.toBe(0);
    expect(stderr).toContain("TABLE_NAME is not set");
    expect(stderr).toContain("EVENT_BUS_NAME is not set");
  });

  test("page returns the built page to everybody, whatever its environment", async () => {
    const { PATH = "" } = process.env;
    const { stdout } = await invoke(page, eventOf({}), { PATH, CALLERS: "roles", API_TOKEN: "s3cret-of-a-test" });
    const answer = z.object({
      statusCode: z.literal(200),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    });
    const { headers, body } = answer.parse(JSON.parse(stdout));
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/]{43}='; /);
    expect(body).toMatch(/^<!doctype html>[^]*<title>Image tasks<\/title>[^]*<\/html>\n$/);
    expect(statSync(bundleOf(page)).size).toBeLessThan(64 * 1024);
  });

  test.each([...names, ...light])("%s is at most 450 KB", (name) => {
    expect(statSync(bundleOf(name)).size).toBeLessThanOrEqual(450 * 1024);
  });

  test("only sweep bundles an EventBridge client, and functions without a ledger bundle no AWS client", () => {
    const Meta = z.object({ outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()) })) });
    const { outputs } = Meta.parse(JSON.parse(readFileSync(join(folder, "meta.json"), "utf8")));
    const holdersOf = (what: string) =>
      [...names, ...light, page].filter((name) => {
        const [, bundle] = Object.entries(outputs).find(([path]) => path.endsWith(`/${name}.mjs`)) ?? [];
        return Object.keys(bundle?.inputs ?? {}).some((input) => input.includes(what));
      });
    expect(holdersOf("client-eventbridge")).toEqual(["sweep"]);
    expect(holdersOf("client-dynamodb")).toEqual(names);
    expect(holdersOf("@aws-sdk/")).toEqual(names);
    expect(holdersOf("lib/openapi/")).toEqual(["openapi"]);
    expect(holdersOf("/descriptor.ts")).toEqual(names);
    expect(holdersOf("/client.ts")).toEqual(names);
  });
});
