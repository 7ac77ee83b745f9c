/** `npm run licenses`: prints the licenses of what the bundles contain. Exits with 1 if one of them is not allowed. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Metafile, PackageLock, bundledPackages, licenseProblems } from "./bundled-packages.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(resolve(project, path), "utf8");

const packages = bundledPackages(Metafile.parse(JSON.parse(read(".build/meta.json"))), read);
const problems = licenseProblems(packages, PackageLock.parse(JSON.parse(read("package-lock.json"))));
for (const [license, group] of Map.groupBy(packages, (one) => one.license)) {
  console.info(`${license}: ${group.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
