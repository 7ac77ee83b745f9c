import * as z from "zod/mini";
import { ProviderError } from "../domain/errors.ts";
import type { CredentialSource } from "../transport/call.ts";
import { UnchangedCredentialError } from "../transport/unchanged-credential.ts";
import { SecretReference } from "./connection.ts";

/** The members of a credential. Each is text, required or optional. */
export type CredentialMembers = Readonly<Record<string, z.ZodMiniString | z.ZodMiniOptional<z.ZodMiniString>>>;

export type CredentialOf<Members extends CredentialMembers> = z.output<z.ZodMiniObject<Members>>;

export interface SecretResolver {
  /**
   * `fresh` bypasses the cache, at most once for each reference and cache period while the secret does not change.
   * @throws ProviderError `unauthorized` naming the reference, never the value
   */
  resolve(reference: string, options: { fresh: boolean }): Promise<string>;
}

/** The same members as they appear in a connection: references instead of secrets. */
export function referencesTo(members: CredentialMembers): z.ZodMiniType {
  const references = Object.entries(members).map(([name, member]) => {
    return [name, member instanceof z.ZodMiniOptional ? z.optional(SecretReference) : SecretReference];
  });
  return z.strictObject(Object.fromEntries(references));
}

type Values = Readonly<Record<string, string>>;

/**
 * Resolves all references concurrently, each time a credential is requested. For a call whose credential was rejected,
 * it uses every cached value that has changed since, because another call may have read it again. It reads the others
 * again, because a cached pair of values may be half old.
 */
export function createCredentialSource<Members extends CredentialMembers>(
  members: Members,
  references: Values,
  secrets: SecretResolver,
): CredentialSource<CredentialOf<Members>> {
  const Credential = z.object(members);
  /** What each call was given last. */
  const given = new WeakMap<object, Values>();

  async function newerThan(rejected: Values): Promise<Values> {
    const known = await resolveAll(references, secrets, { fresh: false });
    const isRejected = ([member]: readonly [string, string]) => known[member] === rejected[member];
    const old = Object.fromEntries(Object.entries(references).filter(isRejected));
    const values = { ...known, ...(await resolveAll(old, secrets, { fresh: true })) };
    if (Object.keys(values).every((member) => values[member] === rejected[member]))
      throw new UnchangedCredentialError();
    return values;
  }

  return async ({ fresh, call }) => {
    const rejected = fresh ? given.get(call) : undefined;
    const values = await (rejected === undefined ? resolveAll(references, secrets, { fresh }) : newerThan(rejected));
    given.set(call, values);
    return Credential.parse(withoutEmpty(values, members, references));
  };
}

async function resolveAll(references: Values, secrets: SecretResolver, freshness: { fresh: boolean }): Promise<Values> {
  const resolved = Object.entries(references).map(async ([member, reference]) => {
    return [member, await secrets.resolve(reference, freshness)] as const;
  });
  return Object.fromEntries(await Promise.all(resolved));
}

/** An empty optional member is treated as missing: a secret with fixed keys may have an empty token. */
function withoutEmpty(values: Values, members: CredentialMembers, references: Values): Values {
  const present = Object.entries(values).filter(([, value]) => value !== "");
  for (const [member, value] of Object.entries(values)) {
    if (value !== "" || members[member] instanceof z.ZodMiniOptional) continue;
    throw new ProviderError("unauthorized", `the secret ${references[member]} is empty`);
  }
  return Object.fromEntries(present);
}
