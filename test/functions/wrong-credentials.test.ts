import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";
import { openAccount } from "./rotating-account.ts";

interface Victim {
  readonly connection: string;
  readonly id: string;
  readonly secret: string;
}

const victims: readonly Victim[] = [
  { connection: "aliyun", id: "ALIYUN_KEY_ID", secret: "ALIYUN_KEY_SECRET" },
  { connection: "stack", id: "STACK_APP_KEY", secret: "STACK_APP_SECRET" },
  { connection: "edge", id: "EDGE_SECRET_ID", secret: "EDGE_SECRET_KEY" },
];

/** Each connection with its task. */
const tasks: Record<string, string> = {};
/** Stands in every wrong value. */
const mark = "MARKED";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
  const hangzhou = api.addTask({ cloud: "alibaba-ecs", region: "cn-hangzhou" });
  const stack = api.addTask({ cloud: "apsara-route", region: "cn-qingdao-env17-d01" });
  const edge = api.addTask({ cloud: "tencent-ecm" });
  tasks["aliyun"] = `aliyun:cn-hangzhou:${hangzhou.nativeId}`;
  tasks["stack"] = `stack:cn-qingdao-env17-d01:${stack.nativeId}`;
  tasks["edge"] = `edge:global:${edge.nativeId}`;
}, 30_000);
afterAll(() => api.stop());
afterEach(() => api.restart(api.env));

/** What the callers of every function see while one connection has a wrong credential. */
async function expectExplained({ connection }: Victim, explanation: RegExp): Promise<void> {
  const list = await api.list();
  const healthy = Object.keys(tasks).filter((name) => name !== connection);
  expect(list.status).toBe(200);
  expect([...new Set(list.body.tasks.map((task) => task.connection))].toSorted()).toEqual(healthy.toSorted());
  expect([...new Set(list.body.errors.map((error) => error.connection))]).toEqual([connection]);
  for (const error of list.body.errors) {
    expect(error).toMatchObject({ kind: "unauthorized", message: expect.stringMatching(explanation) });
  }

  for (const name of healthy) expect(await api.get(tasks[name] ?? "")).toMatchObject({ status: 200 });
  const wrong = await api.get<ProblemBody>(tasks[connection] ?? "");
  expect(wrong.body).toMatchObject({
    type: "urn:image-tasks:problem:provider-unauthorized",
    detail: expect.stringMatching(explanation),
  });

  const swept = await api.sweep().then(String, String);
  expect(swept).toMatch(connection === "aliyun" ? /2 of 4 targets failed/ : /1 of 4 targets failed/);
  expect(swept).toMatch(explanation);
  const report = await api.connections();
  for (const state of report.body.connections) {
    expect(state.lastError).toEqual(state.connection === connection ? expect.stringMatching(explanation) : null);
  }
  expect([list.text, wrong.text, swept, report.text].join("\n")).not.toContain(mark);
}

describe.each(victims)("with a wrong credential of $connection beside two healthy clouds", (victim) => {
  const { id, secret } = victim;

  test("every function explains an id with a zero-width space by its reference", async () => {
    await api.restart({ [id]: `${mark}\u200bid` });
    await expectExplained(victim, new RegExp(`the secret env:${id} contains an invisible character`));
  });

  test.each([
    ["an unknown id", id, `${mark}unknown`],
    ["a wrong secret", secret, `${mark}wrong`],
    ["a long id that a header can carry", id, mark.repeat(1000)],
  ])("every function passes on what the cloud says about %s", async (_what, variable, value) => {
    await api.restart({ [variable]: value });
    await expectExplained(victim, /\w{3}/);
  });

  test("no function notices what pasting adds around it", async () => {
    await api.restart({ [id]: ` ${api.env[id]}\r\n`, [secret]: `\t${api.env[secret]}\n\n` });
    const { body } = await api.list();
    expect(body.errors).toEqual([]);
    expect([...new Set(body.tasks.map((task) => task.connection))].toSorted()).toEqual(["aliyun", "edge", "stack"]);
    for (const task of Object.values(tasks)) expect(await api.get(task)).toMatchObject({ status: 200 });
    await expect(api.sweep()).resolves.toHaveLength(4);
    const report = await api.connections();
    expect(report.body.connections.map(({ lastError }) => lastError)).toEqual([null, null, null, null]);
  });
});

describe("with a credential that cannot be sent, every function explains", () => {
  const [, , edge = { connection: "edge", id: "", secret: "" }] = victims;
  const { id, secret } = edge;

  test.each([
    ["an id with a control character", id, `${mark}\u0007id`, "contains a control character"],
    ["a secret with a line break inside", secret, `${mark}\nsecret`, "contains a line break"],
    ["a secret with a non-breaking space", secret, `${mark}\u00a0secret`, "contains an invisible character"],
    ["an id with a typographic quote", id, `\u201c${mark}`, "contains a character that is not ASCII"],
    ["a blank secret", secret, " \n", "is empty"],
    ["a very long id", id, mark.repeat(10_000), "is longer than 8192 characters"],
  ])("%s by its reference", async (_what, variable, value, problem) => {
    await api.restart({ [variable]: value });
    await expectExplained(edge, new RegExp(`the secret env:${variable} ${problem}`));
  });

  test("a variable that is no longer set", async () => {
    await api.restart({});
    delete process.env[secret];
    await expectExplained(edge, new RegExp(`the secret env:${secret} is not set`));
  });
});

describe("with an expired token", () => {
  test.each(["aliyun", "edge"] as const)("of %s, every function explains it", async (connection) => {
    const victim = victims.find((one) => one.connection === connection);
    if (victim === undefined) throw new Error(`there is no ${connection}`);
    await using keys = await openAccount({ connection, token: true }, api);
    await api.restart(keys.rotate("1"));
    expect((await api.list()).body.errors).toEqual([]);
    keys.rotate("2");
    await api.restart(keys.variablesOf("1"));
    await expectExplained(victim, /token|expired/i);
  });
});
