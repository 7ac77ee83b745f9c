import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const project = fileURLToPath(new URL("../..", import.meta.url));

export interface Bundles {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Builds into its own folder, since another process may be running the files in `.build`. */
export async function buildBundles(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-bundles-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)("npm", ["run", "--silent", "build", "--", `--outdir=${folder}`], { cwd: project });
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
