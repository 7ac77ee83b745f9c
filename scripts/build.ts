/**
 * `npm run build [-- --outdir=folder]`: one bundle for each function, the page in one of them, the command `image-tasks`,
 * what subscribers import, and esbuild's account of what is in all of them as `meta.json`.
 */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { buildEvents } from "./build-events.ts";
import { buildPage } from "./build-page.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: "string", default: ".build" } } });
const outdir = resolve(project, values.outdir);

const bundled = {
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
  metafile: true,
  // Some dependencies are CommonJS and call require(), which an ES module does not have.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: "warning",
} satisfies BuildOptions;

const functions = await build({
  ...bundled,
  entryPoints: ["functions/*.ts"],
  target: "node22",
  define: { BUILT_PAGE: JSON.stringify(await buildPage(project)) },
  alias: { "@aws-sdk/credential-provider-node": "./lib/config/env-credentials.ts" },
  // Makes the stacks in logs readable. Without the sources, it is 200 KB in a zip, and Node reads it only for an error.
  sourcemap: "linked",
  sourcesContent: false,
});
// It runs on the Node of whoever calls it.
const command = await build({ ...bundled, entryPoints: ["lib/cli/image-tasks.ts"], target: "node20" });
const metafiles = [functions.metafile, command.metafile, ...(await buildEvents(project, outdir))];
const meta = {
  inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
  outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
};
await writeFile(resolve(outdir, "meta.json"), JSON.stringify(meta, null, 2));
