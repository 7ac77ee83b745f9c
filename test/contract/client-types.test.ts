import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { paths } from "../../docs/examples/image-tasks-api.ts";
import { failedTasks, waitForTask } from "../../docs/examples/wait-for-task.ts";
import { writeClientTypes } from "../../scripts/client-types.ts";
import { startWorld } from "../functions/world.ts";
import type { World } from "../functions/world.ts";
import { startApiServer } from "../fuzz-api/api-server.ts";
import { buildBundles } from "../fuzz-api/bundles.ts";
import type { Ending } from "../sandbox/task-state.ts";

test("the types in docs/examples match the contract", async () => {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-types-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "image-tasks-api.ts");
  await writeClientTypes(file);
  const kept = new URL("../../docs/examples/image-tasks-api.ts", import.meta.url);
  // If this fails, run: npm run client-types
  expect(await readFile(kept, "utf8")).toBe(await readFile(file, "utf8"));
});

describe("docs/examples/wait-for-task.ts", () => {
  const stops: (() => Promise<unknown>)[] = [];
  let world: World;
  let client: Client<paths>;
  beforeAll(async () => {
    const bundles = await buildBundles();
    stops.push(bundles.remove);
    world = await startWorld();
    stops.push(world.stop);
    Object.assign(process.env, world.env);
    const onUnhandled = (what: string) => expect.fail(what);
    const server = await startApiServer({ bundles: bundles.folder, port: 0, onUnhandled });
    stops.push(server.stop);
    client = createClient<paths>({ baseUrl: server.url });
    const reason = { code: "OSSReadFailed", message: "The object cannot be read." };
    add("t-failed", 1000, { kind: "failed", ...reason });
    add("t-soon", 3_600_000, { kind: "succeeded" });
    world.clock.advance(2000);
    await server.invoke("sweep", {});
  }, 120_000);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  function add(nativeId: string, runningMs: number, ending: Ending, createdAtMs = world.clock.now()): void {
    const plan = { pendingMs: 0, runningMs, ending };
    world.clouds.tasks.addTask({ cloud: "alibaba-ecs", nativeId, action: "ImportImage", createdAtMs, plan });
  }

  test("lists the failed tasks", async () => {
    const failed = await failedTasks(client);
    expect(failed.map(({ id, status, error }) => [id, status, error?.code])).toEqual([
      ["aliyun:cn-hangzhou:t-failed", "failed", "OSSReadFailed"],
    ]);
  });

  test("waits until a running task ends", async () => {
    const ends = setTimeout(() => world.clock.advance(3_600_000), 1000);
    onTestFinished(() => clearTimeout(ends));
    const task = await waitForTask(client, "aliyun:cn-hangzhou:t-soon");
    expect([task.status, task.done]).toEqual(["succeeded", true]);
  }, 30_000);

  test("rejects with the problem's title when there is nothing to wait for", async () => {
    await expect(waitForTask(client, "nope:cn-hangzhou:t-none")).rejects.toThrow(
      'There is no such task: No connection is named "nope"',
    );
    await expect(waitForTask(client, "aliyun:cn-hangzhou:t-none", 0)).rejects.toThrow(
      'There is no such task: The provider of "aliyun" does not know the task',
    );
  }, 60_000);

  test("waits for a task that its cloud shows only later", async () => {
    add("t-late", 1000, { kind: "succeeded" }, world.clock.now() + 3_600_000);
    const shown = setTimeout(() => world.clock.advance(3_602_000), 1000);
    onTestFinished(() => clearTimeout(shown));
    expect((await waitForTask(client, "aliyun:cn-hangzhou:t-late")).status).toBe("succeeded");
  }, 60_000);
});
