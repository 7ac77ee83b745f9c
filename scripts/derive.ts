import { readFileSync, writeFileSync } from "node:fs";
import { providerDescriptors } from "../lib/providers/index.ts";
import { derivedFiles } from "./derived-files.ts";
import { registeredSchemas } from "./registered-schemas.ts";

/** `npm run derive`: writes down what the array of providers says, wherever somebody reads it without running code. */
for (const { path, derive } of derivedFiles) {
  writeFileSync(path, derive(readFileSync(path, "utf8"), providerDescriptors));
}
// Derived from the schema of all events, which has just been written.
for (const { path, text } of registeredSchemas()) writeFileSync(path, text);
