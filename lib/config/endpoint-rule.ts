/** Hosts that an `endpoint` may name without being listed in `ALLOWED_ENDPOINT_HOSTS`. `*` stands for one label or more. */
const builtInHosts = ["*.aliyuncs.com", "*.tencentcloudapi.com", "*.apigateway.res.openbill.com"];

export interface EndpointRule {
  readonly allowedHosts: readonly string[];
  /** Local mode: `http://` and loopback hosts are allowed. */
  readonly allowLoopback: boolean;
}

/** What is wrong with an endpoint, never quoting it, or `undefined` when requests with a credential may go there. */
export function endpointProblem(endpoint: string, { allowedHosts, allowLoopback }: EndpointRule): string | undefined {
  if (!URL.canParse(endpoint)) return "is no URL";
  const url = new URL(endpoint);
  if (url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    return "must be a scheme, a host and a port, with nothing else";
  }
  if (allowLoopback && url.protocol === "http:" && isLoopback(url.hostname)) return undefined;
  if (url.protocol !== "https:") return "must begin with https://";
  if (allowLoopback && isLoopback(url.hostname)) return undefined;
  const patterns = [...builtInHosts, ...allowedHosts];
  if (patterns.some((pattern) => hostMatches(url.hostname, pattern.toLowerCase()))) return undefined;
  return `names a host outside the allow-list (${patterns.join(", ")}); add it to ALLOWED_ENDPOINT_HOSTS`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function hostMatches(hostname: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}
