/**
 * `npm run deploy -- --stage prod`: checks everything that can be checked, names all that is missing, and only then
 * deploys. Exits with 1 if it does not.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAws } from "./deployment/aws.ts";
import { readDeployedTemplate } from "./deployment/deployed-template.ts";
import { runFramework, showFramework } from "./deployment/framework.ts";
import type { FrameworkOptions } from "./deployment/framework.ts";
import { readOptionsOrExit } from "./deployment/options.ts";
import { Template, planLines } from "./deployment/plan.ts";
import { checkBeforeDeploying } from "./deployment/preflight.ts";
import { readService } from "./deployment/service.ts";
import { ledgerSetting } from "./deployment/stage-state.ts";

const values = readOptionsOrExit("deploy", {
  stage: { type: "string", default: "dev" },
  "dry-run": { type: "boolean", default: false },
  "without-reading-secrets": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
});
const { stage, "dry-run": dryRun } = values;
const folder = process.cwd();
const options: FrameworkOptions = { stage, folder, env: process.env };

const service = await readService(options);
const aws = connectAws(service.region, stage, process.env);
const readSecrets = !values["without-reading-secrets"];
const { identity, state, problems, warnings } = await checkBeforeDeploying(service, aws, { folder, readSecrets });
console.info(`stage ${stage}: the stack ${service.stackName} in ${service.region}`);
if (identity !== undefined) console.info(`account ${identity.account}, as ${identity.arn}`);
for (const warning of warnings) console.warn(`warning: ${warning}`);
for (const problem of problems) console.error(`- ${problem}`);

if (problems.length > 0 || state === undefined) {
  console.error(`Nothing was deployed, because of ${problems.length} problem(s).`);
  process.exitCode = 1;
} else {
  const setting = ledgerSetting(state);
  const takesOver =
    setting === "existing" ? `uses the table ${service.table.TableName}, which is kept from before` : "owns its table";
  console.info(`checked: nothing is missing; the stack ${takesOver}`);
  const deployment = { ...options, env: { ...process.env, LEDGER_TABLE: setting } };
  process.exitCode = dryRun ? await printPlan(deployment) : await deploy(deployment);
}

async function deploy(deployment: FrameworkOptions): Promise<number> {
  const flags = (["force", "verbose"] as const).flatMap((flag) => (values[flag] ? [`--${flag}`] : []));
  return showFramework(["deploy", ...flags], deployment);
}

/** Packages into a folder of its own, and compares the template with the deployed one. */
async function printPlan(deployment: FrameworkOptions): Promise<number> {
  const output = await mkdtemp(join(tmpdir(), "image-tasks-plan-"));
  try {
    await runFramework(["package", "--package", output], deployment);
    const text = await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8");
    const deployed = await readDeployedTemplate(aws, service.stackName);
    const lines = planLines(Template.parse(JSON.parse(text)), deployed);
    for (const line of lines) console.info(line);
    console.info(`Nothing was changed. A deployment would make ${lines.length} change(s).`);
    return 0;
  } finally {
    await rm(output, { recursive: true });
  }
}
