import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
const oxlint = join(root, "node_modules/oxlint/bin/oxlint");

const Configuration = z.object({
  overrides: z.array(
    z.object({
      files: z.array(z.string()),
      rules: z.looseObject({
        "no-restricted-imports": z
          .tuple([
            z.literal("error"),
            z.object({ patterns: z.array(z.object({ group: z.array(z.string()), message: z.string() })) }),
          ])
          .optional(),
      }),
    }),
  ),
});

interface Probe {
  readonly file: string;
  readonly specifier: string;
  readonly message: string;
}

/** For every pattern of every rule, a file that the rule covers and an import that it forbids. */
async function deliberatelyBadImports(): Promise<Probe[]> {
  const { overrides } = Configuration.parse(JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8")));
  const probes: Probe[] = [];
  for (const { files, rules } of overrides) {
    const [, option] = rules["no-restricted-imports"] ?? [];
    const against = (option?.patterns ?? []).flatMap(({ group, message }) =>
      group.filter((one) => !one.startsWith("!")).map((glob) => ({ specifier: specifierFor(glob), message })),
    );
    for (const file of files) {
      for (const bad of against) probes.push({ file: file.replace("**", `probe-${probes.length}.ts`), ...bad });
    }
  }
  return probes;
}

function specifierFor(glob: string): string {
  const path = glob
    .replace(/^\*\*\//, "../../")
    .replace(/\/\*\*$/, "/something.ts")
    .replace("/*/", "/some/");
  return path === "*" ? "some-package" : path.replace(/\*$/, "something");
}

const Findings = z.object({
  diagnostics: z.array(z.object({ filename: z.string(), help: z.string().optional(), message: z.string() })),
});
type Finding = z.infer<typeof Findings>["diagnostics"][number];

async function lint(folder: string): Promise<Finding[]> {
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [oxlint, "--format", "json"], { cwd: folder, maxBuffer: 1 << 26 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return Findings.parse(JSON.parse(output)).diagnostics;
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-directions-"));
  await cp(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("every import rule rejects a deliberately bad import", async () => {
  const probes = await deliberatelyBadImports();
  expect(probes.length).toBeGreaterThan(100);
  // Files that a rule names individually are tested one import at a time, since each can have only one content.
  const rounds = Map.groupBy(probes, ({ file }) => file);
  const toothless: Probe[] = [];
  const longest = Math.max(...[...rounds.values()].map((round) => round.length));
  for (let round = 0; round < longest; round += 1) {
    const now = [...rounds.values()].flatMap((ofFile) => ofFile.slice(round, round + 1));
    for (const { file, specifier } of now) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), `import { thing } from "${specifier}";\nthing();\n`);
    }
    const findings = await lint(folder);
    for (const probe of now) {
      const bites = findings.some(
        ({ filename, help, message }) => filename.endsWith(probe.file) && `${help} ${message}`.includes(probe.message),
      );
      if (!bites) toothless.push(probe);
      await rm(join(folder, probe.file));
    }
  }
  expect(toothless).toEqual([]);
}, 60_000);

test("an import rule accepts every import that it does not forbid", async () => {
  const allowed = {
    "lib/sweep/fine.ts": "../transition.ts",
    "lib/providers/alibaba-ecs/fine.ts": "../../signing/acs3.ts",
    "lib/providers/alibaba-ecs/normalize.ts": "../../task.ts",
    "lib/signing/fine.ts": "node:crypto",
    "functions/sweep.ts": "../lib/event-bus.ts",
    "lib/runtime.ts": "./providers/index.ts",
    "test/sandbox/fine.ts": "node:http",
  };
  for (const [file, specifier] of Object.entries(allowed)) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), `import { thing } from "${specifier}";\nthing();\n`);
  }
  const findings = await lint(folder);
  for (const file of Object.keys(allowed)) await rm(join(folder, file));
  expect(findings).toEqual([]);
});
