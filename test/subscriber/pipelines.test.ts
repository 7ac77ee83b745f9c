import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod/mini";
import { parseCommand } from "../../lib/cli/arguments.ts";
import { fencesOf } from "./page.ts";

const Step = z.looseObject({
  uses: z.optional(z.string()),
  run: z.optional(z.string()),
  env: z.optional(z.record(z.string(), z.string())),
  with: z.optional(z.record(z.string(), z.unknown())),
});
const Action = z.object({
  inputs: z.record(z.string(), z.object({ required: z.optional(z.boolean()), default: z.optional(z.string()) })),
  runs: z.object({ using: z.literal("composite"), steps: z.array(z.extend(Step, { shell: z.literal("bash") })) }),
});
const Workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.object({ "timeout-minutes": z.number(), steps: z.array(Step) })),
});
const GitLabJobs = z.record(
  z.string(),
  z.object({
    timeout: z.string(),
    id_tokens: z.record(z.string(), z.object({ aud: z.string() })),
    variables: z.record(z.string(), z.string()),
    script: z.array(z.string()),
  }),
);

const fences = await fencesOf("pipelines.md");
const actionUrl = new URL("../../docs/examples/github-action/action.yml", import.meta.url);
const action = Action.parse(parse(await readFile(actionUrl, "utf8")));
const yamlUnder = (heading: string): unknown[] =>
  fences.filter((fence) => fence.heading === heading && fence.language === "yaml").map(({ text }) => parse(text));
const jobs = Workflow.parse(yamlUnder("GitHub")[0]).jobs;
const steps = Object.values(jobs).flatMap((job) => job.steps);
const gitLab = yamlUnder("GitLab").map((one) => GitLabJobs.parse(one));

/**
 * Runs the script with programs in place of npm, npx, and `image-tasks`, and returns the words that each was called with.
 * So it is the shell that reads the quotes.
 */
async function wordsOf(script: string, env: Readonly<Record<string, string>>): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-pipeline-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "calls");
  for (const name of ["npm", "npx", "image-tasks"]) {
    await writeFile(
      join(folder, name),
      `#!/bin/bash\nprintf '%s\\0' "$(basename "$0")" "$@" >> ${log}\necho >> ${log}\n`,
    );
    await chmod(join(folder, name), 0o755);
  }
  const path = `${folder}:${process.env["PATH"]}`;
  await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { cwd: folder, env: { ...env, PATH: path } });
  const calls = (await readFile(log, "utf8")).split("\n").slice(0, -1);
  return calls.map((call) => call.split("\0").slice(0, -1));
}

/** The words after `image-tasks`, wherever it is called. */
function commandsIn(calls: readonly string[][]): string[][] {
  return calls
    .filter((words) => words.includes("image-tasks"))
    .map((words) => words.slice(words.indexOf("image-tasks") + 1));
}

const twoIds = "aliyun:cn-hangzhou:t-bp1**** edge:global:21";

describe("docs/examples/github-action", () => {
  const [step] = action.runs.steps;
  const given = { tasks: twoIds, url: "https://api.example.com", package: "./it.tgz", token: "t", auth: "bearer" };
  const inputs = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([name, one]) => [name, one.default])),
    ...given,
  };
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => {
      const [, input = ""] = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value) ?? [];
      return [name, Object.entries(inputs).find(([other]) => other === input)?.[1] ?? `no input ${value}`];
    }),
  );

  test("waits for the given tasks with options that the command has", async () => {
    const [words = []] = commandsIn(await wordsOf(step?.run ?? "", env));
    expect(parseCommand(words)).toMatchObject({
      name: "api",
      address: { auth: "bearer" },
      command: { name: "wait", ids: twoIds.split(" "), timeoutMs: 4 * 3_600_000 },
    });
    expect(env).toMatchObject({
      IMAGE_TASKS_URL: "https://api.example.com",
      IMAGE_TASKS_TOKEN: "t",
      PACKAGE: "./it.tgz",
    });
  });

  test("runs the package that it was given", async () => {
    const [[program, ...words] = []] = await wordsOf(step?.run ?? "", env);
    expect([program, ...words.slice(0, 3)]).toEqual(["npx", "--yes", "--package", "./it.tgz"]);
  });

  test("does not let an input add a command", async () => {
    const calls = await wordsOf(step?.run ?? "", { ...env, TASKS: 'x"; npm evil; $(npm evil) `npm evil`' });
    expect(calls.map(([program]) => program)).toEqual(["npx"]);
    expect(step?.run).not.toContain("${{");
  });

  test.each(["\n", "\r\n", " \n\t "])("waits for every task when %j separates their ids", async (separator) => {
    const tasks = `${twoIds.replace(" ", separator)}${separator}`;
    const [words = []] = commandsIn(await wordsOf(step?.run ?? "", { ...env, TASKS: tasks }));
    expect(parseCommand(words)).toMatchObject({ command: { name: "wait", ids: twoIds.split(" ") } });
  });

  test("does not let an input add an option, which could send the token elsewhere or end without a wait", async () => {
    const tasks = ["a:b:c", "--url", "https://evil.example", "--help"];
    const [words = []] = commandsIn(await wordsOf(step?.run ?? "", { ...env, TASKS: tasks.join(" ") }));
    const parsed = parseCommand(words);
    expect(parsed).toMatchObject({ name: "api", command: { name: "wait", ids: tasks } });
    expect(parsed).toHaveProperty("address.url", undefined);
  });
});

describe("docs/pipelines.md", () => {
  test("gives the action its required inputs, and no others than it has", () => {
    const uses = steps.find(({ uses }) => uses === "./.github/actions/wait-for-image-tasks");
    const required = Object.entries(action.inputs).flatMap(([name, one]) => (one.required === true ? [name] : []));
    expect(Object.keys(uses?.with ?? {})).toEqual(expect.arrayContaining(required));
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(uses?.with ?? {})));
  });

  test("asks GitHub for a token, and for credentials and a job that live as long as the wait", () => {
    expect(Workflow.parse(yamlUnder("GitHub")[0]).permissions).toEqual({ contents: "read", "id-token": "write" });
    const credentials = steps.find(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials"));
    expect(credentials?.with).toMatchObject({ "role-duration-seconds": 4 * 3600 });
    expect(Object.values(jobs).map((job) => job["timeout-minutes"] > 240)).toEqual([true]);
  });

  test("tracks the import on GitHub with options that the command has", async () => {
    const step = steps.find(({ run }) => run?.includes("image-tasks track"));
    const env = { TASK: "t-bp1****", PACKAGE: "./it.tgz", GITHUB_RUN_ID: "1742" };
    const [words = []] = commandsIn(await wordsOf(step?.run ?? "", env));
    expect(parseCommand(words)).toMatchObject({
      command: {
        name: "track",
        connection: "aliyun",
        nativeId: "t-bp1****",
        region: "cn-hangzhou",
        labels: { build: "1742" },
      },
    });
  });

  test("does not let the id of an import add an option on GitHub", async () => {
    const step = steps.find(({ run }) => run?.includes("image-tasks track"));
    const env = { TASK: "--help", PACKAGE: "./it.tgz", GITHUB_RUN_ID: "1742" };
    const [words = []] = commandsIn(await wordsOf(step?.run ?? "", env));
    expect(parseCommand(words)).toMatchObject({ command: { name: "track", nativeId: "--help" } });
  });

  test.each(gitLab.map((one, index) => [index, one] as const))(
    "uses options that the command has in GitLab job %i, and a package that it installs",
    async (_index, jobs) => {
      const [job] = Object.values(jobs);
      const env = { ...job?.variables, TASK_ID: "t-bp1****", CI_PIPELINE_ID: "7", AWS_TOKEN: "token" };
      const file = join(tmpdir(), `image-tasks-token-${process.pid}`);
      onTestFinished(() => rm(file, { force: true }));
      const calls = await wordsOf(job?.script.join("\n") ?? "", { ...env, AWS_WEB_IDENTITY_TOKEN_FILE: file });
      expect(calls[0]).toEqual(["npm", "install", "--global", job?.variables["PACKAGE"]]);
      const commands = commandsIn(calls).map((words) => parseCommand(words));
      expect(commands.at(-1)).toMatchObject({
        command: { name: "wait", ids: ["aliyun:cn-hangzhou:t-bp1****"], timeoutMs: 4 * 3_600_000 },
      });
    },
  );

  test("does not let the id of an import add an option on GitLab", async () => {
    const [job] = Object.values(gitLab[0] ?? {});
    const env = { ...job?.variables, TASK_ID: "--help", CI_PIPELINE_ID: "7" };
    const [track = []] = commandsIn(await wordsOf(job?.script.join("\n") ?? "", env));
    expect(parseCommand(track)).toMatchObject({ command: { name: "track", nativeId: "--help" } });
  });

  test("has a job for GitLab with a token, and one with AWS credentials", () => {
    const tokens = gitLab.flatMap((jobs) => Object.values(jobs).map((job) => Object.keys(job.id_tokens)));
    expect(tokens).toEqual([["IMAGE_TASKS_TOKEN"], ["AWS_TOKEN"]]);
  });

  test("has commands in its shell blocks that the command line accepts", () => {
    const lines = fences
      .filter(({ language }) => language === "sh")
      .flatMap(({ text }) => text.split("\n"))
      .filter((line) => line.startsWith("npx image-tasks "));
    expect(lines.map((line) => parseCommand(line.split(" ").slice(2))).map((one) => one.name)).toEqual(["api", "api"]);
  });

  test("allows exactly the calls that waiting and tracking make", () => {
    const [policy] = fences.filter(({ language }) => language === "json").map(({ text }) => JSON.parse(text));
    const { Statement } = z.object({ Statement: z.array(z.object({ Resource: z.array(z.string()) })) }).parse(policy);
    expect(Statement.flatMap(({ Resource }) => Resource.map((arn) => arn.split("/$default/")[1]))).toEqual([
      "GET/tasks/*",
      "POST/tasks",
    ]);
  });
});
