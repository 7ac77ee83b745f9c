import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../lib/config/environment.ts";
import { checkConnections } from "../../scripts/check-connections.ts";
import { unusableFiles, writeUnusable } from "../fixtures/unusable-connections.ts";

const edgeVariables = { EDGE_ID: "i", EDGE_KEY: "k" };
const edge = {
  name: "edge",
  provider: "tencent-ecm",
  credential: { secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-connections-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly refused: boolean;
  readonly output: string;
}

async function check(bytes: string | Buffer, env: Record<string, string> = {}): Promise<Ended> {
  const path = join(folder, "connections.json");
  await writeFile(path, bytes);
  return run(path, env);
}

function run(path: string, env: Record<string, string> = {}, secretsPrefix = "image-tasks/dev"): Ended {
  try {
    const connections = checkConnections({ path, env, secretsPrefix }, (file) => readFileSync(file, "utf8"));
    return { refused: false, output: connections.map(({ name }) => name).join(", ") };
  } catch (error) {
    return { refused: true, output: error instanceof Error ? error.message : "" };
  }
}

async function checkSecrets(credential: Record<string, string>, secretsPrefix: string): Promise<Ended> {
  const path = join(folder, "secrets.json");
  await writeFile(path, JSON.stringify({ connections: [{ ...edge, credential }] }));
  return run(path, edgeVariables, secretsPrefix);
}

test("names the connections of a file with a byte order mark", async () => {
  const { refused, output } = await check(`\uFEFF${JSON.stringify({ connections: [edge] })}`, edgeVariables);
  expect([refused, output]).toEqual([false, "edge"]);
});

test("accepts a blank in the list of allowed hosts, as the functions do", async () => {
  const text = JSON.stringify({ connections: [{ ...edge, endpoint: "https://ecm.example.com" }] });
  const env = { ...edgeVariables, ALLOWED_ENDPOINT_HOSTS: "a.example.com, ecm.example.com" };
  expect(await check(text, env)).toMatchObject({ refused: false });
  const variables = { ...env, CONNECTIONS_FILE: "c.json", TABLE_NAME: "t" };
  expect(readConfig(variables, () => text).connections).toHaveLength(1);
  expect(await check(text)).toMatchObject({ refused: true });
});

test("refuses UTF-16, a duplicate member, and a trailing comma, each by name", async () => {
  const text = JSON.stringify({ connections: [edge] });
  const [utf16, duplicate, comma] = [
    await check(Buffer.from(`\uFEFF${text}`, "utf16le")),
    await check(text.replace('"name"', '"name":"first","name"')),
    await check(text.replace("]", ",]")),
  ];
  expect([utf16.refused, duplicate.refused, comma.refused]).toEqual([true, true, true]);
  expect(utf16.output).toContain("the connections file is UTF-16");
  expect(duplicate.output).toContain("connections[0].name is given more than once");
  expect(comma.output).toMatch(/line 1, column \d+: the last item must not be followed by a comma/);
});

test.each(unusableFiles.filter(({ onlyWhenRunning }) => !onlyWhenRunning))(
  "says why $what cannot be used",
  async (file) => {
    const own = await mkdtemp(join(folder, "unusable-"));
    const { refused, output } = run(await writeUnusable(file, own));
    expect(refused).toBe(true);
    for (const problem of file.problems) expect(output).toContain(problem);
    expect(output).toContain(`The configuration has ${file.problems.length} problem(s):`);
  },
);

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

test.each([
  ["image-tasks/prod", { secretId: "ssm:/image-tasks/prod/id", secretKey: "secretsmanager:image-tasks/prod/edge#key" }],
  ["image-tasks/prod", { secretId: "env:EDGE_ID", secretKey: `secretsmanager:${arn}image-tasks/prod/edge-AbCdEf#key` }],
  ["acme", { secretId: "ssm:/acme/edge/id", secretKey: "secretsmanager:acme/edge" }],
])("accepts secrets under %s", async (prefix, credential) => {
  expect(await checkSecrets(credential, prefix)).toMatchObject({ refused: false });
});

test.each([
  "ssm:/image-tasks/prod/key",
  "ssm:/image-tasks/key",
  "ssm:/image-tasks/dev",
  "ssm:/image-tasks/develop/key",
  "ssm:/other/image-tasks/dev/key",
  "secretsmanager:image-tasks/prod/edge#key",
  "secretsmanager:edge#image-tasks",
  `secretsmanager:${arn}image-tasks/prod/edge-AbCdEf#key`,
])("refuses %s in a stage that can read only its own secrets, and says what to do", async (secretKey) => {
  const { refused, output } = await checkSecrets({ secretId: "env:EDGE_ID", secretKey }, "image-tasks/dev");
  expect(refused).toBe(true);
  expect(output).toContain("The configuration has 1 problem(s):");
  expect(output).toContain(
    `credential.secretKey of the connection "edge" is ${secretKey}, which is not under image-tasks/dev/`,
  );
  expect(output).toMatch(/Rename them, or set SECRETS_PREFIX to what all of their names start with\.$/);
});

test.each(["*", "image-tasks/*", "image-tasks/", "/image-tasks", "image tasks", "a//b", ""])(
  "refuses the prefix %j, which would widen the policy or match nothing",
  async (prefix) => {
    const { refused, output } = await checkSecrets({ secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" }, prefix);
    expect([refused, output]).toEqual([true, expect.stringContaining("SECRETS_PREFIX must be names of letters")]);
  },
);

test("refuses variables, which no deployed function has, without showing what may be the secret itself", async () => {
  const credential = { secretId: "env:EDGE_ID", secretKey: "env:AKIDz8krbsJ5yKBZQpn74WFkmLPx3" };
  const { refused, output } = await check(JSON.stringify({ connections: [{ ...edge, credential }] }), { EDGE_ID: "i" });
  expect(refused).toBe(true);
  expect(output).toContain('credential.secretKey of the connection "edge" is an environment variable that no function');
  expect(output).toMatch(
    /ssm:\/image-tasks\/dev\/\.\.\. or secretsmanager:image-tasks\/dev\/\.\.\. instead of env:\.$/,
  );
  expect(output).not.toContain("AKIDz8");
  expect(output).not.toContain("credential.secretId");
});
