import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { createApi } from "../../lib/cli/api.ts";
import { parseCommand } from "../../lib/cli/arguments.ts";
import { runCommand } from "../../lib/cli/commands.ts";
import { createRuntime } from "../../lib/config/runtime.ts";
import { systemClock, systemRandom } from "../../lib/config/system-clock.ts";
import type { Task } from "../../lib/domain/task.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import { createTransport } from "../../lib/transport/node-transport.ts";
import { explain } from "../fakes/explain.ts";
import { listenHttp } from "../fakes/loopback-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { createRecordingBus } from "../fakes/recording-bus.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import { startGateway } from "./gateway.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** `image-tasks` against the real functions, and against what may stand before them. */

const token = "t0ken-of-this-test";
let api: Harness;
let gateway: LoopbackServer;
/** Waits a few seconds where the real functions wait 25. */
let hurried: LoopbackServer;
beforeAll(async () => {
  process.env["API_TOKEN"] = token;
  api = await startHarness();
  gateway = await startGateway();
  hurried = await startGateway({ leftMs: 5500 });
}, 30_000);
afterAll(async () => {
  await Promise.all([gateway.close(), hurried.close()]);
  await api.stop();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly url?: string;
  readonly terminal?: boolean;
  readonly environment?: Record<string, string>;
  readonly awsCredential?: () => Promise<{ accessKeyId: string; secretAccessKey: string }>;
}

/** Runs the command in this process. Its pauses are short. */
async function run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { url = gateway.url.origin, terminal = false, environment = { IMAGE_TASKS_TOKEN: token } } = options;
  const parsed = parseCommand(typeof line === "string" ? line.split(" ") : line);
  if (parsed.name !== "api") throw new Error("this is no command for the API");
  const transport = createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 40_000, maxBodyBytes: 10_000_000 });
  const { awsCredential = async () => ({ accessKeyId: "AKID", secretAccessKey: "SECRET" }) } = options;
  const shown = { out: "", err: "" };
  const streamTo = (name: "out" | "err") => ({
    isTTY: terminal,
    columns: 100,
    write: (text: string) => (shown[name] += text),
  });
  const clock = { now: systemClock.now, sleep: (ms: number) => systemClock.sleep(Math.min(ms, 50)) };
  const code = await runCommand(parsed.command, {
    api: createApi({ ...parsed.address, url }, { environment, awsCredential, transport }),
    clock,
    out: streamTo("out"),
    err: streamTo("err"),
    json: parsed.json,
  });
  return { code, ...shown };
}

async function sweep(): Promise<void> {
  const { ledger, providers } = createRuntime(process.env);
  const settings = { ...defaultSweepSettings, vanish: { minSweeps: 3, minMs: 0, neverShownMs: 0, watchMs: 0 } };
  const world = { ledger, bus: createRecordingBus(), explain, clock: systemClock, random: systemRandom, settings };
  await sweepTargets(providers, world, { signal: new AbortController().signal, stopAtMs: Infinity });
}

const failure = { code: "InvalidOssObject", message: "The object cannot be read." };
const cloud = "alibaba-ecs";

describe("image-tasks wait", { timeout: 30_000 }, () => {
  test("ends with each task, with its reason and its exit code", async () => {
    const ending = { kind: "partly-failed", succeeded: 1, failed: 1, ...failure } as const;
    api.addTask({ cloud, nativeId: "t-c1", runningMs: 60_000 });
    api.addTask({ cloud, nativeId: "t-c2", runningMs: 60_000, ending: { kind: "failed", ...failure } });
    api.addTask({ cloud, nativeId: "t-c3", runningMs: 60_000, ending });
    api.addTask({ cloud, nativeId: "t-c4", runningMs: 60_000, ending: { kind: "canceled" } });
    api.addTask({ cloud: "tencent-ecm", nativeId: "81", runningMs: 60_000 });
    const ids = ["t-c1", "t-c2", "t-c3", "t-c4"].map((nativeId) => `aliyun:cn-hangzhou:${nativeId}`);
    const ends = Promise.all([...ids, "edge:global:81"].map((id) => run(`wait ${id}`)));
    expect(await Promise.race([ends, systemClock.sleep(1500)])).toBeUndefined();
    api.clock.advance(60_000);
    const [first, second, third, fourth, fifth] = await ends;
    expect((await ends).map(({ code }) => code)).toEqual([0, 1, 1, 1, 0]);
    expect(first?.out).toMatch(/^aliyun:cn-hangzhou:t-c1 {2}import-image {2}succeeded {2}\S+\n$/);
    expect(second?.out).toMatch(/t-c2 .* failed .*\(InvalidOssObject: The object cannot be read\.\)\n$/);
    expect(third?.out).toMatch(/t-c3 .* failed .*\(in part: InvalidOssObject/);
    expect(fourth?.out).toMatch(/t-c4 .* canceled/);
    expect(fifth?.out).toMatch(/edge:global:81 .* succeeded/);
  });

  test("waits for several tasks at once, and ends with 1 when one of them failed", async () => {
    api.addTask({ cloud, nativeId: "t-m1", runningMs: 1 });
    api.addTask({ cloud, nativeId: "t-m2", runningMs: 1, ending: { kind: "failed", ...failure } });
    api.clock.advance(1000);
    const { code, out } = await run("wait aliyun:cn-hangzhou:t-m1 aliyun:cn-hangzhou:t-m2");
    expect([code, out.split("\n").map((line) => line.split(" ")[0])]).toEqual([
      1,
      ["aliyun:cn-hangzhou:t-m1", "aliyun:cn-hangzhou:t-m2", ""],
    ]);
  });

  test("says beside its output why a task failed and whether to try again, and in JSON within the task", async () => {
    const known = { code: "InvalidOSSObject.NotFound", message: "The specified OSS object does not exist." };
    api.addTask({ cloud, nativeId: "t-e1", runningMs: 1, ending: { kind: "failed", ...known } });
    api.addTask({ cloud, nativeId: "t-e2", runningMs: 1, ending: { kind: "failed", ...failure } });
    api.clock.advance(1000);
    const { out, err } = await run("wait aliyun:cn-hangzhou:t-e1 aliyun:cn-hangzhou:t-e2");
    expect(out.split("\n")).toHaveLength(3);
    expect(err).toMatch(
      /\naliyun:cn-hangzhou:t-e1\n {2}cause: The file .*\n {2}remedy: Check .*\n {2}try again \(likely\): only after the remedy\naliyun:cn-hangzhou:t-e2\n {2}no explanation is known\n$/,
    );
    const json = await run("wait aliyun:cn-hangzhou:t-e1 --json");
    expect(JSON.parse(json.out)).toMatchObject({ error: known, explanation: { retry: "after-remedy" } });
    expect(json.err).not.toContain("cause:");
    const shown = await run("get aliyun:cn-hangzhou:t-e1");
    expect(shown.out).toMatch(
      /failed .*\n {2}cause: The file .*\n {2}remedy: .*\n {2}try again .*\n {2}part 1 {2}failed .*\(InvalidOSSObject\.NotFound: The specified OSS object does not exist\.\)\n/,
    );
    expect(shown.out.match(/cause:/g)).toHaveLength(1);
  });

  test("ends with 1 when the task has vanished", async () => {
    api.addTask({ cloud, nativeId: "t-c5" });
    await sweep();
    api.clouds.tasks.remove(cloud, "t-c5");
    for (let time = 0; time < 3; time += 1) await sweep();
    expect(await run("wait aliyun:cn-hangzhou:t-c5")).toMatchObject({
      code: 1,
      out: expect.stringMatching(/vanished/),
    });
  });

  test("ends with 2 after its deadline when the task never ends", async () => {
    api.addTask({ cloud, nativeId: "t-c6", ending: { kind: "stalls" }, runningMs: 1 });
    api.clock.advance(1000);
    const ended = await run("wait aliyun:cn-hangzhou:t-c6 --timeout 2s");
    expect(ended).toMatchObject({ code: 2, out: "aliyun:cn-hangzhou:t-c6  not known  (time ran out)\n" });
  });

  test("ends with 2 for a task that its cloud does not show in time", async () => {
    const ended = await run("wait aliyun:cn-hangzhou:t-none --unseen 1s", { url: hurried.url.origin });
    expect(ended).toMatchObject({ code: 2, out: expect.stringContaining("(its cloud does not show it: HTTP 404: ") });
  });

  test.each([
    ["nonsense", "HTTP 400"],
    ["nope:global:t-1", "HTTP 404"],
    ["a?b", "HTTP 400"],
    ["%", "HTTP 400"],
  ])("ends with 2 at once and says why for the id %s", async (id, reason) => {
    const { code, out } = await run(["wait", id]);
    expect([code, out]).toEqual([2, expect.stringContaining(`${id}  not known  (${reason}: `)]);
  });

  test("says below its output what is wrong with an id, and in JSON within the line", async () => {
    const { err } = await run("wait nonsense");
    expect(err).toMatch(/\nnonsense\n {2}id: must be .*<connection>.*\n$/);
    const json = await run("wait nonsense --json");
    expect(JSON.parse(json.out)).toMatchObject({ id: "nonsense", details: [expect.stringMatching(/^id: must be/)] });
    expect(json.err).not.toContain("id: must be");
  });

  test("ends with 2 at once and says why when its token is wrong", async () => {
    const wrong = await run("wait aliyun:cn-hangzhou:t-c1", { environment: { IMAGE_TASKS_TOKEN: "guess" } });
    expect(wrong).toMatchObject({ code: 2, out: expect.stringContaining("(HTTP 401: ") });
    expect(wrong.out).not.toContain("guess");
  });

  test("finds a task whose id has characters with a meaning in URLs", async () => {
    const imageName = "golden #1/2 50% [é]?";
    api.addTask({ cloud: "tencent-ecm", nativeId: "82", imageName, runningMs: 1 });
    api.clock.advance(1000);
    expect((await run(["wait", `edge:global:image-name:${imageName}`])).code).toBe(0);
  });

  test("prints one line for each change into a log, and JSON for programs", async () => {
    api.addTask({ cloud, nativeId: "t-c7", runningMs: 60_000 });
    const ended = run("wait aliyun:cn-hangzhou:t-c7");
    const json = run("wait aliyun:cn-hangzhou:t-c7 --json");
    await systemClock.sleep(1000);
    api.clock.advance(60_000);
    const lines = (await ended).err.trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}aliyun:cn-hangzhou:t-c7 {2}succeeded$/);
    expect(new Set(lines.map((line) => line.slice(22))).size).toBe(lines.length);
    const printed = (await json).out.trimEnd().split("\n");
    expect(JSON.parse(printed.at(-1) ?? "")).toMatchObject({ id: "aliyun:cn-hangzhou:t-c7", status: "succeeded" });
  });

  test("draws a bar on a terminal, in place, and none where the cloud reports no progress", async () => {
    api.addTask({ cloud, nativeId: "t-c8", runningMs: 100_000 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "83", runningMs: 100_000 });
    api.clock.advance(50_000);
    const ended = run("wait aliyun:cn-hangzhou:t-c8 edge:global:83 --timeout 2s", { terminal: true });
    const { err } = await ended;
    const drawn = err.replaceAll("\u001b[2K", "> ");
    expect(drawn).toMatch(/> aliyun:cn-hangzhou:t-c8 {2}\[█{10}·{10}\] {2}50 % {2}running/);
    expect(drawn).toMatch(/> edge:global:83 {2}\[·{20}\] {3}\? % {2}running/);
    expect(err).toContain("\u001b[2A");
  });
});

type Answer = "silence" | "reset" | readonly [status: number, headers?: Record<string, string>, body?: string];

/** Gives these answers in order. The last one repeats. */
async function startAnswering(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  ...answers: readonly Answer[]
): Promise<string> {
  let count = 0;
  const server = await listenHttp((request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)]!;
    if (answer === "reset") request.socket.destroy();
    else if (answer !== "silence") response.writeHead(answer[0], answer[1]).end(answer[2]);
  });
  onTestFinished(() => server.close());
  return server.url.origin;
}

const done = JSON.stringify({
  id: "a:b:c",
  status: "succeeded",
  done: true,
  progress: { percent: null },
  error: null,
  operations: [],
});
const succeeded = [200, { "content-type": "application/json" }, done] as const;

describe("image-tasks wait, with whatever stands before the API,", () => {
  test.for([
    ["reset"],
    [[407, { "proxy-authenticate": "Basic" }, "<html>"]],
    [[408]],
    [[429, { "retry-after": "1" }]],
    [[500]],
    [[502, { "content-type": "text/html" }, "<html>Bad gateway</html>"]],
    [[503, { "retry-after": "30" }]],
    [[504]],
    [[200, { "content-type": "text/html" }, "<html>Please sign in</html>"]],
    [[200, { "content-type": "application/json" }, '{"captive":true}']],
    [[404, { "retry-after": "5", "content-type": "application/problem+json" }, '{"title":"unknown"}']],
  ] as const)("asks again after %j", async ([first], context) => {
    const url = await startAnswering(context, first as Answer, succeeded);
    const { code, err } = await run("wait a:b:c", { url });
    expect([code, err]).toEqual([0, expect.stringContaining("; goes on)")]);
    expect(err).not.toMatch(/html|captive/);
  });

  test.for([301, 302, 400, 401, 403, 404, 405, 414, 431])("ends with 2 after %i", async (status, context) => {
    const url = await startAnswering(context, [status], succeeded);
    expect(await run("wait a:b:c", { url })).toMatchObject({ code: 2, out: `a:b:c  not known  (HTTP ${status})\n` });
  });

  test("ends with 2 after its deadline when a server stays silent", async (context) => {
    const url = await startAnswering(context, "silence");
    const began = performance.now();
    expect(await run("wait a:b:c --timeout 2s", { url })).toMatchObject({
      code: 2,
      out: `a:b:c  not known  (time ran out; no answer in time from ${url})\n`,
      err: expect.stringContaining("no answer in time"),
    });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("says what it was answered last when its time runs out", async (context) => {
    const json = { "content-type": "application/problem+json" };
    const busy = [503, json, '{"title":"The service is busy","errors":[{"field":"a","detail":"b"}]}'] as const;
    const url = await startAnswering(context, "reset", busy, "silence");
    expect(await run("wait a:b:c --timeout 2s", { url })).toEqual({
      code: 2,
      out: "a:b:c  not known  (time ran out; last answer: HTTP 503: The service is busy)\n",
      err: expect.stringMatching(/\(connection reset by http.*\n(.*\n)*a:b:c\n {2}a: b\n$/),
    });
  });

  test("says that only time ran out when the task was answered last", async (context) => {
    const running = JSON.stringify({ ...JSON.parse(done), status: "running", done: false });
    const answered = [200, { "content-type": "application/json" }, running] as const;
    const url = await startAnswering(context, [503], answered, "silence");
    expect((await run("wait a:b:c --timeout 2s", { url })).out).toBe("a:b:c  not known  (time ran out)\n");
  });

  test.for([
    ["--timeout 1m", true],
    ["--timeout 4s", false],
  ] as const)("with %s says only if it does that it goes on", async ([timeout, goesOn], context) => {
    const url = await startAnswering(context, "reset", succeeded);
    expect((await run(`wait a:b:c ${timeout}`, { url })).err.includes("; goes on)")).toBe(goesOn);
  });

  test.for([[[401]], [[404]], [[404, { "retry-after": "5" }]]] as const)(
    "does not say that it goes on where %j ends it",
    async ([answer], context) => {
      const url = await startAnswering(context, answer as Answer);
      const { code, err } = await run("wait a:b:c --unseen 0s", { url });
      expect([code, err]).toEqual([2, expect.not.stringContaining("goes on")]);
      expect(err).toContain(`a:b:c  (HTTP ${answer[0]})`);
    },
  );

  test("ends with 2 after its deadline when nobody listens, and goes on when somebody does again", async () => {
    const nobody = await run("wait a:b:c --timeout 1s", { url: "http://127.0.0.1:9" });
    expect(nobody).toMatchObject({
      code: 2,
      out: "a:b:c  not known  (time ran out; last answer: connection refused by http://127.0.0.1:9)\n",
      err: expect.stringContaining("connection refused"),
    });
    const server = await listenHttp((_request, response) => void response.end());
    const { port } = server.url;
    await server.close();
    const ended = run("wait a:b:c --timeout 20s", { url: `http://127.0.0.1:${port}` });
    await systemClock.sleep(500);
    const { createServer } = await import("node:http");
    const again = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(done);
    }).listen(Number(port), "127.0.0.1");
    expect((await ended).code).toBe(0);
    again.close();
    again.closeAllConnections();
  });
});

describe("the other commands", { timeout: 30_000 }, () => {
  test("list prints a line for each task, and follows pages up to its limit", async () => {
    for (let index = 0; index < 4; index += 1) api.addTask({ cloud, nativeId: `t-l${index}`, runningMs: 60_000 });
    const { code, out, err } = await run("list --limit 3 --provider alibaba-ecs");
    expect([code, out.trimEnd().split("\n").length, err]).toEqual([0, 3, "there are more; use --limit to see them\n"]);
    const all = await run("list --limit 150 --json --status running --connection aliyun");
    const ids = all.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).nativeId);
    expect(ids).toEqual(expect.arrayContaining(["t-l0", "t-l1", "t-l2", "t-l3"]));
    expect(all.err).toBe("");
  });

  test("list says what is missing when a cloud does not answer", async () => {
    api.clouds.faults.add({ cloud: "tencent-ecm", kind: "deny", times: "always" });
    const shown = await run("list");
    const json = await run("list --json");
    api.clouds.faults.clear();
    const missing = /^not complete: edge global could not be asked \(unauthorized: DescribeImage was refused .*\)\n$/;
    for (const { code, err } of [shown, json]) expect([code, err]).toEqual([0, expect.stringMatching(missing)]);
  });

  test("list says how many more things are missing", async (context) => {
    const body = JSON.stringify({ tasks: [], nextCursor: null, errors: [], omittedErrors: 3 });
    const url = await startAnswering(context, [200, { "content-type": "application/json" }, body]);
    expect(await run("list", { url })).toEqual({ code: 0, out: "", err: "not complete: and 3 more\n" });
  });

  test("list says once what each of its pages lacks", async (context) => {
    const page = (lacking: string[], nextCursor: string | null) => {
      const errors = lacking.map((region) => ({ connection: "a", region, kind: "throttled", message: "busy" }));
      const body = JSON.stringify({ tasks: [], nextCursor, errors });
      return [200, { "content-type": "application/json" }, body] as const;
    };
    const url = await startAnswering(context, page(["b"], "more"), page(["b", "c"], null));
    const { err } = await run("list", { url });
    expect(err.trimEnd().split("\n")).toEqual(
      ["b", "c"].map((region) => `not complete: a ${region} could not be asked (throttled: busy)`),
    );
  });

  test("get shows a task with its sub-operations, and track and cancel change it", async () => {
    api.addTask({ cloud, nativeId: "t-g1", runningMs: 60_000, action: "ExportImage" });
    const id = "aliyun:cn-hangzhou:t-g1";
    expect((await run(`get ${id}`)).out).toMatch(
      /^aliyun:cn-hangzhou:t-g1 {2}export-image {2}running.*\n {2}part 1 {2}running/,
    );
    expect(JSON.parse((await run(`get ${id} --json`)).out)).toMatchObject({ id, operations: [{}] });
    const tracked = await run("track aliyun t-g1 --region cn-hangzhou --label build=7 --json");
    expect(JSON.parse(tracked.out)).toMatchObject({ id, labels: { build: "7" } });
    expect(await run(`cancel ${id}`)).toEqual({ code: 0, out: `the cloud was asked to cancel ${id}\n`, err: "" });
    expect(api.clouds.tasks.find(cloud, "t-g1")?.task.cancelRequestedAtMs).not.toBeNull();
  });

  test("get explains the sub-operations that failed for another reason than the task, and only those", async (context) => {
    const missing = { code: "InvalidOSSObject.NotFound", message: "It does not exist." };
    const closed = { code: "InvalidOSS.NotAuthorized", message: "It is closed." };
    const operations = [missing, closed, failure, missing].map((error) => ({
      status: "failed",
      nativeStatus: "Failed",
      error,
      warning: null,
      related: {},
    })) as unknown as Task["operations"];
    const task = explain(sampleTask({ status: "failed", error: missing, operations }));
    const body = JSON.stringify({ ...task, timeline: [] });
    const url = await startAnswering(context, [200, { "content-type": "application/json" }, body]);
    const { out } = await run("get a:b:c", { url });
    const heads = out.split("\n").map((line) => /^ {2}(part \d|cause|no explanation)/.exec(line)?.[1]);
    expect(heads.filter((head) => head !== undefined)).toEqual([
      "cause",
      "part 1",
      "part 2",
      "cause",
      "part 3",
      "no explanation",
      "part 4",
    ]);
  });

  test("get numbers the sub-operations, which may end in different ways", async () => {
    const ending = { kind: "partly-failed", succeeded: 1, failed: 1, ...failure } as const;
    api.addTask({ cloud, nativeId: "t-g2", runningMs: 1, ending });
    api.clock.advance(1000);
    const { out } = await run("get aliyun:cn-hangzhou:t-g2");
    const parts = out.split("\n").filter((line) => line.startsWith("  part"));
    expect(parts).toEqual([
      expect.stringMatching(/^ {2}part 1 {2}succeeded/),
      expect.stringMatching(/^ {2}part 2 {2}failed {2}.*\(InvalidOssObject: The object cannot be read\.\)$/),
    ]);
  });

  test("untrack ends the tracking of a task, and says when it was not tracked", async () => {
    api.addTask({ cloud, nativeId: "t-u1", runningMs: 60_000 });
    const id = "aliyun:cn-hangzhou:t-u1";
    expect((await run(`track aliyun t-u1 --region cn-hangzhou --label build=8`)).code).toBe(0);
    expect(await run(`untrack ${id}`)).toEqual({ code: 0, out: `${id} is no longer tracked\n`, err: "" });
    expect(JSON.parse((await run(`get ${id} --json`)).out)).toMatchObject({ labels: {} });
    expect(await run(`untrack ${id}`)).toEqual({
      code: 2,
      out: "",
      err: "HTTP 404  There is no such task: The task is not tracked\n",
    });
    await run(`track aliyun t-u1 --region cn-hangzhou`);
    expect(await run(`untrack ${id} --json`)).toEqual({ code: 0, out: `{"id":"${id}","tracked":false}\n`, err: "" });
  });

  test.each([
    ["get aliyun:cn-hangzhou:t-none", /^HTTP 404 {2}/],
    ["cancel edge:global:81", /^HTTP 409 {2}/],
    ["track nowhere t-1", /^HTTP 404 {2}.*No connection is named/],
    ["list --label x", /^HTTP 400 {2}.*label/],
  ])("%s ends with 2 and says why", async (line, reason) => {
    expect(await run(line)).toEqual({ code: 2, out: "", err: expect.stringMatching(reason) });
  });

  test.each([
    ["get nope", /^HTTP 400 {2}Some parameters .*\n {2}id: must be .*<connection>.*\n$/],
    ["track edge abc", /^HTTP 422 {2}The body .*\n {2}\/nativeId: .*\n$/],
    ["list --connection foo", /^HTTP 400 {2}.*\n {2}connection: .*\n$/],
    ["list --connection foo --label x", /^HTTP 400 {2}.*(\n {2}(connection|label): .*){2}\n$/],
  ])("%s prints a line for each thing that is wrong", async (line, lines) => {
    expect(await run(line)).toEqual({ code: 2, out: "", err: expect.stringMatching(lines) });
  });

  test("list prints a line for each cloud when none could be asked", async () => {
    for (const one of ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const) {
      api.clouds.faults.add({ cloud: one, kind: "deny", times: "always" });
    }
    const { code, err } = await run("list --source live");
    api.clouds.faults.clear();
    expect(code).toBe(2);
    expect(err).toMatch(/^HTTP 502 {2}The provider could not answer: .*\n {2}aliyun cn-hangzhou: \S/);
    expect(err).toMatch(/\n {2}stack \S+: .*\n {2}edge global: \S.*\n$/);
  });

  test("get prints what something else answers in one plain line for each entry", async (context) => {
    const errors = [{ field: "", detail: "bad\u001b[2K\nnews" }, 7, { field: "a" }];
    const body = JSON.stringify({ title: "No", errors, omittedErrors: 2, providers: "none" });
    const url = await startAnswering(context, [400, { "content-type": "application/json" }, body]);
    expect((await run("get a:b:c", { url })).err).toBe("HTTP 400  No\n  the body: bad news\n  and 2 more\n");
  });

  test.for(["list", "get a:b:c", "track a b", "cancel a:b:c", "untrack a:b:c"])(
    "%s ends with 2 when something else answers",
    async (line, context) => {
      const url = await startAnswering(context, [200, { "content-type": "application/json" }, '{"captive":true}']);
      expect(await run(line, { url })).toEqual({ code: 2, out: "", err: "HTTP 200  the answer is not the API's\n" });
    },
  );

  test.each(["list", "get a:b:c", "track a b", "cancel a:b:c", "untrack a:b:c"])(
    "%s says what to do when nobody listens",
    async (line) => {
      const refusedBy = "http://127.0.0.1:9: connection refused. Start it, or set --url or IMAGE_TASKS_URL.\n";
      const url = "http://127.0.0.1:9/path?query=secret";
      expect(await run(line, { url })).toEqual({ code: 2, out: "", err: refusedBy });
    },
  );

  test("get names the host that was not found, and keeps what other faults say", async (context) => {
    const unknown = await run("get a:b:c", { url: "https://images.invalid:8443" });
    expect(unknown.err).toBe("https://images.invalid:8443: host name not found. Correct --url or IMAGE_TASKS_URL.\n");
    const url = await startAnswering(context, "reset");
    expect((await run("get a:b:c", { url })).err).toBe(`${url}: connection reset\n`);
    expect((await run("get a:b:c", { url: url.replace("http:", "https:") })).err).toMatch(
      /^https:.*: (TLS handshake failed|connection reset)\n$/,
    );
  });

  test("get shows nothing of an answer that cannot be read", async (context) => {
    const url = await startAnswering(context, [200, { "content-type": "text/html" }, "<html>Please sign in</html>"]);
    expect(await run("get a:b:c", { url })).toEqual({ code: 2, out: "", err: `${url}: the answer is not the API's\n` });
  });

  test("watch names who refused the connection, and says only if it does that it goes on", async () => {
    const { code, err } = await run("watch --timeout 11s", { url: "http://127.0.0.1:9" });
    const lines = new Set(err.trimEnd().split("\n"));
    expect([code, ...lines]).toEqual([
      0,
      expect.stringContaining("(goes on)"),
      "connection refused by http://127.0.0.1:9",
    ]);
    const last = await run("watch --timeout 1s", { url: "http://127.0.0.1:9" });
    expect(last.err).toBe("connection refused by http://127.0.0.1:9\n");
  });

  test("watch says when it does not show every open task, and forgets a task that is gone", async (context) => {
    const task = { ...JSON.parse(done), status: "running", done: false };
    const list = (tasks: unknown[], nextCursor: string | null) =>
      [200, { "content-type": "application/json" }, JSON.stringify({ tasks, nextCursor, errors: [] })] as const;
    const gone = [404, { "content-type": "application/problem+json" }, "{}"] as const;
    const url = await startAnswering(context, list([task], "more"), list([], null), gone, list([], null));
    const { code, out, err } = await run("watch --timeout 11s", { url, terminal: true });
    expect(out).toMatch(/^\d\d:\d\d:\d\d {2}a:b:c/);
    expect([code, out.match(/a:b:c/g)?.length]).toEqual([0, 1]);
    expect(err).toBe("only the newest 20 open tasks are shown; --limit shows up to 100\n");
  });

  test("watch says once what its list lacks, and when it is complete again", async (context) => {
    const error = { connection: "a", region: "b", kind: "throttled", message: "busy" };
    const list = (errors: unknown[]) =>
      [200, { "content-type": "application/json" }, JSON.stringify({ tasks: [], nextCursor: null, errors })] as const;
    const url = await startAnswering(context, list([error]), list([error]), list([]), list([]));
    const { err } = await run("watch --timeout 31s", { url });
    expect(err).toBe("not complete: a b could not be asked (throttled: busy)\ncomplete again\n");
  });

  test("watch shows open tasks and how they end", async () => {
    api.addTask({ cloud, nativeId: "t-v1", runningMs: 60_000 });
    const watching = run("watch --timeout 12s --connection aliyun");
    await systemClock.sleep(1500);
    api.clock.advance(60_000);
    const { code, out } = await watching;
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}aliyun:/);
    const lines = out.split("\n").filter((line) => line.includes("t-v1"));
    expect([code, lines]).toEqual([
      0,
      [expect.stringContaining("running"), expect.stringMatching(/t-v1 {2}succeeded$/)],
    ]);
  });
});

describe("authorization", () => {
  async function headersSent(
    address: readonly string[],
    context: Pick<TestContext, "onTestFinished">,
    environment: Record<string, string> = {},
  ): Promise<NodeJS.Dict<string | string[]>> {
    let sent: NodeJS.Dict<string | string[]> = {};
    const server = await listenHttp((request, response) => {
      sent = request.headers;
      response.writeHead(200, { "content-type": "application/json" }).end(done);
    });
    context.onTestFinished(() => server.close());
    await run(["get", "a:b:c", ...address], { url: server.url.origin, environment });
    return sent;
  }

  test("sends none by default, and a bearer token where there is one", async (context) => {
    expect((await headersSent([], context))["authorization"]).toBeUndefined();
    expect((await headersSent([], context, { IMAGE_TASKS_TOKEN: "abc" }))["authorization"]).toBe("Bearer abc");
    expect(
      (await headersSent(["--auth", "none"], context, { IMAGE_TASKS_TOKEN: "abc" }))["authorization"],
    ).toBeUndefined();
  });

  test("signs with the AWS credential of the shell where it is told to", async (context) => {
    const sent = await headersSent(["--auth", "iam", "--aws-region", "eu-west-1"], context);
    expect(sent["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=host;/,
    );
  });

  const tokenRefused = "The token in IMAGE_TASKS_TOKEN was refused.";
  const signIn = "Sign in to AWS in this shell, or give the role execute-api:Invoke.";
  const iam = "--auth iam --aws-region eu-west-1";
  test.for([
    [401, "", {}, "Set IMAGE_TASKS_TOKEN."],
    [401, "", { IMAGE_TASKS_TOKEN: "abc" }, tokenRefused],
    [401, "--auth none", { IMAGE_TASKS_TOKEN: "abc" }, "No token was sent, because of --auth none."],
    [401, iam, {}, signIn],
    [403, iam, {}, signIn],
    [403, "", { IMAGE_TASKS_TOKEN: "abc" }, undefined],
    [404, iam, {}, undefined],
  ] as const)("says what to do about HTTP %i with %j and %j", async ([status, auth, environment, remedy], context) => {
    const url = await startAnswering(context, [status, { "content-type": "application/json" }, '{"message":"No"}']);
    const words = (name: string) => `${name} a:b:c ${auth}`.trim().split(" ");
    const below = remedy === undefined ? "" : `  ${remedy}\n`;
    expect((await run(words("get"), { url, environment })).err).toBe(`HTTP ${status}  No\n${below}`);
    const waited = await run(words("wait"), { url, environment });
    expect(waited.err.endsWith(remedy === undefined ? "No)\n" : `a:b:c\n${below}`)).toBe(true);
  });

  test.each([
    ["get a:b:c --auth bearer", {}, "IMAGE_TASKS_TOKEN"],
    ["get a:b:c --auth iam", {}, "--aws-region"],
  ])("%s without what it needs is refused", async (line, environment, named) => {
    await expect(run(line, { environment })).rejects.toThrow(named);
  });

  test.each([["get a:b:c"], ["wait a:b:c"]])("%s sends no token in clear beyond this machine", async (line) => {
    await expect(run(line, { url: "http://images.example.com" })).rejects.toThrow("must begin with https://");
  });

  test.each([["wait a:b:c"], ["watch"]])("%s ends at once when there is no AWS credential", async (line) => {
    const failing = run(`${line} --auth iam --aws-region eu-west-1 --timeout 20s`, {
      awsCredential: async () => {
        throw new Error("nobody has signed in");
      },
    });
    const ended = await failing.then(({ code, out }) => `${code} ${out}`, String);
    expect(ended).toMatch(/^(2 a:b:c {2}not known {2}\(nobody has signed in\)\n|Error: nobody has signed in)$/);
  });

  test("signs for hosts of API Gateway by default, in their region", async () => {
    const sent: Record<string, string>[] = [];
    const api = createApi(
      { url: "https://abc123.execute-api.ap-southeast-1.amazonaws.com", auth: undefined, awsRegion: undefined },
      {
        environment: {},
        awsCredential: async () => ({ accessKeyId: "AKID", secretAccessKey: "S", sessionToken: "TOKEN" }),
        transport: async (request) => {
          sent.push(request.headers);
          return { status: 200, headers: { "content-type": "application/json" }, body: done };
        },
      },
    );
    await api.GET("/tasks/{id}", { params: { path: { id: "a:b:c" } } });
    expect(sent).toEqual([expect.objectContaining({ "x-amz-security-token": "TOKEN" })]);
    expect(sent[0]?.["authorization"]).toContain("/ap-southeast-1/execute-api/");
  });
});
