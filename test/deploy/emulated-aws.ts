import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";
import { EmulatedBuckets } from "./emulated-buckets.ts";
import { createCloudFormation } from "./emulated-cloudformation.ts";
import { createJsonServices } from "./emulated-json-services.ts";
import { EmulatedResources } from "./emulated-resources.ts";
import { EmulatedStacks } from "./emulated-stacks.ts";
import { element } from "./xml.ts";

const account = "123456789012";

export interface EmulatedAws {
  readonly url: string;
  /** Such as `CreateChangeSet`, `AmazonSSM.GetParameter`, or `PUT /bucket/key`. */
  readonly calls: string[];
  readonly resources: EmulatedResources;
  readonly stacks: EmulatedStacks;
  readonly buckets: EmulatedBuckets;
  /** Values of parameters and secrets, by name. */
  readonly secrets: Map<string, string>;
  /** ARN of the key of one's own that encrypts a secret, by its name. */
  readonly keys: Map<string, string>;
  stop(): Promise<void>;
}

/** The services that a deployment calls, at one address, in one account and region. Signatures are not verified. */
export async function startEmulatedAws(): Promise<EmulatedAws> {
  const resources = new EmulatedResources();
  const stacks = new EmulatedStacks(resources);
  const buckets = new EmulatedBuckets();
  const calls: string[] = [];
  const [secrets, keys] = [new Map<string, string>(), new Map<string, string>()];
  const cloudFormation = createCloudFormation(stacks, (path) => buckets.objects.get(path)?.bytes.toString() ?? "{}");
  const answerJson = createJsonServices({ resources, secrets, keys });

  async function answer(request: IncomingMessage) {
    const bytes = await bytesOf(request);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const [method, url] = [request.method ?? "", new URL(request.url ?? "/", "http://loopback")];
    const target = headers["x-amz-target"];
    if (target !== undefined) {
      calls.push(target);
      return answerJson(target, JSON.parse(bytes.toString()));
    }
    if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
      const form = new URLSearchParams(bytes.toString());
      calls.push(form.get("Action") ?? "");
      if (form.get("Action") === "GetCallerIdentity") return { status: 200, body: callerIdentity };
      return cloudFormation(form);
    }
    calls.push(`${method} ${url.pathname}`);
    const [, functionName] = /^\/2015-03-31\/functions\/([^/]+)$/.exec(url.pathname) ?? [];
    if (functionName === undefined) return buckets.answer({ method, url, headers, bytes });
    const found = resources.find("AWS::Lambda::Function", decodeURIComponent(functionName));
    if (found === undefined) return { status: 404, body: "{}" };
    const Configuration = { LastModified: new Date(found.changedAtMs).toISOString() };
    return { status: 200, body: JSON.stringify({ Configuration }) };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, headers = {}, body = "" }: { status: number; headers?: object; body?: string | Buffer }) => {
        response.writeHead(status, { ...headers });
        response.end(request.method === "HEAD" ? undefined : body);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
  return { url, calls, resources, stacks, buckets, secrets, keys, stop: () => stopServer(server) };
}

const callerIdentity = element(
  "GetCallerIdentityResponse",
  element(
    "GetCallerIdentityResult",
    element("Arn", `arn:aws:iam::${account}:user/deployer`) + element("UserId", "AIDA") + element("Account", account),
    false,
  ),
  false,
);

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
