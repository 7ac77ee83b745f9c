import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { createApiClient } from "../../../lib/page/api-client.ts";
import type { ApiClient } from "../../../lib/page/api-client.ts";
import { listenHttp } from "../../fakes/loopback-server.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

async function startClient(answer: Answering, token: string | null = null): Promise<ApiClient> {
  const server = await listenHttp(answer);
  stops.push(() => server.close());
  return createApiClient({ fetch, baseUrl: server.url.href, token: () => token });
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value);

describe("get()", () => {
  test("asks for each state once", async () => {
    let numbers = [1];
    const asked: (string | undefined)[] = [];
    const client = await startClient((request, response) => {
      asked.push(request.headers["if-none-match"]);
      const etag = `"${numbers.join()}"`;
      if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
      else response.setHeader("etag", etag).setHeader("age", "7").end(JSON.stringify(numbers));
    });
    const first = { kind: "answered", body: [1], unchanged: false, ageSeconds: 7 };
    expect(await client.get("numbers", isNumbers)).toEqual(first);
    expect(await client.get("numbers", isNumbers)).toEqual({ ...first, unchanged: true, ageSeconds: null });
    numbers = [2];
    expect(await client.get("numbers", isNumbers)).toEqual({ ...first, body: [2] });
    expect(asked).toEqual([undefined, '"1"', '"1"']);
  });

  test("sends the token as a header, and none where there is none", async () => {
    const given: (string | undefined)[] = [];
    const answer: Answering = ({ headers, url }, response) => {
      given.push(headers.authorization);
      response.end(url === "/numbers" ? "[]" : "");
    };
    await (await startClient(answer, "s3cret")).get("numbers", isNumbers);
    await (await startClient(answer)).get("numbers", isNumbers);
    expect(given).toEqual(["Bearer s3cret", undefined]);
  });

  test.each([
    [401, { detail: "Send a token" }, { kind: "refused", status: 401, detail: "Send a token" }],
    [403, { message: "Forbidden" }, { kind: "refused", status: 403, detail: "Forbidden" }],
    [404, { title: "There is no such task" }, { kind: "missing", detail: "There is no such task" }],
    [503, { detail: "Busy" }, { kind: "failed", detail: "Busy", retryAfterMs: 7000 }],
  ])("understands a %i", async (status, body, answer) => {
    const client = await startClient((_request, response) => {
      response.writeHead(status, { "retry-after": "7" }).end(JSON.stringify(body));
    });
    expect(await client.get("numbers", isNumbers)).toEqual(answer);
  });

  test.each([
    ["a proxy's page", 502, "<html>", "The answer was 502"],
    ["something that is not JSON", 200, "<html>", "The API cannot be reached"],
    ["JSON of another kind", 200, '{"message":"hello"}', "Something else than the API answered"],
  ])("takes %s for a failure", async (_what, status, text, detail) => {
    const client = await startClient((_request, response) => response.writeHead(status).end(text));
    expect(await client.get("numbers", isNumbers)).toEqual({ kind: "failed", detail, retryAfterMs: null });
  });

  test("follows no redirect, which might lead to another origin", async () => {
    let followed = false;
    const client = await startClient((request, response) => {
      followed ||= request.url === "/elsewhere";
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect((await client.get("numbers", isNumbers)).kind).toBe("failed");
    expect(followed).toBe(false);
  });

  test("fails when nothing answers", async () => {
    const client = await startClient((request) => request.destroy());
    expect(await client.get("numbers", isNumbers)).toEqual({
      kind: "failed",
      detail: "The API cannot be reached",
      retryAfterMs: null,
    });
  });
});
