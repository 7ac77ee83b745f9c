import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeployedProject } from "./deployed-project.ts";
import type { DeployedProject } from "./deployed-project.ts";
import { startEmulatedAws } from "./emulated-aws.ts";
import type { EmulatedAws } from "./emulated-aws.ts";
import { zipEntry } from "./zip-entry.ts";

let aws: EmulatedAws;
let project: DeployedProject;
beforeAll(async () => {
  aws = await startEmulatedAws();
  project = await createDeployedProject(aws);
}, 300_000);
afterAll(async () => {
  await project.stop();
  await aws.stop();
});

const tableType = "AWS::DynamoDB::Table";
const busType = "AWS::Events::EventBus";
const scheduleType = "AWS::Events::Rule";
const functionType = "AWS::Lambda::Function";
const stack = "image-tasks-dev";
const [idSecret, keyParameter] = ["image-tasks/dev/aliyun", "/image-tasks/dev/aliyun/key"];
const connectionTo = (...regions: string[]) => ({
  name: "aliyun",
  provider: "alibaba-ecs",
  regions,
  credential: { accessKeyId: `secretsmanager:${idSecret}#id`, accessKeySecret: `ssm:${keyParameter}` },
});

const table = () => aws.resources.find(tableType, stack);
/** What was done to resources since the last call. */
const newActions = (): string[] => aws.stacks.actions.splice(0);
/** Those of `newActions` that were done to the table, to the bus, or to the schedule. */
const mainActions = (): string[] =>
  newActions().filter((one) => [tableType, busType, scheduleType].includes(one.split(" ")[1] ?? ""));
const changing = /^(CreateChangeSet|ExecuteChangeSet|DeleteStack|PUT .*|POST .*|DynamoDB\w*\.(Update|Delete)Table)$/;
const changesSince = (from: number) => aws.calls.slice(from).filter((call) => changing.test(call));

/** `connections.json` in the newest package of a function. */
function deployedConnections(name: string): string | undefined {
  const [, zip] = [...aws.buckets.objects].findLast(([path]) => path.endsWith(`/${name}.zip`)) ?? [];
  return zip === undefined ? undefined : zipEntry(zip.bytes, ".build/connections.json");
}

// Each test continues where the one before has left the account.
describe("a stage", { timeout: 300_000 }, () => {
  test("is not deployed while something is missing, and everything that is missing is named at once", async () => {
    await project.writeConnections([connectionTo("cn-hangzhou")]);
    aws.secrets.set(idSecret, JSON.stringify({ id: "LTAI5t\u00e9" }));
    const env = { EVENT_BUS_NAME: "nowhere", SECRETS_KEY_ARN: "arn:aws:kms:us-east-1:123456789012:key/1" };
    const { code, output } = await project.deploy(["--stage", "dev"], env);
    expect(code).toBe(1);
    const problems = output.split("\n").filter((line) => line.startsWith("- "));
    expect(problems).toEqual([
      expect.stringMatching(/accessKeyId of "aliyun": .* contains a character that is not ASCII$/),
      expect.stringMatching(
        /accessKeySecret of "aliyun": .*\(ParameterNotFound\); create it with: aws ssm put-parameter/,
      ),
      expect.stringMatching(/^- there is no event bus nowhere in us-east-1; create it, or leave EVENT_BUS_NAME unset/),
      "- the key of SECRETS_KEY_ARN cannot be described (NotFoundException)",
    ]);
    expect(output).toContain("Nothing was deployed, because of 4 problem(s).");
    expect(output).not.toContain("LTAI5t");
    expect(changesSince(0)).toEqual([]);
  });

  test("can be planned, which changes nothing", async () => {
    aws.secrets.set(idSecret, JSON.stringify({ id: "LTAI5t" })).set(keyParameter, "k");
    const { code, output } = await project.deploy(["--stage", "dev", "--dry-run"]);
    expect(output).toContain(`create ${tableType} LedgerTable ${stack}`);
    expect(output).toContain("create AWS::ApiGatewayV2::Route HttpApiRouteGetTasks GET /tasks");
    expect([code, output]).toEqual([0, expect.stringMatching(/Nothing was changed\. .* would make \d\d+ change/)]);
    expect(changesSince(0)).toEqual([]);
  });

  test("is deployed with its table and its schedule", async () => {
    const { code, output } = await project.deploy(["--stage", "dev"]);
    expect([code, output]).toEqual([0, expect.stringContaining("Service deployed to stack image-tasks-dev")]);
    expect(mainActions()).toEqual([
      `create ${tableType} ${stack}`,
      `create ${busType} ${stack}`,
      expect.stringMatching(`^create ${scheduleType} `),
    ]);
    expect(deployedConnections("sweep")).toContain('"cn-hangzhou"');
  });

  test("is left alone by a second deployment without a change", async () => {
    const { code, output } = await project.deploy(["--stage", "dev"]);
    expect([code, output]).toEqual([0, expect.stringContaining("No changes to deploy")]);
    expect(newActions()).toEqual([]);
  });

  test("gets a new region of the connections file, and nothing but its functions changes", async () => {
    await project.writeConnections([connectionTo("cn-hangzhou", "cn-beijing")]);
    expect(await project.deploy(["--stage", "dev"])).toMatchObject({ code: 0 });
    const actions = newActions();
    expect(actions.filter((one) => one.includes(functionType))).toHaveLength(11);
    expect(actions.filter((one) => !/ AWS::Lambda::(Function|Version) /.test(one))).toEqual([]);
    expect(deployedConnections("sweep")).toContain('"cn-beijing"');
  });

  test("is not removed while others have rules on its bus, which could not be deleted", async () => {
    const rule = { EventBusName: stack, Name: "billing" };
    const theirs = aws.resources.create("Theirs", { Type: scheduleType, Properties: rule });
    const from = aws.calls.length;
    const { code, output } = await project.remove(["--stage", "dev"]);
    aws.resources.delete(theirs);
    expect([code, output]).toEqual([1, expect.stringContaining(`The bus ${stack} has rules of others: billing.`)]);
    expect(changesSince(from)).toEqual([]);
  });

  test("is removed without its table, which is named", async () => {
    const serial = table()?.serial;
    const { code, output } = await project.remove(["--stage", "dev"]);
    expect([code, output]).toEqual([0, expect.stringContaining(`stays: ${tableType} ${stack}\n`)]);
    expect(output).toContain("stays: the parameters and secrets under image-tasks/dev/");
    expect(mainActions()).toEqual([
      `keep ${tableType} ${stack}`,
      `delete ${busType} ${stack}`,
      expect.stringMatching(`^delete ${scheduleType} `),
    ]);
    expect(aws.stacks.all()).toEqual([]);
    expect(aws.buckets.objects.size).toBe(0);
    expect(table()?.serial).toBe(serial);
  });

  test("cannot be deployed over the kept table by the framework alone", async () => {
    const { code, output } = await project.framework(["deploy", "--stage", "dev"]);
    expect([code, output]).toEqual([1, expect.stringContaining(`identifier '${stack}' already exists`)]);
    newActions();
  });

  test("takes the kept table over when it is deployed again", async () => {
    const serial = table()?.serial;
    const { code, output } = await project.deploy(["--stage", "dev"]);
    expect([code, output]).toEqual([0, expect.stringContaining(`the stack uses the table ${stack}, which is kept`)]);
    expect(mainActions()).toEqual([`create ${busType} ${stack}`, expect.stringMatching(`^create ${scheduleType} `)]);
    expect(table()?.serial).toBe(serial);
    const again = await project.deploy(["--stage", "dev"]);
    expect(again.output).toContain("No changes to deploy");
  });

  test("is not deployed over a table of another layout, and is told what differs and what to do", async () => {
    const properties = { ...table()?.properties };
    const [, ...others] = properties["GlobalSecondaryIndexes"] as unknown[];
    Object.assign(table() ?? {}, { properties: { ...properties, GlobalSecondaryIndexes: others } });
    const from = aws.calls.length;
    const { code, output } = await project.deploy(["--stage", "dev"]);
    Object.assign(table() ?? {}, { properties });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining("the index tasks-by-target is missing. Change the table"),
    ]);
    expect(output).toContain("npm run remove -- --stage dev --delete-data");
    expect(changesSince(from)).toEqual([]);
  });

  test("keeps everything unless its name is typed for the deletion of its data", async () => {
    const from = aws.calls.length;
    const { code, output } = await project.remove(["--stage", "dev", "--delete-data"], "prod\n");
    expect([code, output]).toEqual([1, expect.stringContaining("Nothing was removed, because the name of the stage")]);
    const silent = await project.remove(["--stage", "dev", "--delete-data"]);
    expect(silent.code).toBe(1);
    expect(changesSince(from)).toEqual([]);
  });

  test("is removed with its protected table, and can be deployed again", async () => {
    const before = table();
    expect(before?.properties["DeletionProtectionEnabled"]).toBe(true);
    const removed = await project.remove(["--stage", "dev", "--delete-data"], "dev\n");
    expect(removed).toEqual({ code: 0, output: expect.stringContaining(`deleted: ${tableType} ${stack}`) });
    expect(removed.output).not.toContain(`stays: ${tableType}`);
    expect([table(), aws.stacks.all()]).toEqual([undefined, []]);
    newActions();

    expect(await project.deploy(["--stage", "dev"])).toMatchObject({ code: 0 });
    expect(mainActions()).toContain(`create ${tableType} ${stack}`);
    expect(table()?.serial).toBeGreaterThan(before?.serial ?? Infinity);
  });
});
