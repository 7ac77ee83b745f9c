import { readFileSync } from "node:fs";
import { readConnectionsFile } from "../lib/config/connections.ts";
import { readAllowedHosts } from "../lib/config/environment.ts";

/** Checks the connections file before packaging, with the rules that the functions apply at their cold start. */
const path = process.env["CONNECTIONS_FILE"] || "docs/connections.example.json";

try {
  const rule = { allowedHosts: readAllowedHosts(process.env), allowLoopback: false };
  const connections = readConnectionsFile(path, (file) => readFileSync(file, "utf8"), rule);
  console.info(`${path}: ${connections.length} connections, ${connections.map(({ name }) => name).join(", ")}`);
} catch (error) {
  console.error(`${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
  process.exitCode = 1;
}
