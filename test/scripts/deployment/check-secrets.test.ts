import { describe, expect, test } from "vitest";
import type { Connection } from "../../../lib/providers/connection.ts";
import { secretProblems } from "../../../scripts/deployment/check-secrets.ts";
import { createJsonServices } from "../../deploy/emulated-json-services.ts";
import { EmulatedResources } from "../../deploy/emulated-resources.ts";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
const references = { secretId: "secretsmanager:image-tasks/dev/edge#id", secretKey: "ssm:/image-tasks/dev/key" };
const edge: Connection = { name: "edge", provider: "tencent-ecm", credential: references } as Connection;

interface Stored {
  readonly id?: string;
  readonly key?: string;
  readonly keys?: Record<string, string>;
  readonly refused?: string;
}

/** The problems with what is stored. */
function problemsWith({ id = '{"id":"AKID"}', key = "k", keys = {}, refused }: Stored, ownKey = "none") {
  const secrets = new Map([
    ["image-tasks/dev/edge", id],
    ["/image-tasks/dev/key", key],
  ]);
  const answer = createJsonServices({
    resources: new EmulatedResources(),
    secrets,
    keys: new Map(Object.entries(keys)),
  });
  return secretProblems([edge], ownKey, async ({ target, body }) => {
    if (refused !== undefined) throw Object.assign(new Error("s3cret"), { name: refused });
    const { status, body: text } = answer(target, body as Record<string, unknown>);
    if (status === 200) return JSON.parse(text);
    throw Object.assign(new Error("s3cret"), { name: JSON.parse(text).__type });
  });
}

describe("the secrets of a deployment", () => {
  test("are all right if they can be read and used", async () => {
    expect(await problemsWith({})).toEqual([]);
  });

  test.each([
    ["is no JSON", { id: "s3cret" }, /secretId of "edge": the secret secretsmanager:\S+ is not JSON$/],
    ["lacks the key", { id: '{"ID":"s3cret"}' }, /has no text under that key$/],
    ["has a line break inside", { key: "s3\ncret" }, /secretKey of "edge": .* contains a line break$/],
  ])("are refused if one %s, without its value", async (_what, stored, problem) => {
    const problems = await problemsWith(stored);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain("s3");
  });

  test("are refused with what to do if this identity may not read them, without AWS's message", async () => {
    const problems = await problemsWith({ refused: "AccessDeniedException" });
    expect(problems).toHaveLength(2);
    for (const problem of problems) {
      expect(problem).toContain("(AccessDeniedException); your identity may not read it");
      expect(problem).not.toContain("s3cret");
    }
  });

  test.each(["image-tasks/dev/edge", "/image-tasks/dev/key"])(
    "are refused if a key of one's own encrypts %s and SECRETS_KEY_ARN names none",
    async (name) => {
      const keys = { [name]: keyArn };
      const [problem, ...more] = await problemsWith({ keys });
      expect([problem, more]).toEqual([
        expect.stringMatching(/is encrypted with the key arn:\S+; set SECRETS_KEY_ARN/),
        [],
      ]);
      expect(await problemsWith({ keys }, keyArn)).toEqual([]);
    },
  );

  test("need no key of one's own if AWS's encrypts them", async () => {
    const keys = { "image-tasks/dev/edge": "alias/aws/secretsmanager", "/image-tasks/dev/key": "alias/aws/ssm" };
    expect(await problemsWith({ keys })).toEqual([]);
  });
});
