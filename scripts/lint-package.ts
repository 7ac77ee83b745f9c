/**
 * `npm run lint:package`: packs, and prints what is wrong with the package for those who import it. Exits with 1 if
 * anything is. What resolved modules before Node 12 knew neither `exports` nor ES modules, and is left out.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import * as z from "zod/mini";

const project = fileURLToPath(new URL("..", import.meta.url));
const Packed = z.tuple([z.looseObject({ filename: z.string() })]);
const Manifest = z.looseObject({});

async function pack(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const words = ["pack", "--json", "--silent", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", words, { cwd: project });
  const [{ filename }] = Packed.parse(JSON.parse(stdout));
  return new Uint8Array(await readFile(join(folder, filename)));
}

async function lintPackage(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (!analysis.types) return ["the package has no types"];
  const problems = analysis.problems.filter((one) => !("resolutionKind" in one && one.resolutionKind === "node10"));
  return [
    ...messages.map((message) => formatMessage(message, Manifest.parse(pkg)) ?? message.code),
    ...problems.map((problem) => JSON.stringify(problem)),
  ];
}

const folder = await mkdtemp(join(tmpdir(), "image-tasks-package-"));
try {
  const found = await lintPackage(await pack(folder));
  for (const problem of found) console.error(problem);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
