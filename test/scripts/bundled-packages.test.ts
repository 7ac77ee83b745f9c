import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { Metafile, PackageLock, bundledPackages, licenseProblems } from "../../scripts/bundled-packages.ts";
import type { BundledPackage } from "../../scripts/bundled-packages.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(project, path), "utf8");
const lock = PackageLock.parse(JSON.parse(read("package-lock.json")));

/** One bundled package with its own manifest, and the lock file that has it. */
function bundled(manifest: Record<string, unknown>, locked: Record<string, unknown> = manifest): string[] {
  const inputs = { "functions/get.ts": {}, "node_modules/some/dist/index.js": {} };
  const text = JSON.stringify({ name: "some", version: "1.2.3", ...manifest });
  const packages = bundledPackages({ inputs }, () => text);
  return licenseProblems(
    packages,
    PackageLock.parse({ packages: { "node_modules/some": { version: "1.2.3", ...locked } } }),
  );
}

describe("the licenses of the bundles", () => {
  test("are all allowed, for every package of which a file was bundled", async () => {
    const outdir = await mkdtemp(join(tmpdir(), "image-tasks-licenses-"));
    onTestFinished(() => rm(outdir, { recursive: true }));
    await promisify(execFile)(process.execPath, ["scripts/build.ts", `--outdir=${outdir}`], { cwd: project });
    const metafile = Metafile.parse(JSON.parse(await readFile(join(outdir, "meta.json"), "utf8")));
    const packages = bundledPackages(metafile, read);
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["zod", "@aws-sdk/client-dynamodb", "@middy/core", "mnemonist", "openapi-fetch"]),
    );
    expect(licenseProblems(packages, lock)).toEqual([]);

    const copyleft = packages.map((one): BundledPackage => (one.name === "zod" ? { ...one, license: "GPL-3.0" } : one));
    expect(licenseProblems(copyleft, lock)).toContainEqual(
      expect.stringMatching(/^zod [\d.]+ has the license GPL-3.0, which is not allowed$/),
    );
  });

  test("belong to dependencies that the audit asks about, and not to those for development", () => {
    expect(bundled({ license: "MIT" }, { license: "MIT", dev: true })).toEqual([
      "some is bundled, so it must be one of the dependencies and not for development",
    ]);
  });

  test.each(["MIT", "Apache-2.0", "0BSD", "BlueOak-1.0.0"])("may be %s", (license) => {
    expect(bundled({ license })).toEqual([]);
  });

  test.each(["GPL-3.0-only", "AGPL-3.0", "SEE LICENSE IN LICENSE.md", "UNLICENSED", "(MIT AND GPL-2.0-only)", "mit"])(
    "may not be %s",
    (license) => {
      expect(bundled({ license })).toEqual([`some 1.2.3 has the license ${license}, which is not allowed`]);
    },
  );

  test("may neither be missing nor be an object of an old format", () => {
    expect(bundled({})).toContain("some 1.2.3 has the license none, which is not allowed");
    expect(bundled({ license: { type: "MIT" } }, {})).toContain(
      'some 1.2.3 has the license {"type":"MIT"}, which is not allowed',
    );
  });

  test.each([
    ["version", { license: "MIT", version: "1.2.4" }],
    ["license", { license: "ISC" }],
  ])("are those of the lock file, whose %s must be the same", (_what, locked) => {
    expect(bundled({ license: "MIT" }, locked)).toEqual([
      "some 1.2.3 (MIT) is not what package-lock.json has; run npm ci",
    ]);
  });

  test("are asked of a package inside another one, and of one with a scope", () => {
    const inputs = {
      "node_modules/@scope/outer/node_modules/inner/a.js": {},
      "node_modules/@scope/outer/b.js": {},
      "lib/domain/task.ts": {},
    };
    const packages = bundledPackages({ inputs }, (path) =>
      JSON.stringify({ name: path, version: "1", license: "MIT" }),
    );
    expect(packages.map(({ path }) => path)).toEqual([
      "node_modules/@scope/outer",
      "node_modules/@scope/outer/node_modules/inner",
    ]);
  });
});
