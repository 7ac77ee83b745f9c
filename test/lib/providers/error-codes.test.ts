import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind, Retry } from "../../../lib/domain/errors.ts";
import { readAnswer as readEcsAnswer } from "../../../lib/providers/alibaba-ecs/answer.ts";
import { openEnvelope } from "../../../lib/providers/apsara-route/envelope.ts";
import { readAnswer as readEcmAnswer } from "../../../lib/providers/tencent-ecm/answer.ts";
import type { WireResponse } from "../../../lib/transport/call.ts";

/** What each code means, written from the providers' documentation and not from the clients' tables. */

interface Meaning {
  readonly kind: ErrorKind;
  readonly retry: Retry;
  readonly splits?: true;
  readonly hint?: RegExp;
}

type Oracle = ReadonlyArray<readonly [meaning: Meaning, codes: string]>;

const nextMinute: Meaning = { kind: "throttled", retry: "next-minute" };
const throttled: Meaning = { kind: "throttled", retry: "backoff" };
const passing: Meaning = { kind: "unavailable", retry: "backoff" };
const denied: Meaning = { kind: "unauthorized", retry: "no" };
const badKey: Meaning = {
  kind: "unauthorized",
  retry: "refresh-credential",
  hint: /\(check the key and its secret\)$/,
};
const badAppKey: Meaning = { ...badKey, hint: /\(check appKey and appSecret\)$/ };
const badClock: Meaning = { kind: "unauthorized", retry: "fix-clock", hint: /\(check the clock: ours says .*Date\)$/ };
const bad: Meaning = { kind: "bad-request", retry: "no" };
const badId: Meaning = { ...bad, splits: true };
const badEndpoint: Meaning = { ...bad, hint: /\(check the endpoint, the region, and any proxy\)$/ };
const notFound: Meaning = { kind: "not-found", retry: "no", splits: true };
const conflict: Meaning = { kind: "conflict", retry: "no", splits: true };

/** The codes that gateways of every cloud answer with status 400 when they are busy. */
const passingEverywhere: Oracle = [
  [passing, "SystemBusy ServiceBusy ServiceUnavailable RequestTimeout InternalError UnknownError"],
];
const throttlingEverywhere = "FlowControlError TooManyRequests throttling.user Throttling";

const ecs: Oracle = [
  [badKey, "InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive Forbidden.AccessKeyDisabled"],
  [badKey, "InvalidSecurityToken.Expired"],
  [badClock, "IllegalTimestamp InvalidTimeStamp.Expired"],
  [denied, "Forbidden.RAM Forbidden.Unauthorized Forbidden.SubUser Forbidden.RiskControl Forbidden.NotSupportRAM"],
  [denied, "NoPermission IncompleteSignature"],
  [passing, "OperationConflict LastTokenProcessing ServiceUnavailable.RegionMaintaining"],
  [bad, "InvalidParameter MissingParameter UnsupportedParameter IdempotentParameterMismatch InvalidTimeStamp.Format"],
  [badEndpoint, "InvalidAction InvalidRegionId.NotFound RegionId.NotFound InvalidProtocol.NeedSsl"],
  [badEndpoint, "InvalidOperation.NotSupportedEndpoint UnsupportedOperation"],
  [notFound, "InvalidTaskId.NotFound"],
  [conflict, "InvalidTaskId.TaskActionNotSupport TaskActionNotSupport"],
  [conflict, "InvalidTaskId.IncorrectTaskStatus IncorrectTaskStatus CancelTaskFailed"],
];

const ecsOnlyThrottling = "Throttling.User Throttling.Api Throttling.User.Flow Rejected.Throttling";

const alibaba: Oracle = [
  ...passingEverywhere,
  ...ecs,
  [nextMinute, `${throttlingEverywhere} ${ecsOnlyThrottling}`],
  [
    { ...badKey, hint: /did not accept the signature \(check the key/ },
    "SignatureDoesNotMatch SignatureDoesNotMatch.V3",
  ],
  [{ kind: "unavailable", retry: "new-nonce" }, "SignatureNonceUsed"],
];

const apsaraStack: Oracle = [
  ...passingEverywhere,
  ...ecs,
  [throttled, `${throttlingEverywhere} ${ecsOnlyThrottling}`],
  [badAppKey, "SignatureDoesNotMatch"],
  [{ kind: "unauthorized", retry: "new-nonce" }, "SignatureNonceUsed"],
  [bad, "InvalidInstanceType.ValueNotSupported NoSuchKey"],
  [passing, "-1"],
  [denied, "403"],
];

const apsaraGateway: Oracle = [
  [bad, "I400HD I400MH I400BD I405UM I413RL"],
  [throttled, "T429ID"],
];

const ecm: Oracle = [
  ...passingEverywhere,
  [throttled, throttlingEverywhere],
  [throttled, "RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded RequestLimitExceeded.IPLimitExceeded"],
  [throttled, "RequestLimitExceeded.GlobalRegionUinLimitExceeded"],
  [passing, "FailedOperation.InternalOperationFailure ResourceUnavailable"],
  [badKey, "AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure AuthFailure.TokenFailure"],
  [badClock, "AuthFailure.SignatureExpire"],
  [denied, "AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure"],
  [denied, "AuthFailure.UnauthorizedOperation UnauthorizedOperation UnauthorizedOperation.ForbiddenOperation"],
  [denied, "UnauthorizedOperation.WindowsImage IpInBlacklist IpNotInWhitelist"],
  [badId, "InvalidParameter InvalidParameter.InvalidDataFormat InvalidParameterValue"],
  [badId, "InvalidParameterValue.Duplicate InvalidParameterValue.ImageNameDuplicate"],
  [bad, "InvalidParameterValue.FilterLimitExceeded InvalidParameterValue.InvalidFilter"],
  [notFound, "ResourceNotFound InvalidParameterValue.TaskNotFound"],
  [bad, "MissingParameter UnknownParameter InvalidAction ActionOffline InvalidRequest"],
  [bad, "RequestSizeLimitExceeded ResponseSizeLimitExceeded"],
  [badEndpoint, "NoSuchVersion NoSuchProduct UnsupportedProtocol UnsupportedRegion UnsupportedOperation"],
  [bad, "ResourceInUse ResourceInsufficient ResourceInsufficient.InvaildPrivateImageNum"],
  [bad, "LimitExceeded FailedOperation DryRunOperation"],
];

/** A failed import names these in a task. None is an error of a call that the clients make. */
const importCodes = "InvalidImageName.Duplicated QuotaExceed.Image ImageIsImporting InvalidOSSObject.NotFound";

const nowMs = Date.UTC(2026, 2, 1, 9);

const readEcs = (response: WireResponse) => readEcsAnswer(response, { api: "DescribeTasks", nowMs });
const readApsara = (response: WireResponse) => openEnvelope(response, nowMs);
const readEcm = (response: WireResponse) => readEcmAnswer(response, { action: "DescribeImage", nowMs });

function asJson(code: string, status: number): WireResponse {
  return { status, headers: {}, body: JSON.stringify({ RequestId: "R", HostId: "h", Code: code, Message: "words" }) };
}
function asHeaders(code: string, status: number): WireResponse {
  return { status, headers: { "x-ca-error-code": code, "x-ca-error-message": "words" }, body: "" };
}
function asResponse(code: string, status: number): WireResponse {
  const Response = { Error: { Code: code, Message: "words" }, RequestId: "R" };
  return { status, headers: {}, body: JSON.stringify({ Response }) };
}

function errorOf(read: () => unknown): ProviderError {
  try {
    read();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const forms = [
  ["alibaba-ecs", alibaba, asJson, readEcs, [200, 400, 404, 503]],
  ["apsara-route", apsaraStack, asJson, readApsara, [200, 400]],
  ["apsara-route", apsaraGateway, asHeaders, readApsara, [400]],
  ["tencent-ecm", ecm, asResponse, readEcm, [200, 400, 503]],
] as const;

const cases = forms.flatMap(([cloud, oracle, write, read, statuses]) =>
  oracle.flatMap(([meaning, codes]) =>
    codes.split(" ").map((code) => ({ cloud, code, meaning, write, read, statuses })),
  ),
);

const docs = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8").split("\n## ");

const retryWords: Readonly<Record<Retry, string>> = {
  no: "no",
  backoff: "yes, after a pause",
  "next-minute": "yes, in the next minute",
  "fix-clock": "once, with the provider's time",
  "refresh-credential": "once, with the fresh secret",
  "new-nonce": "yes, at once",
};

describe("an error code", () => {
  test.each(cases)(
    "of $cloud decides in any case of its letters: $code",
    ({ code, meaning, write, read, statuses }) => {
      const { kind, retry, splits = false, hint } = meaning;
      for (const status of statuses) {
        for (const written of [code, code.toLowerCase(), code.toUpperCase()]) {
          const error = errorOf(() => read(write(written, status)));
          expect({ written, status, kind: error.kind, retry: error.retry, splits: error.scope === "id" }).toEqual({
            written,
            status,
            kind,
            retry,
            splits,
          });
          if (hint === undefined) expect(error.message).not.toContain("(check");
          else expect(error.message).toMatch(hint);
        }
      }
    },
  );

  test.each(cases)("of $cloud is in docs/errors.md with that meaning: $code", ({ cloud, code, meaning }) => {
    const section = docs.find((text) => text.startsWith(`\`${cloud}\``)) ?? "";
    const rows = section.split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
    const family = `${code.split(".")[0]}.*`;
    const names = [code, `${code}.*`, family].map((name) => `\`${name}\``.toLowerCase());
    const found = names.map((name) => rows.find(([, first]) => first?.toLowerCase() === name));
    const [, , kind, retried, splits, fresh] = found.find((row) => row !== undefined) ?? [];
    expect({ kind, retried, splits, fresh }).toEqual({
      kind: meaning.kind,
      retried: retryWords[meaning.retry],
      splits: meaning.splits ? "yes" : "no",
      fresh: meaning.retry === "refresh-credential" ? "yes" : "no",
    });
  });

  test.each(importCodes.split(" "))("of an import, %s, is decided by the status and splits nothing", (code) => {
    const read = (status: number) => errorOf(() => readEcs(asJson(code, status)));
    expect(read(400)).toMatchObject({ kind: "bad-request", retry: "no", scope: "request" });
    expect(read(503)).toMatchObject({ kind: "unavailable", retry: "backoff", scope: "target" });
  });
});
