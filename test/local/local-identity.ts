/**
 * The secret of one start. The ledger and the event endpoint answer only to callers that know it, and AWS clients can
 * send it as the access key id that they sign with.
 */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NeededSecret } from "./own-callers.ts";

export interface LocalIdentity {
  readonly region: string;
  /** `secretAccessKey` is no secret, since nothing here verifies signatures. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What callers need. */
  readonly secret: NeededSecret;
  /** Writes the file that `secret` names, for people. Only its owner can read it. */
  publish(): Promise<void>;
  /** Removes the file. */
  withdraw(): Promise<void>;
}

export function createLocalIdentity(folder: string): LocalIdentity {
  const file = join(folder, "aws.env");
  const region = "us-east-1";
  const accessKeyId = randomBytes(32).toString("hex");
  const secretAccessKey = "local";
  const lines = [
    `AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `AWS_REGION=${region}`,
    // Version 1 of the AWS command line reads no other name.
    `AWS_DEFAULT_REGION=${region}`,
  ];
  return {
    region,
    credentials: { accessKeyId, secretAccessKey },
    secret: { anyOf: [accessKeyId], whereabouts: `AWS_ACCESS_KEY_ID in ${file}` },
    async publish() {
      // The mode counts for new files only.
      await rm(file, { force: true });
      await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
    },
    withdraw: () => rm(file, { force: true }),
  };
}
