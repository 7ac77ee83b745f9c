import { readFileSync } from "node:fs";
import { parseConnections } from "../lib/config/connections.ts";

/** Run before packaging: a connections file that a function would refuse at its start is refused here already. */
const path = process.env["CONNECTIONS_FILE"] ?? "docs/connections.example.json";
const allowedHosts = (process.env["ALLOWED_ENDPOINT_HOSTS"] ?? "").split(",").filter(Boolean);

try {
  const connections = parseConnections(readFileSync(path, "utf8"), { allowedHosts, allowLoopback: false });
  console.info(`${path}: ${connections.length} connections, ${connections.map(({ name }) => name).join(", ")}`);
} catch (error) {
  console.error(`${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
  process.exitCode = 1;
}
