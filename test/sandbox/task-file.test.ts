import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openTaskFile } from "./task-file.ts";
import { createSandboxTasks, type NewTask } from "./tasks.ts";
import { createTestClock } from "./test-clock.ts";

const startMs = Date.UTC(2026, 10, 21, 12);
const regions = { "alibaba-ecs": ["cn-hangzhou"], "apsara-route": ["cn-qingdao-env17-d01"], "tencent-ecm": ["global"] };
const newTask: NewTask = {
  cloud: "alibaba-ecs",
  action: "ImportImage",
  plan: { pendingMs: 1_000, runningMs: 60_000, ending: { kind: "succeeded" } },
};

async function temporaryPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "missing", "tasks.jsonl");
}

function open(path: string, nowMs = startMs) {
  return createSandboxTasks({ now: createTestClock(nowMs).now, regions, file: openTaskFile(path) });
}

test("tasks go on after a restart as if there had been none", async () => {
  const path = await temporaryPath();
  const tasks = open(path);
  const { nativeId } = tasks.addTask(newTask);
  tasks.addTask({ ...newTask, cloud: "tencent-ecm", nativeId: "21", imageId: "img-1", imageName: "golden" });
  const operations = [{ OperationStatus: "Error" }, null, "x"];
  const finished = { kind: "finished", counts: { TotalCount: null, FailedCount: "many" }, operations } as const;
  tasks.addTask({ ...newTask, nativeId: "t-odd", plan: { pendingMs: 0, runningMs: 5, stuckMs: 1, ending: finished } });
  tasks.addTask({ ...newTask, nativeId: "t-removed" });
  tasks.remove("alibaba-ecs", "t-removed");
  tasks.requestCancel("alibaba-ecs", nativeId);
  const before = tasks.all().map(({ task }) => task);

  const later = open(path, startMs + 30_000);
  expect(later.all().map(({ task }) => task)).toEqual(before);
  expect(later.find("tencent-ecm", "21")?.state).toMatchObject({ phase: "running", percent: 48 });
  expect(later.find("alibaba-ecs", nativeId)?.state).toMatchObject({ phase: "canceled", endedAtMs: startMs });
});

test("addTask() finds a free id when a task of the last run was created in the same second", async () => {
  const path = await temporaryPath();
  const { nativeId } = open(path).addTask(newTask);
  expect(open(path).addTask(newTask).nativeId).not.toBe(nativeId);
});

test("a line cut short by a kill costs no other task, before or after it", async () => {
  const path = await temporaryPath();
  open(path).addTask({ ...newTask, nativeId: "t-1" });
  const [line = ""] = (await readFile(path, "utf8")).split("\n");
  await appendFile(path, line.replace("t-1", "t-2").slice(0, -20));
  open(path).addTask({ ...newTask, nativeId: "t-3" });
  expect(
    open(path)
      .all()
      .map(({ task }) => task.nativeId),
  ).toEqual(["t-3", "t-1"]);
});

test("the file does not grow with tasks that are gone", async () => {
  const path = await temporaryPath();
  const tasks = open(path);
  tasks.addTask({ ...newTask, nativeId: "t-kept" });
  for (let index = 0; index < 3_000; index += 1) {
    tasks.addTask({ ...newTask, nativeId: `t-${index}` });
    tasks.remove("alibaba-ecs", `t-${index}`);
  }
  expect((await readFile(path, "utf8")).split("\n").length).toBeLessThan(1_010);
  expect(
    open(path)
      .all()
      .map(({ task }) => task.nativeId),
  ).toEqual(["t-kept"]);
});

/** Adds tasks without end, each printed once it is added, and removes every other one. */
const busyProcess = `
  const { openTaskFile } = await import(process.argv[1]);
  const { createSandboxTasks } = await import(process.argv[2]);
  const [regions, newTask] = process.argv.slice(4).map((text) => JSON.parse(text));
  const tasks = createSandboxTasks({ now: () => Date.now(), regions, file: openTaskFile(process.argv[3]) });
  process.stdout._handle.setBlocking(true);
  // The process before may have been killed between adding and removing it.
  tasks.remove(newTask.cloud, "t-gone");
  for (let index = 0; ; index += 1) {
    tasks.addTask({ ...newTask, nativeId: "t-gone" });
    tasks.remove(newTask.cloud, "t-gone");
    process.stdout.write(tasks.addTask(newTask).nativeId + "\\n");
  }
`;

test("every added task survives a kill at any moment", { timeout: 60_000 }, async () => {
  const path = await temporaryPath();
  const modules = ["./task-file.ts", "./tasks.ts"].map((name) => new URL(name, import.meta.url).href);
  const added: string[] = [];
  for (const killAfter of [1, 400, 1_200]) {
    const args = ["--input-type=module", "-e", busyProcess, ...modules, path, ...[regions, newTask].map(toJson)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let printed = 0;
    createInterface({ input: child.stdout }).on("line", (line) => {
      added.push(line);
      if ((printed += 1) === killAfter) child.kill("SIGKILL");
    });
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
  }
  const kept = new Set(
    open(path)
      .all()
      .map(({ task }) => task.nativeId),
  );
  expect(added.length).toBeGreaterThanOrEqual(1_601);
  expect(added.filter((id) => !kept.has(id))).toEqual([]);
});

function toJson(value: unknown): string {
  return JSON.stringify(value);
}
