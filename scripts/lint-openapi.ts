/** `npm run lint:api`: checks the contract against the rules in `.redocly.yaml`. Exits with 1 if a rule is broken. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openApiDocument } from "../lib/openapi/openapi-document.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const linter = join(project, "node_modules/@redocly/cli/bin/cli.js");
/** Keeps the tool from checking for updates and sending telemetry. */
const quiet = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };

const folder = await mkdtemp(join(tmpdir(), "image-tasks-openapi-"));
try {
  const file = join(folder, "openapi.json");
  await writeFile(file, JSON.stringify(openApiDocument(), null, 2));
  const options = ["--config", ".redocly.yaml", "--lint-config", "error"];
  const lint = spawn(process.execPath, [linter, "lint", ...options, file], {
    cwd: project,
    env: { ...process.env, ...quiet },
    stdio: "inherit",
  });
  const [code]: unknown[] = await once(lint, "exit");
  process.exitCode = code === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
