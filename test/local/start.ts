/** `npm start`: the whole service on this machine, with sandbox clouds in place of real ones. */
import { createRunningParts, startLocalStack } from "./local-stack.ts";
import type { LocalStack } from "./local-stack.ts";
import { watchParents } from "./parent-watch.ts";

const parts = createRunningParts();
let stoppingSinceMs: number | undefined;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function stop(exitCode: number, reason: string): Promise<never> {
  stoppingSinceMs = performance.now();
  print(`stopping (${reason}) ...`);
  setTimeout(() => process.exit(1), 10_000).unref();
  await parts.stop();
  print("stopped");
  process.exit(exitCode);
}

function onSignal(signal: NodeJS.Signals): void {
  if (stoppingSinceMs === undefined) {
    void stop(0, signal);
    return;
  }
  // Under npm, one Ctrl-C arrives twice at once: from the terminal and from npm. Only a later signal is a second
  // Ctrl-C.
  if (performance.now() - stoppingSinceMs > 500) process.exit(130);
}

process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
process.on("SIGHUP", onSignal);
// A closed terminal makes writes fail; shutdown must continue anyway.
process.stdout.on("error", () => undefined);
watchParents(process.env, () => {
  if (stoppingSinceMs === undefined) void stop(0, "the parent process has ended");
});

try {
  const stack = await startLocalStack(
    { environment: process.env, print, onBroken: (reason) => void stop(1, reason) },
    parts,
  );
  if (stoppingSinceMs === undefined) welcome(stack).forEach(print);
} catch (error) {
  if (stoppingSinceMs === undefined) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    await parts.stop();
    process.exit(1);
  }
}

function welcome({ ports, connectionsFile, folder, lambdaSocket }: LocalStack): string[] {
  const curl = process.env["API_TOKEN"] ? 'curl -H "authorization: Bearer $API_TOKEN"' : "curl";
  const sweep = "http://localhost/2015-03-31/functions/image-tasks-local-sweep/invocations";
  const list = [
    ...(ports.api === 3000 ? [] : [`IMAGE_TASKS_URL=http://localhost:${ports.api}`]),
    ...(process.env["API_TOKEN"] ? ['IMAGE_TASKS_TOKEN="$API_TOKEN"'] : []),
    "npx image-tasks list",
  ].join(" ");
  const sandboxClouds = [
    `  Alibaba ECS sandbox     http://localhost:${ports.alibabaEcs}`,
    `  Apsara route sandbox    http://localhost:${ports.apsaraRoute}`,
    `  Tencent ECM sandbox     http://localhost:${ports.tencentEcm}`,
    `  sandbox control         http://localhost:${ports.control}`,
  ];
  return [
    "",
    "ready",
    `  HTTP API                http://localhost:${ports.api}`,
    `  page in a browser       http://localhost:${ports.api}/`,
    `  Lambda invoke API       ${lambdaSocket}`,
    `  events                  http://localhost:${ports.events}/events`,
    `  ledger (DynamoDB)       http://localhost:${ports.ledger}`,
    ...(connectionsFile === undefined ? sandboxClouds : [`  connections             ${connectionsFile}`]),
    `  state and logs          ${folder}`,
    "",
    "try",
    `  ${curl} 'http://localhost:${ports.api}/tasks?limit=5'`,
    `  ${list}`,
    `  ${curl} 'http://localhost:${ports.api}/tasks?source=ledger&status=failed'`,
    `  ${curl} 'http://localhost:${ports.events}/events?detail-type=Image%20Task%20Completed'`,
    `  curl --unix-socket ${lambdaSocket} -d '{}' ${sweep}`,
    "",
    "events as a subscriber receives them (press Ctrl-C to stop everything)",
  ];
}
