/** Calls of the API as its reader. Each answer that has an entity tag is asked for only once per state. */

export type Answer<Body> =
  | {
      readonly kind: "answered";
      readonly body: Body;
      /** True if the body is the one of the last call. */
      readonly unchanged: boolean;
      /** Seconds, of what the ledger knows. `null` if the answer does not say. */
      readonly ageSeconds: number | null;
    }
  | { readonly kind: "refused"; readonly status: 401 | 403; readonly detail: string }
  | { readonly kind: "missing"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string; readonly retryAfterMs: number | null };

export interface ApiClient {
  /** @param path relative to the API, such as `tasks?limit=100` */
  get<Body>(path: string, isBody: (value: unknown) => value is Body): Promise<Answer<Body>>;
}

export interface ApiClientDependencies {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Where the API is, with a slash at its end. */
  readonly baseUrl: string;
  /** The bearer token; `null` where none is needed. */
  readonly token: () => string | null;
}

/** The API answers within 29 seconds. */
const timeoutMs = 30_000;
/** Answers to remember: those of a walk through a hundred pages. */
const mostRemembered = 120;

interface Remembered {
  readonly etag: string;
  readonly body: unknown;
}

export function createApiClient({ fetch, baseUrl, token }: ApiClientDependencies): ApiClient {
  const remembered = new Map<string, Remembered>();

  function remember(path: string, etag: string | null, body: unknown): void {
    remembered.delete(path);
    if (etag === null) return;
    remembered.set(path, { etag, body });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= mostRemembered) break;
      remembered.delete(oldest);
    }
  }

  async function get<Body>(path: string, isBody: (value: unknown) => value is Body): Promise<Answer<Body>> {
    const bearer = token();
    const known = remembered.get(path);
    const headers = {
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...(known !== undefined && { "if-none-match": known.etag }),
    };
    try {
      // The answer to a conditional call must be the service's own, not one that the browser has kept.
      const init = { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(timeoutMs) } as const;
      const response = await fetch(`${baseUrl}${path}`, init);
      if (!response.ok && response.status !== 304) return await failureOf(response);
      const unchanged = response.status === 304;
      const body: unknown = unchanged ? known?.body : await response.json();
      if (!isBody(body)) return failed("Something else than the API answered");
      remember(path, unchanged ? (known?.etag ?? null) : response.headers.get("etag"), body);
      return { kind: "answered", body, unchanged, ageSeconds: secondsOf(response.headers.get("age")) };
    } catch (error) {
      return failed(isTimeout(error) ? "The API did not answer in time" : "The API cannot be reached");
    }
  }
  return { get };
}

async function failureOf(response: Response): Promise<Answer<never>> {
  const { status, headers } = response;
  const detail = await detailOf(response);
  if (status === 401 || status === 403) return { kind: "refused", status, detail };
  if (status === 404) return { kind: "missing", detail };
  const seconds = secondsOf(headers.get("retry-after"));
  return { kind: "failed", detail, retryAfterMs: seconds === null ? null : seconds * 1000 };
}

/** The problem in words; a gateway's own answers have only a `message`. */
async function detailOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    const words = new Map(typeof body === "object" && body !== null ? Object.entries(body) : []);
    const found = [words.get("detail"), words.get("title"), words.get("message")].find(
      (one) => typeof one === "string",
    );
    if (typeof found === "string") return found;
  } catch {
    // A proxy in between answers with anything.
  }
  return `The answer was ${response.status}`;
}

function failed(detail: string): Answer<never> {
  return { kind: "failed", detail, retryAfterMs: null };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null;
}
