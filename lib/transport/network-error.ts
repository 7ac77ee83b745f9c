import { ProviderError } from "../domain/errors.ts";

const connectionProblems: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOTFOUND", "host name not found"],
  ["EAI_AGAIN", "host name not found"],
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["ECONNABORTED", "connection reset"],
  ["EPIPE", "connection reset"],
  ["ETIMEDOUT", "no connection"],
  ["EHOSTUNREACH", "no route to the host"],
  ["ENETUNREACH", "no route to the host"],
]);

const certificateProblems: ReadonlyMap<string | undefined, string> = new Map([
  ["CERT_HAS_EXPIRED", "certificate has expired"],
  ["CERT_NOT_YET_VALID", "certificate is not valid yet"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate is for another host name"],
]);

/** OpenSSL's error codes for chain verification: https://docs.openssl.org/3.0/man1/openssl-verification-options/ */
const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

/**
 * Maps a network failure to a `ProviderError` whose message is safe to show. System messages are not passed on: they
 * contain addresses, and a parser's error contains the received data.
 */
export function networkError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = systemCode(error);
  const cause = code === undefined ? undefined : Object.assign(new Error(code), hostOf(error));
  const certificate = certificateProblems.get(code) ?? (untrusted.test(code ?? "") ? notTrusted : undefined);
  if (certificate !== undefined) return new ProviderError("unavailable", certificate, { cause });
  if (code === "EPROTO" || code?.startsWith("ERR_SSL_") || code?.startsWith("ERR_TLS_")) {
    return new ProviderError("unavailable", "TLS handshake failed", { cause });
  }
  if (code?.startsWith("HPE_")) return new ProviderError("malformed", "answer is not valid HTTP", { cause });
  const message = connectionProblems.get(code) ?? "connection failed";
  return new ProviderError("unavailable", message, { cause, retry: "backoff" });
}

const notTrusted = "certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)";

/** The host name that could not be looked up, for whoever is at the console. */
function hostOf(error: unknown): { readonly hostname?: string } {
  if (!(error instanceof Error) || !("hostname" in error)) return {};
  return typeof error.hostname === "string" ? { hostname: error.hostname } : {};
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
