import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkService } from "../../scripts/check-service.ts";

const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const connections = {
  connections: [
    {
      name: "edge",
      provider: "tencent-ecm",
      credential: { secretId: "ssm:/image-tasks/dev/id", secretKey: "ssm:/image-tasks/dev/key" },
    },
  ],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-service-"));
  await mkdir(join(folder, "project/certificates"), { recursive: true });
  await writeFile(join(folder, "project/certificates/ca.pem"), certificate);
  await writeFile(join(folder, "project/certificates/empty.pem"), "");
  await writeFile(join(folder, "outside.pem"), certificate);
  await writeFile(join(folder, "connections.json"), JSON.stringify(connections));
});
afterAll(() => rm(folder, { recursive: true }));

interface Changed {
  readonly connectionsFile?: string;
  readonly busName?: unknown;
  readonly certificates?: string;
}

function check({ connectionsFile = "../connections.json", busName = "default", certificates = "" }: Changed) {
  const settings = {
    custom: { connectionsFile, secretsPrefix: "image-tasks/dev", secretsKeyArn: "none" },
    provider: { region: "us-east-1", environment: { NODE_EXTRA_CA_CERTS: certificates, TABLE_NAME: { Ref: "Table" } } },
    functions: { sweep: { environment: { EVENT_BUS_NAME: busName } } },
  };
  return checkService(settings, join(folder, "project"));
}

describe("the settings of a deployment", () => {
  test("may name a connections file anywhere", () => {
    for (const connectionsFile of ["../connections.json", join(folder, "connections.json")]) {
      expect(check({ connectionsFile })).toMatchObject({ problems: [], connections: [{ name: "edge" }] });
    }
  });

  test.each(["default", "acme.tasks", "aws.partner/example.com/1", { Ref: "EventBus" }])(
    "may name the bus %j",
    (busName) => {
      expect(check({ busName }).problems).toEqual([]);
    },
  );

  test.each(["", "two words", "*", "arn:aws:events:us-east-1:123456789012:rule/x"])(
    "may not name the bus %j, whose permission would match no bus",
    (busName) => {
      expect(check({ busName }).problems).toEqual([expect.stringContaining("EVENT_BUS_NAME must be the name of an")]);
    },
  );

  test("may not give the bus as an ARN, and are told its name", () => {
    const { problems } = check({ busName: "arn:aws-cn:events:cn-north-1:123456789012:event-bus/acme" });
    expect(problems).toEqual([expect.stringMatching(/^EVENT_BUS_NAME must be a name and not an ARN: acme\. /)]);
  });

  test.each([
    ["certificates/ca.pem", undefined],
    ["certificates/empty.pem", "without a certificate"],
    ["certificates/missing.pem", "cannot be read"],
    ["certificates", "cannot be read"],
    ["../outside.pem", "must be a path inside this project"],
  ])("may name certificates in %s only if the functions can read them", (certificates, problem) => {
    const expected = problem === undefined ? [] : [expect.stringContaining(problem)];
    expect(check({ certificates }).problems).toEqual(expected);
  });

  test("may not name certificates by an absolute path, which differs in the zip", () => {
    expect(check({ certificates: join(folder, "project/certificates/ca.pem") }).problems).toEqual([
      expect.stringContaining("must be a path inside this project"),
    ]);
  });

  test("are refused with every problem at once", () => {
    const { connections: found, problems } = check({ connectionsFile: "no.json", busName: "", certificates: "no.pem" });
    expect(found).toBeUndefined();
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "no.json:",
      "EVENT_BUS_NAME",
      "FUNCTIONS_EXTRA_CA_CERTS",
    ]);
  });
});
