import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../lib/config/system-clock.ts";
import { runDoctor } from "../../../lib/doctor/doctor.ts";
import type { Examination } from "../../../lib/doctor/examine.ts";
import { printExamination, printSummary, works } from "../../../lib/doctor/print.ts";
import type { Clock } from "../../../lib/domain/clock.ts";
import { providerDescriptors } from "../../../lib/providers/index.ts";
import { writeSandboxConnections } from "../../local/sandbox-connections.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";

const signal = new AbortController().signal;
let clouds: SandboxClouds;
let folder: string;
let file: string;
let environment: Record<string, string>;
beforeEach(async () => {
  clouds = await startSandboxClouds({ clock: systemClock });
  folder = await mkdtemp(join(tmpdir(), "doctor-"));
  file = join(folder, "connections.json");
  environment = await writeSandboxConnections(file, clouds);
});
afterEach(async () => {
  await clouds.stop();
  await rm(folder, { recursive: true });
});

async function examineAll(clock: Clock = systemClock, descriptors = providerDescriptors): Promise<Examination[]> {
  const deps = {
    environment,
    clock,
    descriptors,
    readFile: (path: string) => readFileSync(path, "utf8"),
    awsCredential: async () => {
      throw new Error("there is none");
    },
    signal,
  };
  const examinations: Examination[] = [];
  for await (const examination of runDoctor(file, deps)) examinations.push(examination);
  return examinations;
}

async function linesOf(connection: string, clock?: Clock): Promise<string[]> {
  const examinations = await examineAll(clock);
  return printExamination(examinations.find((one) => one.connection === connection)!);
}

/** Changes one connection of the file. */
async function change(name: string, members: object): Promise<void> {
  const { connections } = JSON.parse(await readFile(file, "utf8"));
  const changed = connections.map((one: { name: string }) => (one.name === name ? { ...one, ...members } : one));
  await writeFile(file, JSON.stringify({ connections: changed }));
}

test("finds nothing wrong with clouds that work", async () => {
  const examinations = await examineAll();
  expect(examinations.flatMap(printExamination)).toEqual([
    "aliyun cn-hangzhou (alibaba-ecs)",
    "  ok     secrets",
    "  ok     DescribeTasks",
    "  ok     DescribeTaskAttribute",
    "  ok     CancelTask",
    "  ok     clock",
    "stack cn-qingdao-env17-d01 (apsara-route)",
    "  ok     secrets",
    "  ok     DescribeTasks",
    "  ok     clock",
    "edge global (tencent-ecm)",
    "  ok     secrets",
    "  ok     DescribeImage",
    "  ok     DescribeCustomImageTask",
    "  ok     clock",
  ]);
  expect(examinations.every(works)).toBe(true);
  expect(printSummary(examinations)).toBe("all 3 targets work");
});

test("tries every API that the clients call, and changes nothing", async () => {
  const plan = { pendingMs: 0, runningMs: 60_000, ending: { kind: "succeeded" } } as const;
  const { nativeId } = clouds.tasks.addTask({ cloud: "alibaba-ecs", action: "ExportImage", plan });
  await examineAll();
  const asked = [clouds.alibabaEcs, clouds.apsaraRoute, clouds.tencentEcm].flatMap(({ requests }) =>
    requests.map(({ api }) => api),
  );
  expect([...new Set(asked)].toSorted()).toEqual(
    [...new Set(providerDescriptors.flatMap(({ trials }) => trials.map(({ api }) => api)))].toSorted(),
  );
  expect(clouds.tasks.find("alibaba-ecs", nativeId)?.task.cancelRequestedAtMs).toBeNull();
});

test("tries what the README asks a policy to allow", async () => {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  const wanted = [...readme.matchAll(/"(ec[sm]:\w+)"/g)].map(([, action]) => action);
  const grants = providerDescriptors.flatMap(({ trials }) => trials.map(({ grant }) => /^"([^"]+)"/.exec(grant)?.[1]));
  expect(wanted.toSorted()).toEqual(grants.filter((action) => action !== undefined).toSorted());
});

describe("names in one line, with its remedy,", () => {
  test.each([
    ["aliyun", "SANDBOX_ALIYUN_ACCESS_KEY_SECRET", "DescribeTasks", /signature \(check the key and its secret\)/],
    ["stack", "SANDBOX_STACK_APP_SECRET", "DescribeTasks", /signature \(check appKey and appSecret\)/],
    ["edge", "SANDBOX_EDGE_SECRET_KEY", "DescribeImage", /\(check the key and its secret\)/],
  ])("a wrong secret of %s", async (connection, variable, api, words) => {
    environment[variable] = "wrong-secret-of-the-test";
    const [, , line] = await linesOf(connection);
    expect(line).toMatch(new RegExp(`^  FAILS  ${api}: .*${words.source}. Remedy: correct env:.* and env:.*, and see`));
    expect(line).toContain(`env:${variable}`);
    expect(line).not.toContain("wrong-secret");
  });

  test("a secret that is not set", async () => {
    delete environment["SANDBOX_EDGE_SECRET_KEY"];
    await expect(examineAll()).rejects.toThrow(
      "credential.secretKey refers to SANDBOX_EDGE_SECRET_KEY, which is not set",
    );
  });

  test.each(["ssm:/image-tasks/key", "secretsmanager:image-tasks/edge#key"])(
    "a secret that cannot be read: %s",
    async (reference) => {
      await change("edge", { credential: { secretId: reference, secretKey: "env:SANDBOX_EDGE_SECRET_KEY" } });
      expect(await linesOf("edge")).toEqual([
        "edge global (tencent-ecm)",
        `  FAILS  secrets: the secret ${reference} could not be read (Error). Remedy: correct the secret or its reference, or sign in to AWS in this shell.`,
        "  -      DescribeImage: not tried, because of the above",
        "  -      DescribeCustomImageTask: not tried, because of the above",
        "  -      clock: no answer told the time",
      ]);
    },
  );

  test("each of two secrets that cannot be read, and one that serves twice once", async () => {
    await change("edge", { credential: { secretId: "ssm:/image-tasks/id", secretKey: "ssm:/image-tasks/key" } });
    await change("aliyun", {
      credential: { accessKeyId: "ssm:/image-tasks/id", accessKeySecret: "ssm:/image-tasks/id" },
    });
    const failures = (lines: string[]) => lines.filter((line) => line.startsWith("  FAILS"));
    expect(failures(await linesOf("edge"))).toEqual([
      expect.stringContaining("secrets: the secret ssm:/image-tasks/id could not be read"),
      expect.stringContaining("secrets: the secret ssm:/image-tasks/key could not be read"),
    ]);
    expect(failures(await linesOf("aliyun"))).toHaveLength(1);
  });

  test("a call that fails only because another one does, once", async () => {
    clouds.faults.add({ cloud: "tencent-ecm", api: "DescribeImage", kind: "deny", times: "always" });
    const descriptors = providerDescriptors.map((descriptor) => {
      const [first] = descriptor.trials;
      return { ...descriptor, trials: [first!, { ...first!, api: "NeedsTheFirst" }] };
    });
    const examinations = await examineAll(systemClock, descriptors);
    expect(examinations.flatMap(printExamination).filter((line) => line.includes("NeedsTheFirst"))).toEqual([
      "  ok     NeedsTheFirst",
      "  ok     NeedsTheFirst",
      "  -      NeedsTheFirst: not known, because of the above",
    ]);
  });

  test("a host name that is not found", async () => {
    environment["ALLOWED_ENDPOINT_HOSTS"] = "clouds.invalid";
    await change("aliyun", { endpoint: "https://clouds.invalid" });
    expect((await linesOf("aliyun"))[2]).toMatch(
      /^ {2}FAILS {2}DescribeTasks: host name not found \(clouds\.invalid\)\. Remedy: set the right endpoint/,
    );
  });

  test.each([
    ["17 minutes behind", -17 * 60, "17 minutes behind the cloud"],
    ["17 minutes ahead", 17 * 60, "17 minutes ahead of the cloud"],
  ])("a clock that is %s", async (_how, skewSeconds, words) => {
    const clock = { ...systemClock, now: () => Date.now() + skewSeconds * 1000 };
    const examinations = await examineAll(clock);
    for (const examination of examinations) {
      expect(printExamination(examination).at(-1)).toBe(
        `  WRONG  clock: this machine is ${words}. Remedy: set its clock, by NTP for example.`,
      );
    }
    expect(printSummary(examinations)).toBe("3 of 3 targets do not work");
  });

  test.each([
    ["alibaba-ecs", "aliyun", "DescribeTasks", "FAILS  DescribeTasks", '"ecs:DescribeTasks" in the RAM policy'],
    [
      "alibaba-ecs",
      "aliyun",
      "DescribeTaskAttribute",
      "FAILS  DescribeTaskAttribute",
      '"ecs:DescribeTaskAttribute" in the RAM policy',
    ],
    [
      "alibaba-ecs",
      "aliyun",
      "CancelTask",
      "lacks  CancelTask (needed to cancel tasks)",
      '"ecs:CancelTask" in the RAM policy',
    ],
    ["apsara-route", "stack", "DescribeTasks", "FAILS  DescribeTasks", "/apsara/route/Ecs/DescribeTasks for the app"],
    ["tencent-ecm", "edge", "DescribeImage", "FAILS  DescribeImage", '"ecm:DescribeImage" in the CAM policy'],
    [
      "tencent-ecm",
      "edge",
      "DescribeCustomImageTask",
      "FAILS  DescribeCustomImageTask",
      '"ecm:DescribeCustomImageTask" in the CAM policy',
    ],
  ] as const)("a missing permission on %s: %s, %s", async (cloud, connection, api, start, grant) => {
    clouds.faults.add({ cloud, api, kind: "deny", times: "always" });
    const lines = await linesOf(connection);
    const wrong = lines.filter((line) => /FAILS|lacks|WRONG/.test(line));
    expect(wrong).toEqual([expect.stringContaining(`  ${start}: `)]);
    expect(wrong[0]).toContain(`. Remedy: allow ${grant}`);
    expect(lines.filter((line) => line.startsWith("  ok")).length).toBeGreaterThan(1);
  });

  test.each(["alibaba-ecs", "apsara-route", "tencent-ecm"] as const)("a proxy's page instead of %s", async (cloud) => {
    clouds.faults.add({ cloud, kind: "html", status: 407, times: "always" });
    const examinations = await examineAll();
    const [, , line] = printExamination(examinations.find(({ provider }) => provider === cloud)!);
    expect(line).toMatch(
      /^ {2}FAILS {2}Describe\w+: HTTP 407 with no answer of this API: text\/html, "407" \(check.*\)\. Remedy: set the right endpoint/,
    );
  });

  test("an endpoint that cannot be reached, and goes on with the others", async () => {
    await change("aliyun", { endpoint: "http://127.0.0.1:9" });
    const examinations = await examineAll();
    expect(printExamination(examinations[0]!)).toEqual([
      "aliyun cn-hangzhou (alibaba-ecs)",
      "  ok     secrets",
      "  FAILS  DescribeTasks: connection refused. Remedy: set the right endpoint, region, HTTPS_PROXY, or NO_PROXY, or ask whoever runs the network.",
      "  -      DescribeTaskAttribute: not tried, because of the above",
      "  -      CancelTask: not tried, because of the above",
      "  -      clock: no answer told the time",
    ]);
    expect(examinations.map(works)).toEqual([false, true, true]);
    expect(printSummary(examinations)).toBe("1 of 3 targets do not work");
  });
});
