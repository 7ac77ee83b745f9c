/** `node test/contract/write-openapi.ts [file]`: the contract as a file, `.local/openapi.json` unless told otherwise. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { openApiDocument } from "../../lib/contract/openapi-document.ts";

const file = resolve(process.argv[2] ?? ".local/openapi.json");
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
process.stdout.write(`${file}\n`);
