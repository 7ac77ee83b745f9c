/**
 * An hour of the demo behind `npm start`, ten times as fast: prints the memory of each process and the time of
 * `GET /tasks?limit=5` every five minutes of the demo. `npm run bench:demo`, on a machine that does nothing else.
 *
 * The sandbox clouds run in this process, and the rest of local mode as usual. Sweeps are ten times as frequent, too.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { writeSandboxConnections } from "../local/sandbox-connections.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import { keepBusy } from "../sandbox/demo.ts";

const speed = 10;
const hourMs = 3_600_000;
const start = fileURLToPath(new URL("../local/start.ts", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
const startedAtMs = Date.now();
// Starts in the past and arrives at the present, so that no task is created in the future.
const clock = { now: () => startedAtMs - hourMs + (Date.now() - startedAtMs) * speed };
const path = join(folder, "sandbox-tasks.jsonl");
const clouds = await startSandboxClouds({ clock, wireClock: Date, path, keepRequests: 1000 });
const CONNECTIONS_FILE = join(folder, "connections.json");
const credentials = await writeSandboxConnections(CONNECTIONS_FILE, clouds);
const { PATH = "", PORT = "3000" } = process.env;
const child = spawn(process.execPath, [start], {
  env: { ...process.env, ...credentials, PATH, CONNECTIONS_FILE, LOCAL_DIR: folder, SWEEP_SECONDS: String(5 / speed) },
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  await untilReady(child);
  const demo = keepBusy(clouds, { intervalMs: 15_000 / speed });
  const beganAtMs = clock.now();
  print("minute", "tasks", "list ms", "sandbox MB", "local MB", "functions MB");
  for (let minute = 0; minute <= 60; minute += 5) {
    const waitMs = (beganAtMs + Math.max(minute, 1) * 60_000 - clock.now()) / speed;
    await sleep(Math.max(0, waitMs));
    const [local, functions] = memoryOf(child.pid ?? 0);
    print(
      minute,
      clouds.tasks.all().length,
      await listMs(),
      megabytes(process.memoryUsage().rss / 1024),
      local,
      functions,
    );
  }
  demo.stop();
} finally {
  child.kill("SIGTERM");
  await clouds.stop();
  await rm(folder, { recursive: true, force: true });
}

async function untilReady({ stdout }: ChildProcess): Promise<void> {
  let output = "";
  stdout?.on("data", (chunk) => (output = (output + String(chunk)).slice(-10_000)));
  while (!output.includes("\nready\n")) {
    if (child.exitCode !== null) throw new Error(`it ended before it was ready:\n${output}`);
    await sleep(100);
  }
}

/** The median of three calls, with pauses, since the service limits its calls to each cloud. */
async function listMs(): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 3; call += 1) {
    await sleep(1500);
    const began = performance.now();
    const answer = await fetch(`http://127.0.0.1:${PORT}/tasks?limit=5`);
    await answer.text();
    times.push(performance.now() - began);
  }
  return Math.round(times.toSorted((a, b) => a - b)[1] ?? 0);
}

/** Of the process itself and of its child. */
function memoryOf(pid: number): readonly [number, number] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" }).trim().split("\n");
  const processes = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const sizeOf = (column: number) => megabytes(processes.find((row) => row[column] === pid)?.[2] ?? 0);
  return [sizeOf(0), sizeOf(1)];
}

function megabytes(kilobytes: number): number {
  return Math.round(kilobytes / 1024);
}

function print(...cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(13)).join("")}\n`);
}
