import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const logFile = new URL("../../../lib/config/log.ts", import.meta.url).href;

/** The output of a separate process that runs `use`, with `log` at the given minimum level. */
function outputOf(least: string, use: string): { stdout: string; stderr: string } {
  const program = `import { createLog } from "${logFile}"; const log = createLog("${least}", () => 0); ${use}`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
}

describe("createLog()", () => {
  test("writes one JSON line with the time, level, message, and facts", () => {
    const { stderr } = outputOf("info", 'log("warn", "throttled", { target: "aliyun:cn-hangzhou" });');
    expect(stderr).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"throttled","target":"aliyun:cn-hangzhou"}\n',
    );
  });

  test("omits entries below the minimum level", () => {
    const { stdout, stderr } = outputOf("warn", 'log("debug", "a"); log("info", "b"); log("error", "c");');
    expect(stdout).toBe("");
    expect(stderr).toBe('{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"c"}\n');
  });

  test("writes metrics at every level, because alarms need them", () => {
    const { stdout } = outputOf("error", 'log("info", "a"); log("info", "b", { completed: 1, _aws: {} });');
    expect(stdout).toBe('{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"b","completed":1,"_aws":{}}\n');
  });
});
