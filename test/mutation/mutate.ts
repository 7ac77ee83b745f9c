/**
 * `npm run mutate -- [group…]`: changes the product in one place at a time and runs the quick tests against each mutant.
 * The tests beside the changed files run first. What survives them is tried against the tests of every group. The last
 * line on stdout is JSON. The exit code is 1 when the tests caught less than `lowestScore`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { argv, env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { groups, isGroupName } from "./groups.ts";
import type { GroupName } from "./groups.ts";
import { readScore } from "./score.ts";
import type { Score } from "./score.ts";

/** In percent. */
const lowestScore = 98;
const stryker = fileURLToPath(import.meta.resolve("@stryker-mutator/core/package.json")).replace(
  "package.json",
  "bin/stryker.js",
);

mkdirSync(".local/mutation", { recursive: true });
const names = argv.length > 2 ? argv.slice(2).map(groupNamed) : Object.keys(groups).filter(isGroupName);
const scores = names.map((name) => {
  mutate(name, name);
  mutate(name, "all");
  const score = readScore(reportOf(name));
  console.log(`${name}: ${score.caught} of ${score.mutants} mutants caught, ${score.timeouts} of them by time`);
  return score;
});
const sum = (figure: keyof Score): number => scores.reduce((before, score) => before + score[figure], 0);
const percent = (100 * sum("caught")) / sum("mutants");
const figures = { score: Number(percent.toFixed(2)), mutants: sum("mutants"), caught: sum("caught") };
console.log(JSON.stringify({ ...figures, timeouts: sum("timeouts") }));
process.exitCode = percent < lowestScore ? 1 : 0;

/** Results of an earlier run that still hold are taken from the report, so the second run tests only the survivors. */
function mutate(name: GroupName, testsOf: GroupName | "all"): void {
  const files = groups[name].mutate.join(",");
  spawnSync(execPath, [stryker, "run", "--mutate", files, "--incrementalFile", reportOf(name)], {
    stdio: "inherit",
    env: { ...env, TESTS_OF: testsOf },
  });
}

function reportOf(name: GroupName): string {
  return `.local/mutation/${name}.json`;
}

function groupNamed(name: string): GroupName {
  if (isGroupName(name)) return name;
  throw new Error(`no group ${name}: there are ${Object.keys(groups).join(", ")}`);
}
