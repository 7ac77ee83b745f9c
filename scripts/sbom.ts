/**
 * `npm run --silent sbom`: prints what the functions and the command contain, as a CycloneDX document. `npm sbom` lists
 * what is installed instead: packages of which nothing was bundled, and not those that only a bundle needs.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { billOfMaterials } from "./bill-of-materials.ts";
import { Metafile, PackageLock, bundledPackages } from "./bundled-packages.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(resolve(project, path), "utf8");

const packages = bundledPackages(Metafile.parse(JSON.parse(read(".build/meta.json"))), read);
const lock = PackageLock.parse(JSON.parse(read("package-lock.json")));
const bill = billOfMaterials(packages, lock, { serial: crypto.randomUUID(), madeAt: new Date() });
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
