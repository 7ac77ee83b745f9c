import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectionsReport } from "../../lib/http/connections-report.ts";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf, invocation } from "../fakes/gateway-event.ts";
import { startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

type Ask = (wanted?: Partial<APIGatewayProxyEventV2>) => Promise<{ status: number; body: unknown }>;

let api: Harness;
let connections: Ask;
let health: Ask;
beforeAll(async () => {
  api = await startHarness({ cloudsBehindMs: 10 * 60_000 });
  connections = asking((await import("../../functions/connections.ts")).handler, "/connections");
  health = asking((await import("../../functions/health.ts")).handler, "/health");
}, 30_000);
afterAll(() => api.stop());

function asking(handler: (typeof import("../../functions/health.ts"))["handler"], path: string): Ask {
  return async (wanted = {}) => {
    const event = eventOf({ rawPath: path, ...wanted });
    const answer = await handler(event, invocation());
    const { statusCode: status = 0, headers = {}, body = "" } = answer ?? {};
    checkResponse({ method: "GET", path, status, headers, body });
    return { status, body: JSON.parse(body) };
  };
}

const names = ["aliyun:cn-hangzhou", "aliyun:cn-beijing", "stack:cn-qingdao-env17-d01", "edge:global"];

describe("GET /connections and GET /health", () => {
  test("show that a target was not swept yet, then when it was swept and what failed", async () => {
    const never = {
      lastSweptAt: null,
      lastSweepSeconds: null,
      behindSeconds: null,
      lastError: null,
      clockSkewSeconds: null,
    };
    expect(await connections()).toMatchObject({ status: 200, body: { connections: [never, never, never, never] } });
    expect(await health()).toMatchObject({
      status: 503,
      body: { type: "urn:image-tasks:problem:unhealthy", detail: `Never swept: ${names.join(", ")}` },
    });

    api.clouds.faults.add({ cloud: "apsara-route", times: "always", kind: "deny" });
    const startedMs = Date.now();
    await expect(api.sweep()).rejects.toThrow(/1 of 4 targets failed/);
    const { body } = await connections();
    const report = body as ConnectionsReport;
    expect(report.connections.map(({ connection, region }) => `${connection}:${region}`)).toEqual(names);
    for (const state of report.connections) {
      expect(Date.parse(state.lastSweptAt ?? "")).toBeGreaterThanOrEqual(startedMs);
      expect(state.lastSweepSeconds).toBeGreaterThanOrEqual(0);
    }
    const [hangzhou, , stack, edge] = report.connections;
    expect(hangzhou).toMatchObject({ lastError: null, rate: { perSecond: 100, burst: 100 } });
    expect(hangzhou?.behindSeconds).toBeLessThan(60);
    expect(stack).toMatchObject({ provider: "apsara-route", lastError: expect.any(String) });
    // The first sweep would have looked back exactly this far.
    expect(stack?.behindSeconds).toBeGreaterThanOrEqual(24 * 60 * 60);
    expect(edge).toMatchObject({ rate: { perSecond: 10, burst: 10 } });
    expect(edge?.capabilities.listsWithoutIds).toBe(false);
    // A cloud that rejects our credential does not make the sweep unhealthy.
    expect(await health()).toEqual({ status: 200, body: { status: "ok", unreadableItems: 0 } });
    // The target never answered, so it has no age to report.
    expect((await api.list("source=ledger")).headers["age"]).toBeUndefined();
    expect((await api.list("source=ledger&connection=aliyun")).headers["age"]).toMatch(/^\d+$/);
  });

  test("reject any parameter", async () => {
    for (const ask of [connections, health]) {
      expect(await ask({ rawQueryString: "verbose=1" })).toMatchObject({
        status: 400,
        body: { errors: [{ field: "verbose" }] },
      });
    }
  });
});
