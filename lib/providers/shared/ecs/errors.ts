import type { ErrorTable } from "../../../domain/error-table.ts";
import type { Retry } from "../../../domain/errors.ts";
import { checkClock, checkEndpoint, checkKey, notSigned, passingTrouble } from "../error-table.ts";

/**
 * What the error codes of ECS mean. Some regions still send the older names, so each code is listed under those as
 * well. `throttled` says when a throttled call may be repeated.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-errorcodes
 */
export function ecsErrors(throttled: Retry): ErrorTable {
  return [...passingTrouble(throttled), ...ownErrors];
}

const ownErrors: ErrorTable = [
  { codes: ["OperationConflict", "LastTokenProcessing"], kind: "unavailable", retry: "backoff" },
  { codes: ["SignatureNonceUsed"], kind: "unavailable", retry: "new-nonce" },
  { codes: ["InvalidTaskId.NotFound"], kind: "not-found", retry: "no" },
  { codes: ["InvalidTaskId.*"], kind: "bad-request", retry: "no", scope: "id" },
  {
    codes: [
      "InvalidTaskId.IncorrectTaskStatus",
      "IncorrectTaskStatus",
      "InvalidTaskId.TaskActionNotSupport",
      "TaskActionNotSupport",
      "CancelTaskFailed",
    ],
    kind: "conflict",
    retry: "no",
    scope: "id",
  },
  {
    codes: ["InvalidTimeStamp.Expired", "IllegalTimestamp"],
    kind: "unauthorized",
    retry: "fix-clock",
    advice: checkClock,
  },
  {
    codes: [
      "Forbidden.AccessKeyDisabled",
      "InvalidAccessKeyId.*",
      "InvalidAccessKeySecret.*",
      "InvalidSecurityToken.Expired",
      "InvalidSecurityToken.MismatchWithAccessKey",
    ],
    kind: "unauthorized",
    retry: "refresh-credential",
    advice: checkKey,
  },
  {
    codes: ["SignatureDoesNotMatch.*"],
    kind: "unauthorized",
    retry: "refresh-credential",
    instead: notSigned,
    advice: checkKey,
  },
  { codes: ["IncompleteSignature.*"], kind: "unauthorized", retry: "no", instead: notSigned },
  { codes: ["InvalidSecurityToken.*", "MissingSecurityToken"], kind: "unauthorized", retry: "no", advice: checkKey },
  { codes: ["Forbidden.*", "NoPermission.*"], kind: "unauthorized", retry: "no", lacksPermission: true },
  {
    codes: [
      "InvalidAction.*",
      "InvalidOperation.NotSupportedEndpoint",
      "InvalidProtocol.*",
      "InvalidRegionId.*",
      "InvalidVersion.*",
      "RegionId.NotFound",
      "UnsupportedOperation.*",
    ],
    kind: "bad-request",
    retry: "no",
    scope: "target",
    advice: checkEndpoint,
  },
  { codes: ["InvalidTimeStamp.Format"], kind: "bad-request", retry: "no", scope: "target" },
  {
    codes: ["IdempotentParameterMismatch", "InvalidParameter.*", "MissingParameter.*", "UnsupportedParameter.*"],
    kind: "bad-request",
    retry: "no",
  },
];
