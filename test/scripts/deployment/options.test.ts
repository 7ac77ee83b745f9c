import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const projectFolder = fileURLToPath(new URL("../../..", import.meta.url));

/** With no AWS identity, so that an option that is not refused changes nothing. */
async function run(file: string, args: readonly string[], kept: Readonly<Record<string, string>> = {}) {
  const home = await mkdtemp(join(tmpdir(), "options-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: home, AWS_EC2_METADATA_DISABLED: "true", ...kept };
  const child = spawn(file, args, { cwd: projectFolder, env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, output, complaints };
}

const optionsOf = {
  deploy: "--stage NAME, --dry-run, --without-reading-secrets, --force, --verbose",
  remove: "--stage NAME, --delete-data, --yes",
} as const;

function refusal(script: keyof typeof optionsOf, problem: string) {
  const usage = `Options: ${optionsOf[script]}\nThey follow a --, as in: npm run ${script} -- --stage prod\n`;
  return { code: 1, output: "", complaints: `${problem}.\n${usage}` };
}

test.each([
  ["deploy", ["--dryrun"], "Unknown option '--dryrun'"],
  ["deploy", ["prod"], "Unexpected argument 'prod'"],
  ["deploy", ["--stage"], "Option '--stage <value>' argument missing"],
  ["deploy", ["--dry-run=yes"], "Option '--dry-run' does not take an argument"],
  ["remove", ["--deletedata"], "Unknown option '--deletedata'"],
  ["remove", ["--stage", "--yes"], "Option '--stage' argument is ambiguous"],
] as const)("%s refuses %j in a sentence, and lists the options", async (script, args, problem) => {
  const answer = await run(process.execPath, [`scripts/${script}.ts`, ...args]);
  expect(answer).toEqual(refusal(script, problem));
});

test.each([
  ["deploy", { npm_config_stage: "prod" }, [], "--stage"],
  ["deploy", { npm_config_stage: "true", npm_config_dry_run: "true" }, ["prod"], "--stage and --dry-run"],
  ["deploy", { npm_config_dry_run: "true" }, ["--stage", "prod"], "--dry-run"],
  ["deploy", { npm_config_without_reading_secrets: "true" }, [], "--without-reading-secrets"],
  ["remove", { npm_config_delete_data: "true", npm_config_yes: "true" }, [], "--delete-data"],
] as const)("%s refuses what npm keeps for itself as %j", async (script, kept, args, names) => {
  const answer = await run(process.execPath, [`scripts/${script}.ts`, ...args], kept);
  expect(answer).toEqual(refusal(script, `npm did not pass on ${names}`));
});

test("npm run remove refuses its options without the --", async () => {
  const answer = await run("npm", ["run", "--silent", "remove", "--stage=prod", "--delete-data"]);
  expect(answer).toEqual(refusal("remove", "npm did not pass on --stage and --delete-data"));
});
