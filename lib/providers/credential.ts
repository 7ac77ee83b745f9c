import * as z from "zod/mini";
import type { CredentialSource } from "../transport/call.ts";
import { SecretReference } from "./connection.ts";

/** The members of a credential. Each is text, required or optional. */
export type CredentialMembers = Readonly<Record<string, z.ZodMiniString | z.ZodMiniOptional<z.ZodMiniString>>>;

export type CredentialOf<Members extends CredentialMembers> = z.output<z.ZodMiniObject<Members>>;

export interface SecretResolver {
  /** @throws ProviderError `unauthorized` naming the reference, never the value */
  resolve(reference: string, options: { fresh: boolean }): Promise<string>;
}

/** The same members as they appear in a connection: references instead of secrets. */
export function referencesTo(members: CredentialMembers): z.ZodMiniType {
  const references = Object.entries(members).map(([name, member]) => {
    return [name, member instanceof z.ZodMiniOptional ? z.optional(SecretReference) : SecretReference];
  });
  return z.strictObject(Object.fromEntries(references));
}

/** Resolves all references concurrently, each time a credential is requested. */
export function createCredentialSource<Members extends CredentialMembers>(
  members: Members,
  references: Readonly<Record<string, string>>,
  secrets: SecretResolver,
): CredentialSource<CredentialOf<Members>> {
  const Credential = z.object(members);
  return async (freshness) => {
    const resolved = Object.entries(references).map(async ([member, reference]) => {
      return [member, await secrets.resolve(reference, freshness)] as const;
    });
    return Credential.parse(Object.fromEntries(await Promise.all(resolved)));
  };
}
