import * as z from "zod/mini";
import { createSecrets } from "../../lib/config/secrets.ts";
import type { SecretReader } from "../../lib/config/secrets.ts";
import { systemClock } from "../../lib/config/system-clock.ts";
import type { Connection } from "../../lib/providers/connection.ts";
import type { Aws, JsonCall } from "./aws.ts";

const Parameter = z.object({ Parameter: z.object({ Value: z.string() }) });
const SecretValue = z.object({ SecretString: z.string() });
const Parameters = z.object({ Parameters: z.array(z.object({ KeyId: z.optional(z.string()) })) });
const SecretDescription = z.object({ KmsKeyId: z.optional(z.string()) });

type CallJson = Aws["callJson"];

const remedies: Readonly<Record<string, string>> = {
  ParameterNotFound: "create it with: aws ssm put-parameter --type SecureString --name <name> --value <value>",
  ResourceNotFoundException: "create it with: aws secretsmanager create-secret --name <name> --secret-string <value>",
  AccessDeniedException:
    "your identity may not read it; use one that may, or deploy with --without-reading-secrets if you know it is right",
};

/**
 * Reads every parameter and secret that the connections refer to, as the functions will do.
 * @param keyArn the key that the functions may decrypt with, or `none`
 * @returns what is wrong, without any value
 */
export async function secretProblems(
  connections: readonly Connection[],
  keyArn: string,
  callJson: CallJson,
): Promise<string[]> {
  const readers = {
    env: async () => undefined,
    ssm: parameterReader(callJson),
    secretsmanager: secretReader(callJson),
  };
  const secrets = createSecrets({ readers, clock: systemClock, maxAgeMs: 60_000 });
  const uses = connections.flatMap(({ name, credential }) =>
    Object.entries(credential).map(([member, reference]) => ({
      place: `credential.${member} of "${name}"`,
      reference,
    })),
  );
  const found = uses.map(async ({ place, reference }) => {
    if (reference.startsWith("env:")) return [];
    try {
      await secrets.resolve(reference, { fresh: false });
    } catch (error) {
      return [withRemedy(`${place}: ${error instanceof Error ? error.message : String(error)}`)];
    }
    const key = keyArn === "none" ? await ownKeyOf(reference, callJson) : undefined;
    if (key === undefined) return [];
    return [`${place}: ${reference} is encrypted with the key ${key}; set SECRETS_KEY_ARN to the ARN of this key`];
  });
  return (await Promise.all(found)).flat();
}

function withRemedy(problem: string): string {
  const [, name = ""] = /\((\w+)\)$/.exec(problem) ?? [];
  const remedy = remedies[name];
  return remedy === undefined ? problem : `${problem}; ${remedy}`;
}

function parameterReader(callJson: CallJson): SecretReader {
  return async (name) => {
    const body = { Name: name, WithDecryption: true };
    const answer = await callJson({ service: "ssm", target: "AmazonSSM.GetParameter", body });
    return Parameter.parse(answer).Parameter.Value;
  };
}

function secretReader(callJson: CallJson): SecretReader {
  return async (name) => SecretValue.parse(await callJson(secretCall("GetSecretValue", name))).SecretString;
}

function secretCall(action: string, name: string): JsonCall {
  const [, region] = /^arn:[\w-]+:secretsmanager:([a-z0-9-]+):/.exec(name) ?? [];
  return { service: "secretsmanager", region, target: `secretsmanager.${action}`, body: { SecretId: name } };
}

/** The key of one's own that encrypts it. `undefined` if it is AWS's, or if this identity may not know. */
async function ownKeyOf(reference: string, callJson: CallJson): Promise<string | undefined> {
  const key = await keyOf(reference, callJson).catch(() => undefined);
  return key === undefined || /(^|[:/])alias\/aws\//.test(key) ? undefined : key;
}

async function keyOf(reference: string, callJson: CallJson): Promise<string | undefined> {
  const [, scheme = "", name = ""] = /^(\w+):([^#]*)/.exec(reference) ?? [];
  if (scheme === "secretsmanager")
    return SecretDescription.parse(await callJson(secretCall("DescribeSecret", name))).KmsKeyId;
  const body = { ParameterFilters: [{ Key: "Name", Values: [name] }] };
  const answer = await callJson({ service: "ssm", target: "AmazonSSM.DescribeParameters", body });
  return Parameters.parse(answer).Parameters[0]?.KeyId;
}
