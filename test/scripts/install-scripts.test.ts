import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const PackageLock = z.object({
  packages: z.record(z.string(), z.object({ hasInstallScript: z.optional(z.boolean()), dev: z.optional(z.boolean()) })),
});
const Manifest = z.object({ allowScripts: z.record(z.string(), z.boolean()) });

const { packages } = PackageLock.parse(JSON.parse(read("package-lock.json")));
const { allowScripts } = Manifest.parse(JSON.parse(read("package.json")));
const documented = [...read("docs/supply-chain.md").matchAll(/^\| `([^`]+)` \| (yes|no) \| \S.* \|$/gm)];

const having = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);

describe("install scripts", () => {
  test("are decided on for each package that has one, and for no other", () => {
    const names = new Set(having.map(([path]) => path.replace(/^.*node_modules\//, "")));
    expect(Object.keys(allowScripts).toSorted()).toEqual([...names].toSorted());
  });

  test("belong to development tools only", () => {
    expect(having.filter(([, { dev }]) => dev !== true)).toEqual([]);
  });

  test("are documented with a reason", () => {
    const rows = documented.map(([, name, runs]) => [name, runs === "yes"]);
    expect(Object.fromEntries(rows)).toEqual(allowScripts);
  });

  test("that nobody has decided on fail the installation", () => {
    expect(read(".npmrc")).toMatch(/^strict-allow-scripts=true$/m);
  });
});
