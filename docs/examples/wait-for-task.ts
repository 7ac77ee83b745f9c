/**
 * Lists what has failed, then waits for one task:
 *
 *     node docs/examples/wait-for-task.ts http://localhost:3000 aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
 *
 * Exits with 0 when the task succeeded, 1 when it ended otherwise, and 2 when there was no telling. `API_TOKEN` is sent
 * as a bearer token when it is set. The types come out of the contract: `npm run client-types`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import type { components, paths } from "./image-tasks-api.ts";

type Task = components["schemas"]["Task"];

/** Every task that failed or vanished, as the sweep recorded them. */
export async function failedTasks(client: Client<paths>): Promise<Task[]> {
  const tasks: Task[] = [];
  let cursor: string | undefined;
  do {
    const { data, error } = await client.GET("/tasks", {
      params: { query: { source: "ledger", status: ["failed", "vanished"], ...(cursor !== undefined && { cursor }) } },
    });
    if (error !== undefined) throw new Error(describe(error));
    tasks.push(...data.tasks);
    cursor = data.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return tasks;
}

/** A cloud that has not shown a task for so long will hardly show it later. */
const longestUnseenMs = 30 * 60_000;

/** Resolves when the task is done, however long that takes. Waits as long as it is told to when it is turned away. */
export async function waitForTask(client: Client<paths>, id: string, unseenMs = longestUnseenMs): Promise<Task> {
  const unseenUntilMs = Date.now() + unseenMs;
  for (;;) {
    const { data, error, response } = await client.GET("/tasks/{id}", {
      params: { path: { id: segmentOf(id) }, query: { wait: 25 } },
    });
    if (data?.done === true) return data;
    const retryAfter = response.headers.get("retry-after");
    const isGone = response.status === 404 && Date.now() >= unseenUntilMs;
    if (error !== undefined && (retryAfter === null || isGone)) throw new Error(describe(error));
    await sleep(Number(retryAfter ?? 0) * 1000);
  }
}

/** A gateway may change an id with other characters than these. */
function segmentOf(id: string): string {
  return /^[\w.:-]+$/.test(id) ? id : `~${Buffer.from(id).toString("base64url")}`;
}

/** A problem says more than a gateway's message. */
function describe(error: components["schemas"]["GatewayMessage"] | { title: string; detail?: string }): string {
  if (typeof error.title === "string") return [error.title, error.detail].filter(Boolean).join(": ");
  return "message" in error ? String(error.message) : "unknown problem";
}

function print({ id, status, error }: Task): void {
  process.stdout.write(`${[id, status, error?.message].filter(Boolean).join(" ")}\n`);
}

function exitCodeOf({ status }: Task): number {
  return status === "succeeded" ? 0 : 1;
}

if (import.meta.main) {
  const [url = "http://localhost:3000", id] = process.argv.slice(2);
  // oxlint-disable-next-line node/no-process-env -- a script's own entry
  const token = process.env["API_TOKEN"];
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const client = createClient<paths>({ baseUrl: url, headers });
  try {
    for (const task of await failedTasks(client)) print(task);
    if (id !== undefined) {
      const task = await waitForTask(client, id);
      print(task);
      process.exitCode = exitCodeOf(task);
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
