import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { writeSandboxConnections } from "../local/sandbox-connections.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import { readCommands } from "./commands.ts";
import type { ReadmeCommands } from "./commands.ts";
import { createFreshCopy } from "./fresh-copy.ts";
import type { FreshCopy, Running } from "./fresh-copy.ts";

/** Commands that are not run here as they are, with the reason and what is checked instead. */
const notRun = {
  "npm ci && npm start": "`npm ci` needs the registry: here it is a dry run, which still checks the lock file",
  "npm cit": "needs the registry, and its second half is this test among all the others",
  "npm run deploy": "needs an AWS account: `npm run package` runs the same checks and writes what would be deployed",
} as const;

const exportId = "aliyun:cn-hangzhou:t-bp1hvgwromzv32iq";
const clouds = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;

const Tasks = z.object({ tasks: z.array(z.looseObject({ status: z.string() })), errors: z.array(z.unknown()) });
const AddedTask = z.object({ nativeId: z.string() });
const States = z.object({ tasks: z.array(z.object({ nativeId: z.string(), phase: z.string() })) });
const Events = z.object({
  events: z.array(
    z.object({
      "detail-type": z.string(),
      detail: z.object({ subject: z.string(), data: z.object({ task: z.looseObject({ status: z.string() }) }) }),
    }),
  ),
});

let commands: ReadmeCommands;
let copy: FreshCopy;
let local: Running;
beforeAll(async () => {
  commands = await readCommands();
  copy = await createFreshCopy();
}, 120_000);
afterAll(() => copy.remove());

/** Runs a curl command of the README and reads the JSON that it prints. */
async function ask(command: string): Promise<unknown> {
  const { code, output } = await copy.run(copy.localized(command), { timeoutMs: 60_000 });
  expect([code, output]).toEqual([0, expect.any(String)]);
  return output === "" ? null : JSON.parse(output);
}

/** Asks until the answer is as wanted. The error has the last answer. */
async function askUntil<Answer>(command: string, read: (answer: unknown) => Answer | undefined): Promise<Answer> {
  const deadlineMs = performance.now() + 120_000;
  for (;;) {
    const answer = await ask(command);
    const wanted = read(answer);
    if (wanted !== undefined) return wanted;
    if (performance.now() > deadlineMs) throw new Error(`${command} still answers ${JSON.stringify(answer)}`);
    await sleep(1000);
  }
}

/** The last event of each of these tasks, once there is one for all. */
async function untilPublished(taskIds: readonly string[]) {
  return askUntil("curl http://localhost:4010/events", (answer) => {
    const { events } = Events.parse(answer);
    const found = taskIds.map((id) => events.find(({ detail }) => detail.subject === id));
    return found.every((event) => event !== undefined) ? found : undefined;
  });
}

/** The tests depend on each other, as the commands do for a reader. */
describe("the README's commands, from a fresh start", { timeout: 240_000 }, () => {
  test("npm ci accepts the lock file", async () => {
    commands.use("npm ci && npm start");
    const { code, output } = await copy.run("npm ci --dry-run --offline --ignore-scripts", { timeoutMs: 120_000 });
    expect([code, output]).toEqual([0, expect.any(String)]);
  });

  test("npm start starts everything and announces the README's import", async () => {
    local = await copy.start("npm start");
    expect(local.output()).toContain(copy.localized("  HTTP API                http://localhost:3000\n"));
    await untilPublished(["edge:global:21"]);
    expect(local.output()).toMatch(/Image Task Completed {2}edge:global:21 {2}\w+ -> succeeded/);
  });

  test("the lists return tasks", async () => {
    const live = Tasks.parse(await ask(commands.use("/tasks?limit=5")));
    expect([live.tasks.length, live.errors]).toEqual([5, []]);
    const failed = await askUntil(commands.use("status=failed&status=vanished"), (answer) => {
      const { tasks } = Tasks.parse(answer);
      return tasks.length > 0 ? tasks : undefined;
    });
    expect(["failed", "vanished"]).toEqual(expect.arrayContaining(failed.map(({ status }) => status)));
  });

  test("the example ids can be read, tracked, untracked, and canceled", async () => {
    const shown = await ask(commands.use(`curl 'http://localhost:3000/tasks/${exportId}'`));
    expect(shown).toMatchObject({ id: exportId, action: "export-image", status: "running" });
    expect(shown).toMatchObject({ operations: [{ status: "running" }, { status: "running" }] });
    const tracked = await ask(commands.use("curl -X POST http://localhost:3000/tasks -H"));
    expect(tracked).toMatchObject({ id: "edge:global:21", labels: { build: "1742" } });
    expect(await ask(commands.use("curl -X DELETE http://localhost:3000/tasks/edge:global:21"))).toBeNull();
    const canceled = await ask(commands.use(`${exportId}/cancel`));
    expect(canceled).toMatchObject({ id: exportId, status: expect.stringMatching(/^cancel/) });
  });

  test("the loop waits for its example, and for a canceled task as told", async () => {
    const loop = copy.localized(commands.use("GIVE_UP_SECONDS"));
    expect(await copy.run(loop, { timeoutMs: 120_000 })).toEqual({ code: 0, output: "" });
    const ended = await copy.run(loop, { timeoutMs: 120_000, env: { TASK: exportId } });
    expect(ended).toEqual({ code: 1, output: `${exportId}: canceled\n` });

    const env = { IMAGE_TASKS_URL: copy.localized("http://localhost:3000") };
    const list = await copy.run(commands.use("npx image-tasks list"), { timeoutMs: 60_000, env });
    expect(list).toMatchObject({ code: 0 });
    const wait = await copy.run(commands.use("npx image-tasks wait"), { timeoutMs: 60_000, env });
    expect(wait).toEqual({ code: 0, output: expect.stringContaining("edge:global:21  import-image  succeeded") });
  });

  test("the sandbox's control shows the true state, makes a task fail, and arms and clears faults", async () => {
    const truth = await ask(commands.use("# what is true"));
    expect(truth).toMatchObject({ tasks: expect.arrayContaining([expect.objectContaining({ nativeId: "21" })]) });
    const { nativeId } = AddedTask.parse(await ask(commands.use('"kind":"failed"')));
    const [failure] = await untilPublished([`aliyun:cn-hangzhou:${nativeId}`]);
    expect(failure?.detail.data.task).toMatchObject({
      status: "failed",
      error: { code: "InvalidOSSObject.NotFound" },
      explanation: { retry: "after-remedy", certainty: "documented" },
    });

    expect(await ask(commands.use('"kind":"throttle"'))).toMatchObject({ faults: [{ kind: "throttle" }] });
    await askUntil("curl http://localhost:4024/requests", (answer) =>
      JSON.stringify(answer).includes('"RequestLimitExceeded"') ? true : undefined,
    );
    expect(await ask(commands.use("curl -X DELETE http://localhost:4024/faults"))).toBeNull();
    expect(await ask("curl http://localhost:4024/faults")).toEqual({ faults: [] });
  });

  test("no running task is lost when everything is killed and started again", async () => {
    const plan = { pendingMs: 0, runningMs: 40_000, ending: { kind: "failed", code: "Broken", message: "No." } };
    for (const cloud of clouds) {
      const task = JSON.stringify({ cloud, nativeId: "77", action: "ImportImage", plan });
      await ask(`curl http://localhost:4024/tasks -d '${task}'`);
    }
    const ids = ["aliyun:cn-hangzhou:77", "stack:cn-qingdao-env17-d01:77", "edge:global:77"];
    await askUntil("curl 'http://localhost:3000/tasks?source=ledger&limit=100'", (answer) =>
      ids.every((id) => JSON.stringify(answer).includes(`"${id}"`)) ? true : undefined,
    );
    const { tasks } = States.parse(await ask("curl http://localhost:4024/tasks"));
    expect(tasks.filter(({ nativeId }) => nativeId === "77").map(({ phase }) => phase)).toEqual(
      clouds.map(() => "running"),
    );
    await local.kill();
    local = await copy.start("npm start");
    const events = await untilPublished(ids);
    const endings = events.map((event) => [event?.["detail-type"], event?.detail.data.task.status]);
    expect(endings).toEqual(ids.map(() => ["Image Task Completed", "failed"]));
    expect(await ask("curl 'http://localhost:3000/tasks?source=ledger&status=failed&limit=100'")).toMatchObject({
      tasks: expect.arrayContaining(ids.map((id): unknown => expect.objectContaining({ id }))),
    });
  });

  test("Ctrl-C stops everything", async () => {
    const { output } = await local.interrupt();
    expect(output).toMatch(/stopped\n$/);
    expect((await copy.run(copy.localized("curl http://localhost:3000/"), { timeoutMs: 10_000 })).code).toBe(7);
  });

  test("npm start with connections.json watches the clouds in that file", async () => {
    const sandbox = await startSandboxClouds({ clock: { now: () => Date.now() } });
    const credentials = await writeSandboxConnections(join(copy.folder, "connections.json"), sandbox);
    sandbox.tasks.addTask({
      cloud: "alibaba-ecs",
      nativeId: "t-own",
      action: "ImportImage",
      plan: { pendingMs: 0, runningMs: 1000, ending: { kind: "succeeded" } },
    });
    const own = await copy.start(commands.use("CONNECTIONS_FILE=connections.json npm start"), {
      ...credentials,
      LOCAL_DIR: ".local-own",
    });
    await untilPublished(["aliyun:cn-hangzhou:t-own"]);
    const examined = await copy.run(commands.use("npx image-tasks doctor"), { timeoutMs: 60_000, env: credentials });
    expect(examined).toEqual({ code: 0, output: expect.stringContaining("all 3 targets work") });
    await own.interrupt();
    await sandbox.stop();
  });

  test("npm run package writes the stack without an account, as npm run deploy would deploy it", async () => {
    await copyFile(join(copy.folder, "docs/connections.example.json"), join(copy.folder, "connections.json"));
    const command = commands.use("npm run package");
    expect(commands.use("npm run deploy").split("#")[0]?.trim()).toBe(
      command.split("#")[0]?.trim().replace("package", "deploy"),
    );
    const { code, output } = await copy.run(command, { timeoutMs: 180_000 });
    expect([code, output]).toEqual([0, expect.any(String)]);
    const template = await readFile(join(copy.folder, ".serverless/cloudformation-template-update-stack.json"), "utf8");
    expect(template).toContain('"AWS::Events::EventBus"');
  });

  test("every other command is on the list of those that are not run", () => {
    for (const text of Object.keys(notRun)) commands.use(text);
    expect(commands.unused()).toEqual([]);
  });
});
