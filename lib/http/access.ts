import { createHash, timingSafeEqual } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import type { Access } from "../config/environment.ts";
import { Problem } from "./problem.ts";

/** What the gateway's authorizer found out. Nobody but the gateway can write it. */
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
 * The second line behind the gateway's authorizer: a route that was opened by mistake is still shut here.
 * @throws Problem `unauthenticated`, or `forbidden` when a token lacks the scope: `tasks:read` for calls that change
 *   nothing, `tasks:write` for all others
 */
export function authorize(event: APIGatewayProxyEventV2, { callers, token }: Access): void {
  if (token !== null && !bearsToken(event, token)) {
    throw unauthenticated("Send authorization: Bearer <token>, with the token that this service was started with");
  }
  if (callers === "local" && event.headers["origin"] !== undefined) {
    throw new Problem("forbidden", { detail: "In local mode no page in a browser may call" });
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

/** The scopes by each account there is of them: the gateway's, and the token's own under one of two names. */
function scopesOf({ claims, scopes }: Jwt): readonly (readonly string[])[] {
  return [scopes, claims?.scope, claims?.scp].filter((account) => account != null).map(wordsOf);
}

/** A list, words in a text, or, as the gateway writes a claim that is a list, `[a b]`. */
function wordsOf(account: unknown): readonly string[] {
  return String(account).match(/[^\s[\],]+/g) ?? [];
}

function bearsToken({ headers }: APIGatewayProxyEventV2, token: string): boolean {
  const [, given = ""] = /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "") ?? [];
  // Digests have one length, which the comparison needs, and tell nothing of the token's.
  return timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function unauthenticated(detail: string, scheme = "Bearer"): Problem {
  return new Problem("unauthenticated", { detail, headers: { "www-authenticate": scheme } });
}
