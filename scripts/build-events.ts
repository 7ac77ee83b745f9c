import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { generateDtsBundle } from "dts-bundle-generator";
import { build } from "esbuild";
import type { Metafile } from "esbuild";

const entry = "lib/subscriber/parse-task-event.ts";

/**
 * Builds the entry `image-tasks/events` of the package as an ES module and as a CommonJS module, each with its types.
 * @param project folder of this project
 */
export async function buildEvents(project: string, outdir: string): Promise<Metafile[]> {
  const metafiles = await Promise.all(
    (
      [
        ["esm", "mjs"],
        ["cjs", "cjs"],
      ] as const
    ).map(async ([format, extension]) => {
      const { metafile } = await build({
        absWorkingDir: project,
        entryPoints: [entry],
        outfile: join(outdir, `events.${extension}`),
        bundle: true,
        // Leaves out what only our own side needs of Node, so that the result runs anywhere.
        platform: "node",
        format,
        target: "es2022",
        minify: true,
        legalComments: "none",
        metafile: true,
        logLevel: "warning",
      });
      return metafile;
    }),
  );
  const [types = ""] = generateDtsBundle(
    [{ filePath: resolve(project, entry), output: { noBanner: true, exportReferencedTypes: false } }],
    { preferredConfigPath: resolve(project, "tsconfig.json") },
  );
  await Promise.all(["d.mts", "d.cts"].map((extension) => writeFile(join(outdir, `events.${extension}`), types)));
  return metafiles;
}
