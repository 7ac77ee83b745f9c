import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** Requests to loopback as web pages make them. */

/** What a browser says when a page of another site calls a loopback server. */
export const foreignPages = [
  { page: "a page of another site", headers: { origin: "https://page.example" } },
  { page: "a page of another local server", headers: { origin: "http://localhost:8080" } },
  { page: "a sandboxed frame", headers: { origin: "null" } },
  { page: "a page whose name resolves to loopback", headers: { host: "evil.example" } },
  { page: "an image of another site", headers: { "sec-fetch-site": "cross-site" } },
] as const;

export interface PageCall {
  readonly method?: string;
  /** `host` may be any name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PageAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends exactly these headers, which `fetch` would not. */
export function callAsPage(url: string, { method = "GET", headers, body }: PageCall): Promise<PageAnswer> {
  const answered = Promise.withResolvers<PageAnswer>();
  const request = httpRequest(url, { method, headers, agent: false });
  request.on("error", answered.reject);
  request.on("response", (response) => {
    const { statusCode: status } = response;
    text(response).then((read) => answered.resolve({ status, headers: response.headers, body: read }), answered.reject);
  });
  request.end(body);
  return answered.promise;
}
