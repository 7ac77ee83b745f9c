import * as z from "zod/mini";

/** The members shared by connections to different clouds. */

/** They hold what the function itself is trusted with, which must not be sent to a cloud as its credential. */
const ownVariables = /^env:(?:AWS_|LAMBDA_|NODE_|_|(?:API_TOKEN|LOCAL_ACCESS_KEY_ID|HTTPS_PROXY|https_proxy|PATH)$)/;

export const SecretReference = z.string().check(
  z.regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:\/[\w./-]+|secretsmanager:[\w./+=@:-]+(#[\w.-]+)?)$/,
    "must be a reference, one of env:NAME, ssm:/path, secretsmanager:name or secretsmanager:name#key",
  ),
  z.refine(
    (reference) => !ownVariables.test(reference),
    "must not name a variable of the function itself, such as AWS_SECRET_ACCESS_KEY or API_TOKEN",
  ),
);

export const ConnectionName = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be 1 to 32 of a-z, 0-9 and -, not starting with -"));

const Region = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and -"));

/** For connections to a cloud with regions. */
export const Regions = z.array(Region).check(
  z.minLength(1, "must name at least one region"),
  // A repeated region would be swept and listed twice.
  z.refine((regions) => new Set(regions).size === regions.length, "names a region more than once"),
);

/** The members that a connection to any cloud may have. */
export const sharedMembers = {
  name: ConnectionName,
  /** The name before the connection was renamed. Ids and events keep it, so no task is announced twice. */
  formerName: z.optional(ConnectionName),
  /** Replaces the provider's own endpoint. Its host must be on the allow-list. */
  endpoint: z.optional(z.string()),
  /** PEM of a private certificate authority that signed the endpoint's certificate. */
  ca: z.optional(z.string().check(z.regex(/-----BEGIN CERTIFICATE-----/, "must be a PEM certificate"))),
  /** Calls per second for each API, shared by all functions that use the connection. */
  rate: z.optional(
    z.strictObject({
      perSecond: z.number().check(z.gt(0, "must be more than 0"), z.lte(100, "must be at most 100")),
      burst: z.optional(z.int().check(z.gte(1, "must be at least 1"), z.lte(1000, "must be at most 1000"))),
    }),
  ),
};

/** A connection as cloud-independent code sees it. Members specific to one cloud are present but not parsed. */
export const Connection = z.looseObject({
  ...sharedMembers,
  provider: z.string(),
  /** References to secrets, by credential member. */
  credential: z.record(z.string(), z.string()),
});
export type Connection = z.infer<typeof Connection>;

/** The name in ids, events, and the ledger. A rename does not change it. */
export function nameInIds({ name, formerName }: Pick<Connection, "name" | "formerName">): string {
  return formerName ?? name;
}
