import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { providerDescriptors } from "../providers/index.ts";

export interface EndpointRule {
  /** Beside those of the providers. A leading `*` stands for one label or more, and any other for one label. */
  readonly allowedHosts: readonly string[];
  /** Local mode: `http://` and loopback hosts are allowed. */
  readonly allowLoopback: boolean;
  /** The connection's cloud keeps and signs a path on the endpoint. Default: it does not. */
  readonly allowPath?: boolean;
}

/** Why signed requests may not be sent to an endpoint, without quoting it; `undefined` when they may. */
export function endpointProblem(
  endpoint: string,
  { allowedHosts, allowLoopback, allowPath = false }: EndpointRule,
  descriptors: readonly ProviderDescriptor[] = providerDescriptors,
): string | undefined {
  if (!URL.canParse(endpoint)) return "is no URL";
  const url = new URL(endpoint);
  if (url.username || url.password || url.search || url.hash) {
    return `must be a scheme, a host${allowPath ? ", a port and a path" : " and a port"}, with nothing else`;
  }
  if (!allowPath && url.pathname !== "/") {
    return "must have no path: this cloud is signed for a host and the path /, so a proxy to it needs a host of its own";
  }
  if (allowLoopback && url.protocol === "http:" && isLoopback(url.hostname)) return undefined;
  if (url.protocol !== "https:") return "must begin with https://";
  if (allowLoopback && isLoopback(url.hostname)) return undefined;
  const patterns = [...descriptors.flatMap(({ endpointHosts }) => endpointHosts), ...allowedHosts];
  if (patterns.some((pattern) => hostMatches(url.hostname, pattern.toLowerCase()))) return undefined;
  return `names a host outside the allow-list (${patterns.join(", ")}); add it to ALLOWED_ENDPOINT_HOSTS`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function hostMatches(hostname: string, pattern: string): boolean {
  const [given, wanted] = [hostname.split("."), pattern.split(".")];
  if (given.includes("")) return false;
  if (wanted[0] === "*") given.splice(0, Math.max(1, given.length - wanted.length + 1), "*");
  return given.length === wanted.length && wanted.every((label, index) => label === "*" || label === given[index]);
}
