/** The AWS identity of the shell, with which local mode reads `ssm:` and `secretsmanager:` references. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

type Environment = Readonly<Record<string, string | undefined>>;

interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** Where the shell's identity comes from. Both reject when there is none. */
export interface IdentitySource {
  credential(): Promise<Credential>;
  region(): Promise<string>;
}

export interface ShellIdentity {
  /** For the functions; empty without an identity. */
  readonly environment: Readonly<Record<string, string>>;
  /** Says whose identity it is, or that there is none and what cannot be read. */
  readonly notice: string;
}

/**
 * The SDK's own chain, which the bundles leave out: variables, `AWS_PROFILE`, shared files, SSO, and roles.
 * A client that is never used is the shortest way to it.
 */
export function createIdentitySource({ AWS_REGION, AWS_DEFAULT_REGION }: Environment): IdentitySource {
  const region = AWS_REGION || AWS_DEFAULT_REGION;
  const { config } = new DynamoDBClient(region ? { region } : {});
  return { credential: () => config.credentials(), region: () => config.region() };
}

/** @param references those that only AWS can resolve */
export async function resolveShellIdentity(
  source: IdentitySource,
  references: readonly string[],
): Promise<ShellIdentity> {
  const region = await source.region().catch(() => undefined);
  try {
    const credential = await source.credential();
    const where = region ?? "us-east-1, since the shell names no region";
    return { environment: toEnvironment(credential, region), notice: `${printWho(credential)} in ${where}` };
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : "unknown error").split("\n");
    const notice = `WARNING: this shell has no AWS identity (${reason}), so these cannot be read: ${references.join(", ")}`;
    return { environment: {}, notice };
  }
}

function toEnvironment(credential: Credential, region: string | undefined): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    ...(region === undefined ? {} : { AWS_REGION: region }),
  };
}

/** The functions cannot renew a temporary credential. */
function printWho({ accessKeyId, expiration }: Credential): string {
  const who = `secrets are read with the AWS access key that ends in ${accessKeyId.slice(-4)}`;
  return expiration === undefined ? who : `${who}, until ${expiration.toISOString()} (then restart),`;
}
