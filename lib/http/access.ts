import { createHash, timingSafeEqual } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import type { Access } from "../config/environment.ts";
import { Problem } from "./problem.ts";

/** The result of the gateway's authorizer. Callers cannot forge it. */
const Authorized = z.object({
  authorizer: z.nullish(
    z.object({
      iam: z.nullish(z.looseObject({})),
      jwt: z.nullish(
        z.object({
          claims: z.nullish(z.object({ scope: z.optional(z.unknown()), scp: z.optional(z.unknown()) })),
          scopes: z.optional(z.unknown()),
        }),
      ),
    }),
  ),
});
type Jwt = NonNullable<NonNullable<z.infer<typeof Authorized>["authorizer"]>["jwt"]>;

/**
 * A second check behind the gateway's authorizer, in case a route is left open by mistake.
 * @throws Problem `unauthenticated`, or `forbidden` when a token lacks the scope: `tasks:read` for GET and HEAD,
 *   `tasks:write` for all other methods
 */
export function authorize(event: APIGatewayProxyEventV2, { callers, token }: Access): void {
  if (token !== null && !bearsToken(event, token)) {
    throw unauthenticated("Send authorization: Bearer <token>, with the token this service was started with");
  }
  if (callers === "local" && event.headers["origin"] !== undefined) {
    throw new Problem("forbidden", { detail: "Browser pages may not call the service in local mode" });
  }
  const { authorizer } = Authorized.parse(event.requestContext);
  if (callers === "iam" && !authorizer?.iam) throw unauthenticated("Sign the request with SigV4", "AWS4-HMAC-SHA256");
  if (callers === "jwt" && !authorizer?.jwt) throw unauthenticated("Send authorization: Bearer <token>");
  const granted = authorizer?.jwt ? scopesOf(authorizer.jwt) : [];
  if (callers !== "jwt" && granted.length === 0) return;
  const { method } = event.requestContext.http;
  const scope = method === "GET" || method === "HEAD" ? "tasks:read" : "tasks:write";
  if (granted.length > 0 && granted.every((scopes) => scopes.includes(scope))) return;
  throw new Problem("forbidden", { detail: `The token lacks the scope ${scope}` });
}

/** The lists of scopes that exist: the gateway's, and those of the token's claims `scope` and `scp`. */
function scopesOf({ claims, scopes }: Jwt): readonly (readonly string[])[] {
  return [scopes, claims?.scope, claims?.scp].filter((list) => list != null).map(wordsOf);
}

/** Splits a list, a string of words, or `[a b]`, which is how the gateway writes a claim that is a list. */
function wordsOf(list: unknown): readonly string[] {
  return String(list).match(/[^\s[\],]+/g) ?? [];
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
