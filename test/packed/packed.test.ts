import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transitionToEvent } from "../../lib/domain/events.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import { startGateway } from "../functions/gateway.ts";
import { startHarness } from "../functions/harness.ts";
import type { Harness } from "../functions/harness.ts";
import { installPacked } from "./packed.ts";
import type { PackedPackage } from "./packed.ts";

const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const token = "t0ken-of-this-test";

let installed: PackedPackage;
let api: Harness;
let gateway: LoopbackServer;
beforeAll(async () => {
  installed = await installPacked();
  process.env["API_TOKEN"] = token;
  api = await startHarness();
  gateway = await startGateway();
}, 180_000);
afterAll(async () => {
  await gateway.close();
  await api.stop();
  await installed.remove();
});

const { detailType, detail } = transitionToEvent({
  kind: "completed",
  task: sampleTask({ status: "failed", error: { code: "OSSReadFailed", message: "It cannot be read." } }),
  previousStatus: "running",
  sequence: 2,
  generation: 1,
  occurrence: "",
  atMs: 0,
});
const event = JSON.stringify({ source: "image-tasks", "detail-type": detailType, detail });

const program = `
const event = parseTaskEvent(${JSON.stringify(event)});
if (event.kind === "completed" && event.task.status === "failed") console.log(event.id, event.task.error?.code);
try {
  parseTaskEvent({ source: "other", detail: {} });
} catch (error) {
  if (error instanceof TaskEventError) console.log(error.code, error.field);
}
`;
const printed = `${detail.id} OSSReadFailed\nother-source source\n`;

describe("the package from npm pack, in an empty folder", { timeout: 60_000 }, () => {
  test("needs nothing but itself, and less than 1 MB", () => {
    const { packedBytes, installedBytes, installed: files } = installed;
    console.info(`packed: ${packedBytes} bytes; installed: ${installedBytes} bytes in ${files.length} files`);
    expect(files).toEqual([
      "image-tasks/.build/events.cjs",
      "image-tasks/.build/events.d.cts",
      "image-tasks/.build/events.d.mts",
      "image-tasks/.build/events.mjs",
      "image-tasks/.build/image-tasks.mjs",
      "image-tasks/LICENSE",
      "image-tasks/README.md",
      "image-tasks/package.json",
    ]);
    expect(installedBytes).toBeLessThan(1_000_000);
  });

  test("has no dependencies, and the clone still has them", async () => {
    const manifest = await readFile(join(installed.folder, "node_modules/image-tasks/package.json"), "utf8");
    expect(JSON.parse(manifest)).not.toHaveProperty("dependencies");
    const [before, after] = installed.manifests;
    expect(after).toBe(before);
    expect(JSON.parse(after)).toHaveProperty("dependencies.zod");
  });

  test("the reader of events is small", async () => {
    const file = join(installed.folder, "node_modules/image-tasks/.build/events.mjs");
    const { length } = await readFile(file);
    console.info(`image-tasks/events: ${length} bytes`);
    expect(length).toBeLessThan(8_000);
    expect(await readFile(file, "utf8")).not.toMatch(/\bimport[("'{]|\brequire\(|\bprocess\b|Buffer/);
  });

  test("npx image-tasks says how it is used", async () => {
    const { code, out } = await installed.run("npx", ["--offline", "image-tasks", "--help"]);
    expect([code, out]).toEqual([0, expect.stringContaining("Usage: image-tasks <command>")]);
  });

  test("npx runs the packed file itself, without an installation, as the pipelines do", async () => {
    const words = ["--yes", "--offline", "--package", installed.tarball, "image-tasks", "--help"];
    const { code, out } = await installed.run("npx", words);
    expect([code, out]).toEqual([0, expect.stringContaining("Usage: image-tasks <command>")]);
  });

  test("npx image-tasks wait waits for a task, and ends as the task did", async () => {
    const failure = { code: "OSSReadFailed", message: "The object cannot be read." };
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-p1", runningMs: 60_000 });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-p2", runningMs: 60_000, ending: { kind: "failed", ...failure } });
    const env = { IMAGE_TASKS_URL: gateway.url.origin, IMAGE_TASKS_TOKEN: token };
    const wait = (id: string) => installed.run("npx", ["--offline", "image-tasks", "wait", id, "--timeout", "1m"], env);
    const ends = Promise.all([wait("aliyun:cn-hangzhou:t-p1"), wait("aliyun:cn-hangzhou:t-p2")]);
    setTimeout(() => api.clock.advance(60_000), 3000);
    expect(await ends).toEqual([
      { code: 0, out: expect.stringMatching(/^\S+t-p1 {2}import-image {2}succeeded/), err: expect.any(String) },
      {
        code: 1,
        out: expect.stringMatching(/^\S+t-p2 {2}import-image {2}failed .*OSSReadFailed/),
        err: expect.any(String),
      },
    ]);
  });

  test("an ES module imports the reader, and a CommonJS module requires it", async () => {
    const names = "{ parseTaskEvent, TaskEventError }";
    await installed.write("module.mjs", `import ${names} from "image-tasks/events";${program}`);
    await installed.write("module.cjs", `const ${names} = require("image-tasks/events");${program}`);
    for (const file of ["module.mjs", "module.cjs"]) {
      expect(await installed.run(process.execPath, [file])).toEqual({ code: 0, out: printed, err: "" });
    }
  });

  test.each([
    ["node16", "node16", "subscriber.mts"],
    ["node16", "node16", "subscriber.cts"],
    ["nodenext", "nodenext", "subscriber.mts"],
    ["bundler", "esnext", "subscriber.ts"],
  ])("TypeScript finds its types with moduleResolution %s, module %s, in %s", async (resolution, module, file) => {
    const source = `import { parseTaskEvent, TaskEventError } from "image-tasks/events";
      import type { ParsedTaskEvent, TaskStatus } from "image-tasks/events";
      declare const console: { log(...words: unknown[]): void };
      export const statusOf = (event: ParsedTaskEvent): TaskStatus => event.task.status;${program}`;
    const compile = async (text: string) => {
      await installed.write(file, text);
      const words = ["--noEmit", "--strict", "--target", "es2022", "--module", module];
      return installed.run(process.execPath, [compiler, ...words, "--moduleResolution", resolution, file]);
    };
    expect(await compile(source)).toEqual({ code: 0, out: "", err: "" });
    const { code, out } = await compile(source.replace('=== "failed"', '=== "finished"'));
    expect([code, out]).toEqual([
      2,
      expect.stringMatching(/error TS2367: This comparison appears to be unintentional/),
    ]);
  });

  test("the worked subscriber compiles with it", async () => {
    const example = await readFile(new URL("../../docs/examples/subscriber.ts", import.meta.url), "utf8");
    const theirs = example.replaceAll("../../lib/subscriber/parse-task-event.ts", "image-tasks/events");
    expect(theirs).not.toBe(example);
    await installed.write("example.mts", theirs);
    const words = ["--noEmit", "--strict", "--target", "es2022", "--module", "node16", "example.mts"];
    expect(await installed.run(process.execPath, [compiler, ...words])).toEqual({ code: 0, out: "", err: "" });
  });
});
