import { readFileSync } from "node:fs";
import { parseConnections } from "../lib/config/connections.ts";
import { readAllowedHosts } from "../lib/config/environment.ts";

/** Checks the connections file before packaging, with the rules that the functions apply at their cold start. */
const path = process.env["CONNECTIONS_FILE"] ?? "docs/connections.example.json";
const allowedHosts = readAllowedHosts(process.env);

try {
  const connections = parseConnections(readFileSync(path, "utf8"), { allowedHosts, allowLoopback: false });
  console.info(`${path}: ${connections.length} connections, ${connections.map(({ name }) => name).join(", ")}`);
} catch (error) {
  console.error(`${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
  process.exitCode = 1;
}
