import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../lib/config/environment.ts";
import { unusableFiles, writeUnusable } from "../fixtures/unusable-connections.ts";

const script = fileURLToPath(new URL("../../scripts/check-connections.ts", import.meta.url));
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
  readonly code: number;
  readonly output: string;
}

async function check(bytes: string | Buffer, env: Record<string, string> = {}): Promise<Ended> {
  const CONNECTIONS_FILE = join(folder, "connections.json");
  await writeFile(CONNECTIONS_FILE, bytes);
  return run({ ...env, CONNECTIONS_FILE });
}

function run(env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test("names the connections of a file with a byte order mark", async () => {
  const { code, output } = await check(`\uFEFF${JSON.stringify({ connections: [edge] })}`);
  expect([code, output]).toEqual([0, expect.stringMatching(/: 1 connections, edge\n$/)]);
});

test("accepts a blank in the list of allowed hosts, as the functions do", async () => {
  const text = JSON.stringify({ connections: [{ ...edge, endpoint: "https://ecm.example.com" }] });
  const env = { ALLOWED_ENDPOINT_HOSTS: "a.example.com, ecm.example.com" };
  expect(await check(text, env)).toMatchObject({ code: 0 });
  const variables = { ...env, CONNECTIONS_FILE: "c.json", TABLE_NAME: "t", EDGE_ID: "i", EDGE_KEY: "k" };
  expect(readConfig(variables, () => text).connections).toHaveLength(1);
  expect(await check(text)).toMatchObject({ code: 1 });
});

test("refuses UTF-16, a duplicate member, and a trailing comma, each by name", async () => {
  const text = JSON.stringify({ connections: [edge] });
  const [utf16, duplicate, comma] = [
    await check(Buffer.from(`\uFEFF${text}`, "utf16le")),
    await check(text.replace('"name"', '"name":"first","name"')),
    await check(text.replace("]", ",]")),
  ];
  expect([utf16.code, duplicate.code, comma.code]).toEqual([1, 1, 1]);
  expect(utf16.output).toContain("the connections file is UTF-16");
  expect(duplicate.output).toContain("connections[0].name is given more than once");
  expect(comma.output).toMatch(/line 1, column \d+: the last item must not be followed by a comma/);
});

test.each(unusableFiles.filter(({ onlyWhenRunning }) => !onlyWhenRunning))(
  "says why $what cannot be used",
  async (file) => {
    const own = await mkdtemp(join(folder, "unusable-"));
    const { code, output } = await run({ CONNECTIONS_FILE: await writeUnusable(file, own) });
    expect(code).toBe(1);
    for (const problem of file.problems) expect(output).toContain(problem);
    expect(output).toContain(`The configuration has ${file.problems.length} problem(s):`);
  },
);
