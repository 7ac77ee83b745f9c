import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import * as z from "zod/mini";

/** Chromium as npm has installed it, with its own fonts and libraries, so that it looks the same on every machine. */

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const archives = join(modules, "@sparticuz/chromium/bin");
const Manifest = z.object({ version: z.string() });

/** The browser's sandbox needs rights that containers do not give, and here it visits only this machine. */
const flags = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none", "--hide-scrollbars"];

export async function launchChromium(): Promise<Browser> {
  const folder = await unpacked();
  const { PATH = "", HOME = "" } = process.env;
  const env = {
    PATH,
    HOME,
    FONTCONFIG_PATH: join(folder, "fonts"),
    LD_LIBRARY_PATH: join(folder, "al2023/lib"),
  };
  return chromium.launch({ executablePath: join(folder, "chromium"), args: flags, env });
}

/** Unpacks it on the first use, which takes some seconds. */
async function unpacked(): Promise<string> {
  const { version } = Manifest.parse(JSON.parse(await readFile(join(archives, "../package.json"), "utf8")));
  const cache = join(modules, ".cache");
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "chromium-"));
  const { TMPDIR } = process.env;
  // The package unpacks into the folder for temporary files, where it would use what another version has left.
  process.env["TMPDIR"] = making;
  try {
    await Promise.all(["chromium.br", "fonts.tar.br", "al2023.tar.br"].map((name) => inflate(join(archives, name))));
  } finally {
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
  }
  // Another process may have been faster.
  await rename(making, folder).catch(() => rm(making, { recursive: true, force: true }));
  return folder;
}
