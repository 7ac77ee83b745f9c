import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "../../lib/config/runtime.ts";
import type { ConnectionsReport } from "../../lib/http/connections-report.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf, invocation } from "../fakes/gateway-event.ts";
import { pendingEvent, record, write } from "../fakes/ledger-contract.ts";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

let api: Harness;
let ledger: Ledger;
beforeAll(async () => {
  api = await startHarness();
  ({ ledger } = createRuntime(process.env));
}, 30_000);
afterAll(() => api.stop());

const { signal } = new AbortController();
const old = { connection: "old", provider: "alibaba-ecs", region: "cn-hangzhou" };
const idOf = (nativeId: string) => `old:cn-hangzhou:${nativeId}`;

async function reportOf(path: "/connections" | "/health"): Promise<{ status: number; body: unknown }> {
  const { handler } =
    path === "/health" ? await import("../../functions/health.ts") : await import("../../functions/connections.ts");
  const answer = await handler(eventOf({ rawPath: path }), invocation());
  const { statusCode: status = 0, headers = {}, body = "" } = answer ?? {};
  checkResponse({ method: "GET", path, status, headers, body });
  return { status, body: JSON.parse(body) };
}

async function leftOf(): Promise<ConnectionsReport["unconfigured"]> {
  return ((await reportOf("/connections")).body as ConnectionsReport).unconfigured;
}

describe("a connection that is no longer configured", () => {
  test("has its events published and its open tasks reported until they are untracked", async () => {
    const ended = record("t-ended", { connection: "old", status: "succeeded" });
    await write(
      ledger,
      record("t-open", { connection: "old", status: "running" }),
      { ...ended, pending: [pendingEvent(ended.task, 0)] },
      record("t-told", { connection: "old", status: "failed" }),
    );
    await ledger.writeTargetList({ revision: 1, targets: [{ ...old, unconfigured: null }] }, null, signal);
    expect((await api.list("pendingEvent=true")).body.tasks.map(({ id }) => id)).toEqual([idOf("t-ended")]);

    // Neither fails the sweep.
    await api.sweep();
    expect((await api.events()).map(({ detail }) => detail.data.task.id)).toEqual([idOf("t-ended")]);
    expect(await leftOf()).toMatchObject([{ ...old, openTasks: 1, pendingEvents: 0 }]);
    const { status, body } = await reportOf("/health");
    const detail = "Not configured: old:cn-hangzhou, which still has 1 open task";
    expect([status, body]).toEqual([503, expect.objectContaining({ detail })]);

    expect(await api.get(idOf("t-told"))).toMatchObject({ status: 200, body: { status: "failed", timeline: [] } });
    const open = await api.get<ProblemBody>(idOf("t-open"));
    expect(open.status).toBe(404);
    expect(open.body).toMatchObject({ detail: expect.stringContaining("DELETE"), task: { status: "running" } });
    const listed = await api.list("source=ledger&connection=old&status=running");
    expect(listed.body.tasks.map(({ id }) => id)).toEqual([idOf("t-open")]);
    expect((await api.list("connection=old")).status).toBe(400);

    expect((await api.untrack(idOf("t-open"))).status).toBe(204);
    expect((await api.untrack(idOf("t-open"))).status).toBe(404);
    await api.sweep();
    expect(await leftOf()).toMatchObject([{ openTasks: 0, pendingEvents: 0 }]);
    expect(await reportOf("/health")).toEqual({ status: 200, body: { status: "ok", unreadableItems: 0 } });
    expect(await api.events()).toHaveLength(1);
  });

  test("has no tasks but those recorded", async () => {
    const none = await api.get<ProblemBody>(idOf("t-none"));
    expect([none.status, none.body.detail]).toEqual([404, expect.stringContaining('No connection is named "old"')]);
    expect((await api.untrack(idOf("t-none"))).status).toBe(404);
    expect((await api.untrack(idOf("x".repeat(3000)))).status).toBe(404);
  });
});
