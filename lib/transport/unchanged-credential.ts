/**
 * Thrown by a credential source instead of the credential that the provider has just rejected, when there is no newer
 * one. The call then ends with that rejection.
 */
export class UnchangedCredentialError extends Error {
  override readonly name = "UnchangedCredentialError";
}
