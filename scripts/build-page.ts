import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuiltPage } from "../lib/http/page.ts";

/**
 * The page as one text, with its script and its style in it, and the hashes that let a browser run and apply them.
 * @param project folder of this project
 * @see https://www.w3.org/TR/CSP3/#match-element-to-source-list
 */
export async function buildPage(project: string): Promise<BuiltPage> {
  const [template, script, style] = await Promise.all([
    readFile(join(project, "lib/page/page.html"), "utf8"),
    bundle(project, "lib/page/browser/main.ts"),
    bundle(project, "lib/page/page.css"),
  ]);
  const html = fill(fill(template, "script", script), "style", style);
  return { html, scriptHash: hashOf(script), styleHash: hashOf(style) };
}

async function bundle(project: string, entryPoint: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: project,
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: ["chrome120", "firefox121", "safari17"],
    legalComments: "none",
    logLevel: "warning",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entryPoint} was built into nothing`);
  // A browser hashes what stands between the tags.
  return file.text.trim();
}

/** Puts the text into the template's empty element. */
function fill(template: string, element: "script" | "style", text: string): string {
  const [start, end] = [`<${element}>`, `</${element}>`];
  if (text.includes(end.slice(0, -1))) throw new Error(`the text would end its ${element}`);
  const parts = template.split(`${start}${end}`);
  if (parts.length !== 2) throw new Error(`the page must have one empty ${element}, and has ${parts.length - 1}`);
  return parts.join(`${start}${text}${end}`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
