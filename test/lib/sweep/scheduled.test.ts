import type { Context } from "aws-lambda";
import { describe, expect, test } from "vitest";
import type { LogLevel } from "../../../lib/config/log.ts";
import { scheduled } from "../../../lib/sweep/scheduled.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import type { SweepProblem, SweepRun, TargetReport } from "../../../lib/sweep/target-sweep.ts";

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const lines = (): { log: (level: LogLevel, message: string, facts?: object) => void; logged: Line[] } => {
  const logged: Line[] = [];
  return { logged, log: (level, message, facts = {}) => void logged.push({ level, message, facts: { ...facts } }) };
};

function contextWith(leftMs: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "sweep",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:sweep",
    memoryLimitInMB: "512",
    awsRequestId: "1",
    logGroupName: "sweep",
    logStreamName: "1",
    getRemainingTimeInMillis: () => leftMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

const stage = "prod";
const problem: SweepProblem = { kind: "throttled", code: null, message: "slow down", requestId: "r-1", taskId: null };
const report = (target: string, ...problems: SweepProblem[]): TargetReport => ({ ...emptyReport(target), problems });

async function runOf(leftMs: number): Promise<{ run: SweepRun; startedAtMs: number }> {
  const runs: SweepRun[] = [];
  const startedAtMs = Date.now();
  const handler = scheduled({ log: lines().log, stage }, async (run) => {
    runs.push(run);
    return [];
  });
  await handler({}, contextWith(leftMs));
  const [run] = runs;
  if (run === undefined) throw new Error("nothing ran");
  return { run, startedAtMs };
}

describe("scheduled()", () => {
  test("logs a line for each target and returns the reports on success", async () => {
    const { log, logged } = lines();
    const reports = [report("aliyun:cn-hangzhou"), report("edge:global")];
    const handler = scheduled({ log, stage }, async () => reports);
    expect(await handler({}, contextWith(300_000))).toEqual(reports);
    expect(logged.map(({ level, message, facts }) => [level, message, facts["target"], facts["problemCount"]])).toEqual(
      [
        ["info", "target swept", "aliyun:cn-hangzhou", 0],
        ["info", "target swept", "edge:global", 0],
      ],
    );
  });

  test("fails naming the failed targets, after logging every report", async () => {
    const { log, logged } = lines();
    const handler = scheduled({ log, stage }, async () => [
      report("aliyun:cn-hangzhou", problem),
      report("edge:global"),
    ]);
    await expect(handler({}, contextWith(300_000))).rejects.toThrow(
      expect.objectContaining({
        name: "SweepFailedError",
        message: "1 of 2 targets failed: aliyun:cn-hangzhou (slow down)",
      }),
    );
    expect(logged.map(({ level }) => level)).toEqual(["error", "info"]);
    expect(logged[0]?.facts).toMatchObject({ problemCount: 1, problems: [problem] });
  });

  test("warns of an unconfigured target and counts it, but fails only for other problems", async () => {
    const { log, logged } = lines();
    const left: SweepProblem = { ...problem, kind: "unconfigured", message: "not configured" };
    const reports = [report("old:cn-hangzhou", left), report("aliyun:cn-hangzhou")];
    expect(await scheduled({ log, stage }, async () => reports)({}, contextWith(300_000))).toEqual(reports);
    expect(logged.map(({ level, facts }) => [level, facts["unconfiguredTargets"]])).toEqual([
      ["warn", 1],
      ["info", 0],
    ]);
    expect(JSON.stringify(logged[0]?.facts["_aws"])).toContain('{"Name":"unconfiguredTargets","Unit":"Count"}');
    const failing = scheduled({ log, stage }, async () => [
      report("old:cn-hangzhou", left, problem),
      report("edge:global"),
    ]);
    await expect(failing({}, contextWith(300_000))).rejects.toThrow("1 of 2 targets failed: old:cn-hangzhou");
    expect(logged[2]).toMatchObject({ level: "error" });
  });

  test("warns without failing when our clock and the provider's are a minute apart", async () => {
    const { log, logged } = lines();
    const skewed = (target: string, clockSkewSeconds: number | null) => ({ ...report(target), clockSkewSeconds });
    const reports = [skewed("a:b", 59), skewed("c:d", 60), skewed("e:f", null)];
    expect(await scheduled({ log, stage }, async () => reports)({}, contextWith(300_000))).toEqual(reports);
    expect(logged.map(({ level, facts }) => [level, facts["warning"]])).toEqual([
      ["info", undefined],
      ["warn", "our clock and the provider's are 60 seconds apart"],
      ["info", undefined],
    ]);
    const metric = expect.stringContaining('{"Name":"clockSkewSeconds","Unit":"Seconds"}');
    expect(logged.map(({ facts }) => JSON.stringify(facts["_aws"]))).toEqual([
      metric,
      metric,
      expect.not.stringContaining("clockSkewSeconds"),
    ]);
  });

  test("counts its numbers for its own stage, and for no single target", async () => {
    const { log, logged } = lines();
    await scheduled({ log, stage }, async () => [report("aliyun:cn-hangzhou"), report("edge:global")])(
      {},
      contextWith(300_000),
    );
    expect(logged).toHaveLength(2);
    for (const { facts } of logged) {
      expect(facts["Stage"]).toBe("prod");
      const { CloudWatchMetrics } = facts["_aws"] as {
        CloudWatchMetrics: { Dimensions: unknown; Metrics: object[] }[];
      };
      expect(CloudWatchMetrics.map(({ Dimensions }) => Dimensions)).toEqual([[["Stage"]]]);
      const names = CloudWatchMetrics.flatMap(({ Metrics }) => Metrics).map(
        (metric) => (metric as { Name: string }).Name,
      );
      expect(names.filter((name) => typeof facts[name] !== "number")).toEqual([]);
    }
  });

  test("logs and counts the failures that nothing explains, without a problem", async () => {
    const { log, logged } = lines();
    const failure = { code: "ParameterInvalid", message: "The parameter is invalid." };
    const seen = { ...report("aliyun:cn-hangzhou"), unexplained: 2, unexplainedFailures: [failure] };
    await scheduled({ log, stage }, async () => [seen])({}, contextWith(300_000));
    expect(logged).toMatchObject([{ level: "info", facts: { unexplained: 2, unexplainedFailures: [failure] } }]);
    expect(JSON.stringify(logged[0]?.facts["_aws"])).toContain('{"Name":"unexplained","Unit":"Count"}');
  });

  test("counts a target as behind when time ran out or its sweep takes too long, not when it failed", async () => {
    const { log, logged } = lines();
    const late = { ...report("a:late"), finished: false };
    const overdue = { ...report("b:overdue"), skipped: true, overdue: 1 };
    const failed = { ...report("c:failed", problem), finished: false };
    const handler = scheduled({ log, stage }, async () => [late, overdue, failed, report("d:done")]);
    await expect(handler({}, contextWith(300_000))).rejects.toThrow("c:failed");
    expect(logged.map(({ facts }) => facts["behind"])).toEqual([1, 1, 0, 0]);
  });

  test("keeps a report with many problems within one log line", async () => {
    const { log, logged } = lines();
    const many = Array.from({ length: 10_000 }, () => problem);
    await expect(
      scheduled({ log, stage }, async () => [report("a:b", ...many)])({}, contextWith(300_000)),
    ).rejects.toThrow("1 of 1");
    expect(logged[0]?.facts["problemCount"]).toBe(10_000);
    expect(logged[0]?.facts["problems"]).toHaveLength(50);
  });

  test("stops starting work fifteen seconds before the timeout, or halfway through a short one", async () => {
    const long = await runOf(300_000);
    expect(long.run.stopAtMs - long.startedAtMs).toBeGreaterThanOrEqual(285_000);
    expect(long.run.stopAtMs - long.startedAtMs).toBeLessThan(286_000);
    const short = await runOf(10_000);
    expect(short.run.stopAtMs - short.startedAtMs).toBeGreaterThanOrEqual(5000);
    expect(short.run.stopAtMs - short.startedAtMs).toBeLessThan(6000);
  });

  test("aborts hanging work before the timeout and logs its report", async () => {
    const { log, logged } = lines();
    const handler = scheduled({ log, stage }, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return [report("aliyun:cn-hangzhou", problem)];
    });
    await expect(handler({}, contextWith(200))).rejects.toThrow("1 of 1 targets failed");
    expect(logged).toHaveLength(1);
  });
});
