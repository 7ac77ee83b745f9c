import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPackagedTemplate } from "../template/packaged-template.ts";
import type { PackagedTemplate } from "../template/packaged-template.ts";
import { zipEntry } from "./zip-entry.ts";

let template: PackagedTemplate;
let elsewhere: string;
beforeAll(async () => {
  template = await createPackagedTemplate();
  elsewhere = await mkdtemp(join(tmpdir(), "image-tasks-elsewhere-"));
}, 120_000);
afterAll(async () => {
  await template.remove();
  await rm(elsewhere, { recursive: true });
});

async function connectionsFile(name: string, secretKey: string): Promise<string> {
  const path = join(elsewhere, name);
  const credential = { secretId: "ssm:/image-tasks/dev/id", secretKey };
  await writeFile(path, JSON.stringify({ connections: [{ name: "edge", provider: "tencent-ecm", credential }] }));
  return path;
}

describe("a package", { timeout: 120_000 }, () => {
  test("has the connections file at the path that the functions read, wherever it was before", async () => {
    const path = await connectionsFile("ours.json", "ssm:/image-tasks/dev/key");
    const resources = await template.package({ CONNECTIONS_FILE: path });
    const environment = resources["GetLambdaFunction"]?.Properties["Environment"];
    const { Variables } = environment as { Variables: Record<string, string> };
    const zip = await readFile(join(template.folder, "packaged/get.zip"));
    expect(zipEntry(zip, Variables["CONNECTIONS_FILE"] ?? "")).toBe(await readFile(path, "utf8"));
    expect(JSON.stringify(Variables)).not.toContain(elsewhere);
  });

  test("is not made with a reference to a variable of this machine, whose value is not shown", async () => {
    const path = await connectionsFile("variable.json", "env:EDGE_KEY");
    const refused = expect(template.package({ CONNECTIONS_FILE: path, EDGE_KEY: "s3cret" })).rejects;
    await refused.toThrow(
      /is an environment variable that no function is given(?![^]*s3cret)[^]*ssm:\/image-tasks\/dev\//,
    );
  });

  test("is not made with a secret that the functions may not read", async () => {
    const path = await connectionsFile("other-stage.json", "ssm:/image-tasks/prod/key");
    const refused = expect(template.package({ CONNECTIONS_FILE: path })).rejects;
    await refused.toThrow(/credential\.secretKey .* is not under image-tasks\/dev\//);
  });

  test.each([
    ["a bus by its ARN", { EVENT_BUS_NAME: "arn:aws:events:us-east-1:123456789012:event-bus/acme" }, /ARN: acme/],
    ["certificates by an absolute path", { FUNCTIONS_EXTRA_CA_CERTS: "/etc/ssl/cert.pem" }, /inside this project/],
  ])("is not made with %s", async (_what, env, message) => {
    await expect(template.package(env)).rejects.toThrow(message);
  });
});
