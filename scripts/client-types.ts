import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import openapiTS, { astToString } from "openapi-typescript";
import type { OpenAPI3 } from "openapi-typescript";
import { openApiDocument } from "../lib/openapi/openapi-document.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const formatter = fileURLToPath(new URL("../node_modules/.bin/oxfmt", import.meta.url));

const header = `/* oxlint-disable max-lines */
/** Made by \`npm run client-types\` out of the contract. Do not change it by hand. */

`;

/** Writes the TypeScript types of every operation into one file. */
export async function writeClientTypes(file: string): Promise<void> {
  // The generator's document type is wider than ours. The generator validates the document itself.
  const nodes = await openapiTS(openApiDocument() as unknown as OpenAPI3);
  await writeFile(file, header + astToString(nodes));
  await promisify(execFile)(formatter, ["--config", ".oxfmtrc.json", file], { cwd: project });
}
