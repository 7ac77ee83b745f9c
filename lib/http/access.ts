import { createHash, timingSafeEqual } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import type { Access } from "../config/environment.ts";
import { Problem } from "./problem.ts";

/** The result of the gateway's authorizer. Callers cannot forge it. */
const Authorized = z.object({
  authorizer: z.nullish(
    z.object({
      iam: z.nullish(z.looseObject({ userArn: z.catch(z.optional(z.string()), undefined) })),
      jwt: z.nullish(
        z.object({
          claims: z.nullish(z.record(z.string(), z.unknown())),
          scopes: z.optional(z.unknown()),
        }),
      ),
    }),
  ),
});
type Jwt = NonNullable<NonNullable<z.infer<typeof Authorized>["authorizer"]>["jwt"]>;

/**
 * A second check behind the gateway's authorizer, in case a route is left open by mistake. Only this check knows roles.
 * @throws Problem `unauthenticated`, or `forbidden` when a token lacks the scope or the role: to read for GET and HEAD,
 *   to write for all other methods
 */
export function authorize(event: APIGatewayProxyEventV2, access: Access): void {
  const { callers, token } = access;
  if (token !== null && !bearsToken(event, token)) {
    throw unauthenticated("Send authorization: Bearer <token>, with the token this service was started with");
  }
  if (callers === "local" && event.headers["origin"] !== undefined) {
    throw new Problem("forbidden", { detail: "Browser pages may not call the service in local mode" });
  }
  const parsed = Authorized.safeParse(event.requestContext);
  if (!parsed.success) throw unauthenticated("The gateway's authorizer has not said who is calling");
  const { authorizer } = parsed.data;
  if (callers === "iam" && !authorizer?.iam) throw unauthenticated("Sign the request with SigV4", "AWS4-HMAC-SHA256");
  const needsToken = callers === "jwt" || callers === "roles";
  if (needsToken && !authorizer?.jwt) throw unauthenticated("Send authorization: Bearer <token>");
  const { method } = event.requestContext.http;
  const need = method === "GET" || method === "HEAD" ? "read" : "write";
  if (callers === "roles") requireRole(need, authorizer?.jwt, access);
  else requireScope(need, authorizer?.jwt, access);
}

/** The caller as the gateway's authorizer knows it: an ARN, or the token's subject. */
export function callerOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { authorizer } = Authorized.safeParse(requestContext).data ?? {};
  const { sub, client_id: clientId } = authorizer?.jwt?.claims ?? {};
  const known = [authorizer?.iam?.userArn, sub, clientId];
  return known.find((name): name is string => typeof name === "string" && name !== "") ?? "unknown";
}

type Need = "read" | "write";

function requireRole(need: Need, jwt: Jwt | null | undefined, { roles }: Access): void {
  const given = wordsOf(jwt?.claims?.[roles.claim] ?? "");
  if (roles[need].some((role) => given.includes(role))) return;
  throw new Problem("forbidden", { detail: `The token lacks each of the roles ${roles[need].join(", ")}` });
}

function requireScope(need: Need, jwt: Jwt | null | undefined, { callers, scopes }: Access): void {
  const granted = jwt ? scopesOf(jwt) : [];
  if (callers !== "jwt" && granted.length === 0) return;
  if (granted.length > 0 && granted.every((list) => list.includes(scopes[need]))) return;
  throw new Problem("forbidden", { detail: `The token lacks the scope ${scopes[need]}` });
}

/** The lists of scopes that exist: the gateway's, and those of the token's claims `scope` and `scp`. */
function scopesOf({ claims, scopes }: Jwt): readonly (readonly string[])[] {
  return [scopes, claims?.["scope"], claims?.["scp"]].filter((list) => list != null).map(wordsOf);
}

/**
 * The words of a list, of a string that spaces separate, or of `[a b]`, which is how the gateway writes a claim that is
 * a list. Scopes may contain commas and brackets.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
function wordsOf(list: unknown): readonly string[] {
  if (Array.isArray(list)) return list.map(String);
  return String(list)
    .replace(/^\[(.*)\]$/s, "$1")
    .split(" ");
}

function bearsToken({ headers }: APIGatewayProxyEventV2, token: string): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "") ?? [];
  // The comparison needs equal lengths, and digests do not reveal the token's length.
  return timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function unauthenticated(detail: string, scheme = "Bearer"): Problem {
  return new Problem("unauthenticated", { detail, headers: { "www-authenticate": scheme } });
}
