import { expect, test } from "vitest";
import { resolveShellIdentity } from "./aws-identity.ts";

const lasting = { accessKeyId: "AKIDSHELL0001", secretAccessKey: "hV9kQ2wZ7rT4" };

test("passes a lasting identity on and names it by the end of its key", async () => {
  const source = { credential: async () => lasting, region: async () => "eu-west-1" };
  expect(await resolveShellIdentity(source, ["ssm:/a"])).toEqual({
    environment: { AWS_ACCESS_KEY_ID: "AKIDSHELL0001", AWS_SECRET_ACCESS_KEY: "hV9kQ2wZ7rT4", AWS_REGION: "eu-west-1" },
    notice: "secrets are read with the AWS access key that ends in 0001 in eu-west-1",
  });
});

test("says until when a temporary identity is good, and which region is used when none is set", async () => {
  const expiration = new Date("2026-01-31T12:00:00Z");
  const source = {
    credential: async () => ({ ...lasting, sessionToken: "tokenTOKEN", expiration }),
    region: () => Promise.reject(new Error("Region is missing")),
  };
  const { environment, notice } = await resolveShellIdentity(source, ["ssm:/a"]);
  expect(environment).toMatchObject({ AWS_SESSION_TOKEN: "tokenTOKEN" });
  expect(environment).not.toHaveProperty("AWS_REGION");
  expect(notice).toBe(
    "secrets are read with the AWS access key that ends in 0001, until 2026-01-31T12:00:00.000Z (then restart), in us-east-1, since the shell names no region",
  );
  expect(notice).not.toMatch(/hV9kQ2wZ7rT4|tokenTOKEN/);
});

test("names what cannot be read when there is no identity", async () => {
  const source = {
    credential: () => Promise.reject(new Error("Token is expired. Run aws sso login.\nat somewhere")),
    region: async () => "eu-west-1",
  };
  expect(await resolveShellIdentity(source, ["ssm:/a", "secretsmanager:b#c"])).toEqual({
    environment: {},
    notice:
      "WARNING: this shell has no AWS identity (Token is expired. Run aws sso login.), so these cannot be read: ssm:/a, secretsmanager:b#c",
  });
});
