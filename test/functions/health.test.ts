import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf, invocation } from "../fakes/gateway-event.ts";
import { startWorld } from "./world.ts";
import type { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 30_000);
afterAll(() => world.stop());

describe("GET /health", () => {
  test("quickly reports unhealthy when the ledger is unreachable", async () => {
    Object.assign(process.env, world.env, { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    const { handler } = await import("../../functions/health.ts");
    const startedMs = Date.now();
    const answer = await handler(eventOf({ rawPath: "/health" }), invocation());
    const { statusCode: status = 0, headers = {}, body = "" } = answer ?? {};
    checkResponse({ method: "GET", path: "/health", status, headers, body });
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      type: "urn:image-tasks:problem:unhealthy",
      title: "The service is not healthy",
      status: 503,
      detail: "The ledger cannot be reached",
    });
    expect(Date.now() - startedMs).toBeLessThan(4000);
  });
});
