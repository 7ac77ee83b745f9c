import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCommand } from "../../../lib/cli/arguments.ts";
import { systemClock } from "../../../lib/config/system-clock.ts";
import { writeSandboxConnections } from "../../local/sandbox-connections.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";

const command = new URL("../../../lib/cli/image-tasks.ts", import.meta.url).pathname;

let clouds: SandboxClouds;
let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  clouds = await startSandboxClouds({ clock: systemClock });
  folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  environment = await writeSandboxConnections(join(folder, "connections.json"), clouds);
});
afterAll(async () => {
  await clouds.stop();
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in the folder of the connections file. */
function run(words: readonly string[], variables: Record<string, string> = environment): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...words], { cwd: folder, env: variables }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

test.each([["--help"], ["-h"], ["help"]])("image-tasks %s prints its usage", async (word) => {
  expect(await run([word])).toMatchObject({ code: 0, stdout: expect.stringContaining("doctor [FILE]"), stderr: "" });
});

test.each([
  [[], "There is no command."],
  [["docter"], 'There is no command "docter".'],
  [["constructor"], 'There is no command "constructor".'],
  [["__proto__"], 'There is no command "__proto__".'],
  [["doctor", "a.json", "b.json"], "doctor takes one connections file."],
  [["doctor", "--jsno"], "There is no option --jsno for doctor."],
  [["list", "--staus=failed"], "There is no option --staus for list."],
  [["list", "--__proto__"], "There is no option --__proto__ for list."],
  [["get", "a:b:c", "-x"], "There is no option -x for get."],
  [["get", "a:b:c", "--status", "failed"], "There is no option --status for get."],
  [["list", "--limit"], "--limit needs a value."],
  [["list", "--limit", "--json"], "--limit needs a value. If --json is the value, write --limit=--json."],
  [["list", "--json=1"], "--json takes no value."],
  [["list", "--limit=-1"], "--limit must be a number from 1."],
  [["untrack"], "untrack takes the id of one task."],
  [
    ["list", "--url", "here"],
    "The address of the API must be a URL such as https://images.example.com, without a password.",
  ],
])("image-tasks %j ends with 2 and says why, and where the help is", async (words, reason) => {
  const stderr = `${reason}\nimage-tasks --help lists the commands and options.\n`;
  expect(await run(words)).toEqual({ code: 2, stdout: "", stderr });
});

test("takes a value that begins with a dash where it cannot be an option", () => {
  expect(parseCommand(["track", "edge", "--region=-r", "--", "-1"])).toMatchObject({
    command: { nativeId: "-1", region: "-r" },
  });
});

describe("image-tasks doctor", () => {
  test("ends with 0 when everything works, and reads connections.json by default", async () => {
    const { code, stdout, stderr } = await run(["doctor"]);
    expect([code, stderr]).toEqual([0, "all 3 targets work\n"]);
    expect(stdout).toMatch(/^aliyun cn-hangzhou \(alibaba-ecs\)\n {2}ok {5}secrets\n/);
  });

  test("ends with 1 when something does not, and never shows a secret", async () => {
    const wrong = { ...environment, SANDBOX_EDGE_SECRET_KEY: "wrong-key-of-the-test" };
    const { code, stdout, stderr } = await run(["doctor", "connections.json"], wrong);
    expect([code, stderr]).toEqual([1, "1 of 3 targets do not work\n"]);
    for (const secret of Object.values(wrong)) expect(stdout).not.toContain(secret);
  });

  test("prints one object for each target with --json", async () => {
    const { stdout } = await run(["doctor", "--json"]);
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou", works: true },
      { connection: "stack", works: true },
      { connection: "edge", works: true, findings: [{ tried: "secrets" }, {}, {}], clockSkewSeconds: 0 },
    ]);
  });

  test("ends with 2 when the file cannot be used", async () => {
    expect(await run(["doctor", "absent.json"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "absent.json does not exist\n",
    });
    expect(await run(["doctor", "."])).toEqual({ code: 2, stdout: "", stderr: ". is a folder\n" });
    expect(await run(["doctor"], { ...environment, CONNECTIONS_FILE: "absent.json" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("CONNECTIONS_FILE names absent.json, which does not exist"),
    });
    await writeFile(join(folder, "broken.json"), "{");
    expect((await run(["doctor"], { ...environment, CONNECTIONS_FILE: "broken.json" })).code).toBe(2);
    expect((await run(["doctor", "broken.json"])).stderr).toContain("the connections file ");
  });
});
