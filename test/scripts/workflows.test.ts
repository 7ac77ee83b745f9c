import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod/mini";

const folder = fileURLToPath(new URL("../../.github/workflows/", import.meta.url));
const Step = z.union([
  z.strictObject({ uses: z.string(), with: z.record(z.string(), z.unknown()) }),
  z.strictObject({ run: z.string() }),
]);
const Workflow = z.object({
  permissions: z.unknown(),
  jobs: z.record(
    z.string(),
    z.strictObject({ "runs-on": z.string(), "timeout-minutes": z.number(), steps: z.array(Step) }),
  ),
});
const names = readdirSync(folder);
const workflowOf = (name: string) => Workflow.parse(parse(readFileSync(`${folder}${name}`, "utf8")));
const stepsOf = (name: string) => Object.values(workflowOf(name).jobs).flatMap(({ steps }) => steps);

describe.each(names)("the workflow %s", (name) => {
  test("may only read the repository", () => {
    expect(workflowOf(name).permissions).toEqual({ contents: "read" });
  });

  test("fixes each action by its commit and leaves no token behind", () => {
    const actions = stepsOf(name).flatMap((step) => ("uses" in step ? [step] : []));
    expect(actions.length).toBeGreaterThan(0);
    for (const { uses, with: inputs } of actions) {
      expect(uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
      if (uses.startsWith("actions/checkout@")) expect(inputs).toEqual({ "persist-credentials": false });
    }
  });

  test("runs scripts that exist", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8")));
    const commands = stepsOf(name).flatMap((step) => ("run" in step ? [step.run] : []));
    const run = commands.flatMap((command) => /^npm run (\S+)/.exec(command)?.[1] ?? []);
    for (const script of run) expect(scripts).toHaveProperty([script]);
    // With another version, nobody decides on install scripts.
    expect(commands[0]).toMatch(/^npm install --global npm@11\.(1[6-9]|[2-9]\d)\.\d+$/);
  });
});

test("one workflow runs what CI runs, and one the audit and the licenses", () => {
  const commands = (name: string) => stepsOf(name).flatMap((step) => ("run" in step ? [step.run] : []));
  expect(commands("ci.yml")).toContain(".ci/run");
  expect(commands("dependencies.yml")).toEqual(
    expect.arrayContaining(["npm ci", "npm audit --omit=dev --audit-level=moderate", "npm run licenses"]),
  );
});
