import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../fuzz/random.ts";
import { planSteps } from "./kill-plan.ts";
import { judgeKills } from "./kill-verdict.ts";
import { runKills } from "./run-kills.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
let bundles: string;

beforeAll(async () => {
  // Builds into its own folder, since other tests may be running the files in .build.
  bundles = await mkdtemp(join(tmpdir(), "image-tasks-bundles-"));
  await promisify(execFile)("npm", ["run", "--silent", "build", "--", `--outdir=${bundles}`], { cwd: project });
}, 60_000);
afterAll(() => rm(bundles, { recursive: true, force: true }));

describe("a sweep killed midway", () => {
  test("loses no completion and announces nothing false", async () => {
    const seed = randomInt(2 ** 31);
    const report = await runKills({ kills: 5, seed, bundles, othersToo: 0 });
    expect(report).toMatchObject({ kills: 5, lost: [], false: [], duplicatesWithOtherContent: [], settled: true });
    expect(report).toMatchObject({ restores: 1, configurationChanges: 2, notToldWhileAway: [] });
    expect(report.ended).toBe(40);
  }, 60_000);
});

describe("judgeKills()", () => {
  const truth = new Map([
    ["aliyun:cn-hangzhou:t-1", { outcome: "succeeded", endedAtMs: 1000 } as const],
    ["edge:global:21", { outcome: "partly-failed", endedAtMs: 1000 } as const],
  ]);
  const eventOf = (subject: string, status: string, more: { id?: string; time?: string; type?: string } = {}) => ({
    detail: {
      id: subject,
      type: "image-tasks.task.completed",
      time: "1970-01-01T00:00:01.500Z",
      ...more,
      subject,
      data: { task: { status, partial: false } },
    },
  });
  const good = [eventOf("aliyun:cn-hangzhou:t-1", "succeeded"), eventOf("edge:global:21", "failed")];

  test("reports nothing when each ending is announced once or in two identical copies", () => {
    const quiet = { ended: 2, lost: [], false: [], duplicatesWithOtherContent: [] };
    expect(judgeKills(truth, good)).toEqual({ ...quiet, duplicates: 0, toldAgain: 0, observedAgain: 0 });
    expect(judgeKills(truth, [...good, ...good])).toEqual({ ...quiet, duplicates: 2, toldAgain: 0, observedAgain: 0 });
  });

  test("reports an ending that was never announced", () => {
    expect(judgeKills(truth, good.slice(1)).lost).toEqual(["aliyun:cn-hangzhou:t-1"]);
  });

  test.each([
    ["of a task that did not end", eventOf("aliyun:cn-hangzhou:t-2", "succeeded")],
    ["of another outcome", eventOf("aliyun:cn-hangzhou:t-1", "failed")],
    ["of another kind", eventOf("aliyun:cn-hangzhou:t-1", "succeeded", { type: "image-tasks.task.vanished" })],
    ["before the end", eventOf("aliyun:cn-hangzhou:t-1", "succeeded", { time: "1970-01-01T00:00:00.999Z" })],
  ])("reports an announcement %s", (_what, event) => {
    expect(judgeKills(truth, [event]).false).toHaveLength(1);
  });

  test("reports a copy that differs, and a second completion under another id", () => {
    const [first = eventOf("", "")] = good;
    const other = eventOf("aliyun:cn-hangzhou:t-1", "succeeded", { time: "1970-01-01T00:00:02.000Z" });
    expect(judgeKills(truth, [first, other]).duplicatesWithOtherContent).toEqual(["aliyun:cn-hangzhou:t-1"]);
    const again = eventOf("aliyun:cn-hangzhou:t-1", "succeeded", { id: "another" });
    expect(judgeKills(truth, [first, again]).duplicatesWithOtherContent).toEqual(["aliyun:cn-hangzhou:t-1"]);
  });

  describe("after a restore", () => {
    const told = (more: object, task: object) => {
      const { detail } = eventOf("aliyun:cn-hangzhou:t-1", "succeeded");
      return { detail: { ...detail, ...more, data: { ...detail.data, task: { ...detail.data.task, ...task } } } };
    };
    const first = told({}, { observedAt: "1970-01-01T00:00:01.500Z", progress: 100 });
    const again = told({ time: "1970-01-01T00:00:02.500Z" }, { observedAt: "1970-01-01T00:00:02.500Z", progress: 100 });
    const restored = [{ copiedAt: 0, restoredAt: 1 }];

    test("accepts a second copy that another observation recorded", () => {
      const verdict = judgeKills(truth, [first, again], restored);
      expect(verdict).toMatchObject({ toldAgain: 1, observedAgain: 1, duplicatesWithOtherContent: [] });
    });

    test("accepts an end that only one of two observations saw happen, and an image id that only one knew", () => {
      const seen = { finishedAt: "1970-01-01T00:00:01.500Z", finishedAtObserved: true, resource: { id: "img-1" } };
      const late = { finishedAt: null, finishedAtObserved: false, resource: { id: null } };
      const other = { ...seen, resource: { id: "img-2" } };
      const judge = (task: object) => judgeKills(truth, [told({}, seen), told({}, task)], restored);
      expect(judge(late).duplicatesWithOtherContent).toEqual([]);
      expect(judge(other).duplicatesWithOtherContent).toHaveLength(1);
    });

    test.each([
      ["says something else", told({}, { progress: 99 }), restored],
      ["comes from before the copy", again, [{ copiedAt: 1, restoredAt: 1 }]],
      ["was told before the restore", again, [{ copiedAt: 0, restoredAt: 2 }]],
    ])("reports a second copy with other times that %s", (_what, second, restores) => {
      expect(judgeKills(truth, [first, second], restores).duplicatesWithOtherContent).toHaveLength(1);
    });
  });
});

test("planSteps() has every step even in a short run, and puts each connection back before it removes another", () => {
  const steps = [...planSteps(5, createRandom(1, 1))].flatMap(([after, planned]) =>
    planned.map((step) => [step, after]),
  );
  expect(new Set(steps.map(([step]) => step))).toEqual(
    new Set(["copy", "restore", "remove-if-untold", "remove", "put-back", "rename"]),
  );
  const plan = planSteps(200, createRandom(1, 1));
  const order = [...plan].toSorted(([a], [b]) => a - b).flatMap(([, planned]) => planned);
  const removals = order.filter((step) => step === "remove" || step === "put-back");
  expect(removals).toEqual(Array.from({ length: 10 }, () => ["remove", "put-back"]).flat());
  expect(order.filter((step) => step === "copy" || step === "restore")).toEqual(
    Array.from({ length: 5 }, () => ["copy", "restore"]).flat(),
  );
});
