import { AwsV4Signer } from "aws4fetch";
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import type { components, paths } from "../../docs/examples/image-tasks-api.ts";
import type { Transport, WireRequest } from "../transport/call.ts";
import { UsageError } from "./arguments.ts";
import type { ApiAddress, AuthKind } from "./arguments.ts";

export type ApiTask = components["schemas"]["Task"];
export interface Api extends Client<paths> {
  /** Where it is, without a path. */
  readonly origin: string;
  /** What its caller can do about a call that it did not authorize. */
  readonly remedyFor: (status: number) => string | undefined;
}

interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ApiDependencies {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly awsCredential: () => Promise<AwsCredential>;
  /** Sends one request. Throws `ProviderError` if there is no answer. */
  readonly transport: Transport;
}

/**
 * The API as its contract types it. Requests carry the caller's authorization.
 * @throws UsageError if the address or what it takes to speak to it is missing or wrong
 */
export function createApi(address: ApiAddress, deps: ApiDependencies): Api {
  const baseUrl = baseUrlOf(address.url ?? (deps.environment["IMAGE_TASKS_URL"] || "http://localhost:3000"));
  const kind = address.auth ?? usualKind(baseUrl, deps.environment["IMAGE_TASKS_TOKEN"]);
  const authorize = authorization(baseUrl, { kind, awsRegion: address.awsRegion }, deps);
  const client = createClient<paths>({
    baseUrl: baseUrl.href.replace(/\/$/, ""),
    async fetch(request) {
      const method = methods.find((one) => one === request.method) ?? "POST";
      const body = await request.text();
      const plain: WireRequest = {
        method,
        url: new URL(request.url),
        headers: Object.fromEntries(request.headers),
        body,
      };
      const { status, headers, body: answer } = await deps.transport(await authorize(plain), request.signal);
      const hasBody = status !== 204 && status !== 304;
      return new Response(hasBody ? answer : null, { status, headers });
    },
  });
  const remedyFor = (status: number) => remedy(status, kind, deps.environment);
  return { ...client, origin: baseUrl.origin, remedyFor };
}

/** The API's own sentence speaks of headers. */
function remedy(status: number, kind: AuthKind, { IMAGE_TASKS_TOKEN }: ApiDependencies["environment"]) {
  if (kind === "iam" && [401, 403].includes(status)) {
    return "Sign in to AWS in this shell, or give the role execute-api:Invoke.";
  }
  if (status !== 401) return undefined;
  if (kind === "bearer") return "The token in IMAGE_TASKS_TOKEN was refused.";
  return IMAGE_TASKS_TOKEN ? "No token was sent, because of --auth none." : "Set IMAGE_TASKS_TOKEN.";
}

const methods = ["GET", "POST", "DELETE"] as const;

function baseUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ["http:", "https:"].includes(url.protocol) && !url.username && !url.password) return url;
  throw new UsageError("The address of the API must be a URL such as https://images.example.com, without a password.");
}

type Authorize = (request: WireRequest) => Promise<WireRequest>;

function authorization(
  url: URL,
  { kind, awsRegion }: { kind: AuthKind; awsRegion: string | undefined },
  { environment, awsCredential }: ApiDependencies,
): Authorize {
  if (kind === "none") return async (request) => request;
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new UsageError(
      "The address of the API must begin with https://, because the authorization would be readable.",
    );
  }
  if (kind === "bearer") {
    const token = environment["IMAGE_TASKS_TOKEN"];
    if (!token) throw new UsageError("--auth bearer needs the token in the variable IMAGE_TASKS_TOKEN.");
    return async (request) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
    });
  }
  const region = awsRegion ?? regionOfGateway(url) ?? environment["AWS_REGION"];
  if (!region) throw new UsageError("--auth iam needs --aws-region, because the address does not name a region.");
  return async (request) => signed(request, { ...(await awsCredential()), region });
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function usualKind(url: URL, token: string | undefined): AuthKind {
  if (token) return "bearer";
  return regionOfGateway(url) === undefined ? "none" : "iam";
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-publish.html */
function regionOfGateway({ hostname }: URL): string | undefined {
  return /^[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1];
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html */
async function signed(request: WireRequest, credential: AwsCredential & { region: string }): Promise<WireRequest> {
  const { method, url, headers, body } = request;
  const kept = Object.entries(headers).filter(([name]) => name !== "content-length" && name !== "host");
  const signer = new AwsV4Signer({
    ...credential,
    service: "execute-api",
    method,
    url: url.href,
    headers: Object.fromEntries(kept),
    ...(body === "" ? {} : { body }),
  });
  const { headers: all } = await signer.sign();
  return { ...request, headers: Object.fromEntries(all) };
}

/** The segment of a path that names a task. A gateway may change an id with other characters than these. */
export function segmentOf(id: string): string {
  return /^[\w.:-]+$/.test(id) ? id : `~${Buffer.from(id).toString("base64url")}`;
}

export function isTask<Task extends ApiTask>(data: Task | undefined): data is Task {
  return typeof data === "object" && "status" in data && "done" in data && "progress" in data && "operations" in data;
}

export function isList<List extends { readonly tasks: unknown }>(data: List | undefined): data is List {
  return typeof data === "object" && Array.isArray(data.tasks);
}
