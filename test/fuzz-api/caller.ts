import { Agent, request } from "node:http";
import { brotliDecompressSync, unzipSync } from "node:zlib";

/** Sends a request unchanged; `fetch` would normalize it. */

export interface FuzzRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Bytes as latin1 text, so that a request can be printed; `null` for none. */
  readonly body: string | null;
}

export interface FuzzResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Caller {
  call(wanted: FuzzRequest): Promise<FuzzResponse>;
  close(): void;
}

const patienceMs = 45_000;

export function createCaller(url: string, connections: number): Caller {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    call: ({ method, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const bytes = body === null ? undefined : Buffer.from(body, "latin1");
        const length = bytes === undefined ? {} : { "content-length": String(bytes.length) };
        const options = { host: hostname, port, agent, method, path: target, headers: { ...headers, ...length } };
        const sent = request(options, (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const { statusCode: status = 0, headersDistinct } = answer;
            const text = decoded(Buffer.concat(chunks), headersDistinct["content-encoding"]?.[0]);
            const pairs = Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(", ")]);
            resolve({ status, headers: Object.fromEntries(pairs), body: text });
          });
        });
        sent.setTimeout(patienceMs, () => sent.destroy(new Error("no answer in time")));
        sent.on("error", reject);
        sent.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/** A proxy in between may compress the response on request. */
function decoded(bytes: Buffer, encoding: string | undefined): string {
  if (bytes.length === 0) return "";
  if (encoding === "gzip" || encoding === "deflate") return unzipSync(bytes).toString("utf8");
  return (encoding === "br" ? brotliDecompressSync(bytes) : bytes).toString("utf8");
}
