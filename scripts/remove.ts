/**
 * `npm run remove -- --stage prod [--delete-data]`: removes the stack of a stage. The ledger stays unless its deletion is
 * asked for and confirmed. Exits with 1 if something could not be removed.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { connectAws } from "./deployment/aws.ts";
import type { Aws } from "./deployment/aws.ts";
import { readIdentity, rulesOfOthers } from "./deployment/check-account.ts";
import { deleteTable } from "./deployment/delete-table.ts";
import { readRetained } from "./deployment/deployed-template.ts";
import { showFramework } from "./deployment/framework.ts";
import type { FrameworkOptions } from "./deployment/framework.ts";
import { readOptionsOrExit } from "./deployment/options.ts";
import { readService } from "./deployment/service.ts";
import type { Service } from "./deployment/service.ts";
import { ledgerSetting, readStageState } from "./deployment/stage-state.ts";

const values = readOptionsOrExit("remove", {
  stage: { type: "string", default: "dev" },
  "delete-data": { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
});
const { stage, "delete-data": deleteData } = values;
const options: FrameworkOptions = { stage, folder: process.cwd(), env: process.env };

try {
  await remove();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function remove(): Promise<void> {
  const service = await readService(options);
  const aws = connectAws(service.region, stage, process.env);
  const { account, arn } = await readIdentity(aws);
  console.info(`stage ${stage}: the stack ${service.stackName} in ${service.region}`);
  console.info(`account ${account}, as ${arn}`);
  const state = await readStageState(aws, service);
  const table = service.table.TableName;
  if (service.bus.isOwn) await requireUnusedBus(aws, service);
  if (deleteData && state.table !== undefined) await confirm(table);

  const retained = await readRetained(aws, service.stackName);
  if (state.stackStatus !== undefined) {
    const env = { ...process.env, LEDGER_TABLE: ledgerSetting(state) };
    const code = await showFramework(["remove"], { ...options, env });
    if (code !== 0) throw new Error("The stack was not removed, and the table was not touched.");
  } else {
    console.info("There is no stack.");
  }
  const kept = state.table === undefined ? retained : [`AWS::DynamoDB::Table ${table}`, ...retained];
  const deleted = deleteData && (await deleteTable(aws, service));
  if (deleted) console.info(`deleted: AWS::DynamoDB::Table ${table}`);
  for (const one of new Set(kept)) {
    if (!deleted || one !== `AWS::DynamoDB::Table ${table}`) console.info(`stays: ${one}`);
  }
  console.info(`stays: the parameters and secrets under ${service.settings.custom.secretsPrefix}/`);
  if (!service.bus.isOwn) console.info(`stays: the event bus ${service.bus.name}`);
  if (!deleted && state.table !== undefined) {
    console.info("The next deployment of this stage uses the table again. To delete it, add --delete-data.");
  }
}

/** @throws Error if the bus could not be deleted, since the removal would then end halfway */
async function requireUnusedBus(aws: Aws, { bus, stackName }: Service): Promise<void> {
  const rules = await rulesOfOthers(aws, bus.name, stackName);
  if (rules.length === 0) return;
  throw new Error(
    `The bus ${bus.name} has rules of others: ${rules.join(", ")}. AWS deletes no bus with rules, so nothing was ` +
      "removed. Delete the rules first, or move them to another bus.",
  );
}

/** @throws Error unless the stage's name is typed, or `--yes` was given */
async function confirm(table: string): Promise<void> {
  if (values.yes) return;
  const lines = createInterface({ input: process.stdin });
  process.stdout.write(`This deletes the table ${table} with every task of it. Type the name of the stage to go on: `);
  const [typed]: unknown[] = await Promise.race([once(lines, "line"), once(lines, "close")]);
  lines.close();
  if (typed !== stage) throw new Error("Nothing was removed, because the name of the stage was not typed.");
}
