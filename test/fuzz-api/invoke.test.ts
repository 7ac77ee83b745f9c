import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { createRandom } from "../fuzz/random.ts";
import { startApiServer } from "./api-server.ts";
import type { ApiServer } from "./api-server.ts";
import { buildBundles } from "./bundles.ts";
import type { Bundles } from "./bundles.ts";
import { startFuzzWorld } from "./fuzz-world.ts";
import type { FuzzWorld } from "./fuzz-world.ts";
import { hostileInvocation } from "./hostile-event.ts";
import { createInvocationJudge } from "./judge-invocation.ts";

/** The built functions as whoever has `lambda:InvokeFunction` can call them: with any JSON. */
const seed = 20_261_127;
let world: FuzzWorld;
let bundles: Bundles;
let server: ApiServer;
beforeAll(async () => {
  [world, bundles] = await Promise.all([startFuzzWorld(), buildBundles()]);
  Object.assign(process.env, world.env);
  server = await startApiServer({ bundles: bundles.folder, port: 0, onUnhandled: () => undefined });
  // A service that has never swept is not healthy.
  await server.invoke("sweep", {});
}, 120_000);
afterAll(async () => {
  await server.stop();
  await Promise.all([world.stop(), bundles.remove()]);
});

function shown(event: unknown): string {
  return JSON.stringify(event)
    .replaceAll(world.env["API_TOKEN"] ?? "", "(token)")
    .slice(0, 600);
}

describe("the built functions, invoked directly", () => {
  test("answer 1,200 hostile events with what the contract documents, and never throw", async () => {
    const judge = createInvocationJudge(openApiDocument(), world.secrets);
    const seen = new Set<number>();
    const findings: unknown[] = [];
    const token = world.env["API_TOKEN"] ?? "";
    for (let number = 0; number < 1200; number += 1) {
      const invocation = hostileInvocation(createRandom(seed, number), token);
      const { name, event } = invocation;
      try {
        const answer = await server.invoke(name, event);
        seen.add((answer as { statusCode: number }).statusCode);
        const faults = judge(invocation, answer);
        if (faults.length > 0) findings.push({ number, name, faults, event: shown(event) });
      } catch (error) {
        findings.push({ number, name, faults: [String(error)], event: shown(event) });
      }
    }
    expect(findings.slice(0, 5)).toEqual([]);
    // That nothing was found means something only while all of this was reached.
    for (const status of [200, 400, 401, 404, 415, 422, 431]) expect(seen).toContain(status);
  }, 120_000);

  test.each([[null], [[]], ["x"], [{ source: "aws.events", detail: { __proto__: 1 } }], [{ requestContext: 7 }]])(
    "sweep for the event %j as for its schedule's",
    async (event) => {
      expect(await server.invoke("sweep", event)).toMatchObject([{ target: expect.any(String) }, {}, {}]);
    },
    60_000,
  );
});
