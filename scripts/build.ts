/**
 * `npm run build [-- --outdir=folder]`: one bundle for each function, the page in one of them, esbuild's account of what
 * is in them as `meta.json`, and the command `image-tasks`.
 */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { buildPage } from "./build-page.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: "string", default: ".build" } } });
const outdir = resolve(project, values.outdir);

const bundled: BuildOptions = {
  absWorkingDir: project,
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  minify: true,
  // Packages' ES modules, since what a bundle does not use cannot be left out of their CommonJS.
  mainFields: ["module", "main"],
  legalComments: "none",
  // Some dependencies are CommonJS and call require(), which an ES module does not have.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: "warning",
};

const { metafile } = await build({
  ...bundled,
  entryPoints: ["functions/*.ts"],
  target: "node22",
  define: { BUILT_PAGE: JSON.stringify(await buildPage(project)) },
  alias: { "@aws-sdk/credential-provider-node": "./lib/config/env-credentials.ts" },
  metafile: true,
});
// It runs on the Node of whoever calls it.
await build({ ...bundled, entryPoints: ["lib/cli/image-tasks.ts"], target: "node20" });
await writeFile(resolve(outdir, "meta.json"), JSON.stringify(metafile, null, 2));
