import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unavailableOr } from "../../../lib/ledger/dynamodb-failure.ts";
import { createDynamoDbLedger } from "../../../lib/ledger/dynamodb-ledger.ts";
import { LedgerUnavailableError } from "../../../lib/ledger/ledger.ts";
import { startFaultyLedgerServer } from "../../fakes/faulty-ledger-server.ts";
import type { FaultyLedgerServer, LedgerFault } from "../../fakes/faulty-ledger-server.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const { signal } = new AbortController();

let server: FaultyLedgerServer;
beforeAll(async () => {
  server = await startFaultyLedgerServer("http://127.0.0.1:1");
});
afterAll(() => server.close());

/** What the real client throws. */
async function failureOf(fault: LedgerFault, endpoint = server.url): Promise<unknown> {
  server.fault = fault;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const requestHandler = { requestTimeout: 200, throwOnRequestTimeout: true };
  const plain = new DynamoDBClient({ endpoint, region: "local", credentials, maxAttempts: 1, requestHandler });
  const client = DynamoDBDocumentClient.from(plain);
  const ledger = createDynamoDbLedger({ client, tableName: "tasks", clock: createManualClock(0), retentionDays: 1 });
  const thrown: unknown = await ledger.readTasks(["a:b:c"], signal).catch((error: unknown) => error);
  plain.destroy();
  expect(thrown).toBeInstanceOf(Error);
  return thrown;
}

function refusal(status: number, code: string): LedgerFault {
  return { kind: "refuse", status, code };
}

describe("unavailableOr()", () => {
  test.each([
    ["throttled", refusal(400, "ProvisionedThroughputExceededException"), "ProvisionedThroughputExceededException"],
    ["throttled", refusal(400, "ThrottlingException"), "ThrottlingException"],
    ["throttled", refusal(400, "RequestLimitExceeded"), "RequestLimitExceeded"],
    ["throttled", refusal(429, "TooManyRequestsException"), "TooManyRequestsException"],
    ["unavailable", refusal(500, "InternalServerError"), "InternalServerError"],
    ["unavailable", refusal(503, "ServiceUnavailable"), "ServiceUnavailable"],
    ["unavailable", { kind: "reset" }, null],
    ["unavailable", { kind: "hang" }, null],
  ] as const)("reads as %s what may pass: %j", async (kind, fault, code) => {
    const failure = unavailableOr(await failureOf(fault));
    expect(failure).toBeInstanceOf(LedgerUnavailableError);
    expect(failure).toMatchObject({ kind, code });
    expect(String(failure)).not.toMatch(/127\.0\.0\.1|ordered/);
  });

  test.each(["http://127.0.0.1:1", "http://nowhere.invalid"])(
    "reads no connection to %s as unavailable",
    async (url) => {
      const failure = unavailableOr(await failureOf({ kind: "hang" }, url));
      expect(failure).toMatchObject({ name: "LedgerUnavailableError", kind: "unavailable", code: null });
    },
  );

  test.each([
    "ResourceNotFoundException",
    "AccessDeniedException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "ValidationException",
  ])("leaves a %s, which lasts", async (code) => {
    const thrown = await failureOf(refusal(400, code));
    expect(unavailableOr(thrown)).toBe(thrown);
    expect(thrown).toMatchObject({ name: code });
  });

  test.each([new TypeError("a bug"), new RangeError("x"), "text", undefined])("leaves %s", (thrown) => {
    expect(unavailableOr(thrown)).toBe(thrown);
  });
});
