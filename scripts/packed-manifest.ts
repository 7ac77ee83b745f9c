/**
 * `node scripts/packed-manifest.ts strip|restore`, before and after `npm pack`. The package holds bundles, so whoever
 * installs it needs none of the packages that went into them. `dependencies` names these packages nevertheless: the
 * audit, the license check, and Dependabot go by it. npm packs the file as it is, so it is another one meanwhile.
 */
import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";

const manifest = fileURLToPath(new URL("../package.json", import.meta.url));
const kept = fileURLToPath(new URL("../.build/package.json", import.meta.url));

const Manifest = z.looseObject({ dependencies: z.optional(z.unknown()) });

async function strip(): Promise<void> {
  const { dependencies, ...packed } = Manifest.parse(JSON.parse(await readFile(manifest, "utf8")));
  // An earlier pack was interrupted, and the whole file is already kept.
  if (dependencies === undefined) return;
  await copyFile(manifest, kept);
  await writeFile(manifest, `${JSON.stringify(packed, null, 2)}\n`);
}

const [step] = process.argv.slice(2);
if (step === "strip") await strip();
else await rename(kept, manifest);
