import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod/mini";

const run = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(project, "node_modules/serverless/bin/serverless.js");

const Template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.looseObject({}) })),
  Outputs: z.record(z.string(), z.looseObject({ Export: z.optional(z.object({ Name: z.string() })) })),
});
export type Template = z.infer<typeof Template>;
export type Resources = Template["Resources"];

export interface PackagedTemplate {
  /** What is packaged: the bundles in `.build`, and files for `CONNECTIONS_FILE`. */
  readonly folder: string;
  /** Returns the CloudFormation template that would be deployed with this environment and `serverless.yml`. */
  package(env: Readonly<Record<string, string>>, edit?: (configuration: string) => string): Promise<Resources>;
  /** The same, with the template's outputs. */
  packageWhole(env: Readonly<Record<string, string>>, edit?: (configuration: string) => string): Promise<Template>;
  remove(): Promise<void>;
}

/** Builds the project once into its own folder and packages it as often as needed. */
export async function createPackagedTemplate(): Promise<PackagedTemplate> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-template-"));
  await mkdir(join(folder, "docs"));
  await run("npm", ["run", "--silent", "build", "--", `--outdir=${join(folder, ".build")}`], { cwd: project });
  for (const file of ["package.json", "docs/connections.example.json"]) {
    await copyFile(join(project, file), join(folder, file));
  }
  // The plugin among them imports from the project, so Node must find the real files.
  for (const part of ["scripts", ".stack", "docs/schemas"]) await symlink(join(project, part), join(folder, part));
  const packageWhole: PackagedTemplate["packageWhole"] = async (env, edit = (configuration) => configuration) => {
    const configuration = await readFile(join(project, "serverless.yml"), "utf8");
    await writeFile(join(folder, "serverless.yml"), edit(configuration));
    const output = join(folder, "packaged");
    await rm(output, { recursive: true, force: true });
    await packageFolder(folder, output, env);
    const text = await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8");
    return Template.parse(JSON.parse(text));
  };
  return {
    folder,
    package: async (env, edit) => (await packageWhole(env, edit)).Resources,
    packageWhole,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Rejects with the tool's output. */
async function packageFolder(cwd: string, output: string, own: Readonly<Record<string, string>>): Promise<void> {
  const { PATH = "", HOME = "" } = process.env;
  const quiet = { SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" };
  const env = { PATH, HOME, ...quiet, ...own };
  try {
    await run(process.execPath, [cli, "package", "--package", output], { cwd, env });
  } catch (error) {
    const { stdout, stderr } = z.object({ stdout: z.string(), stderr: z.string() }).parse(error);
    throw new Error(`${stdout}\n${stderr}`, { cause: error });
  }
}
