import type { ErrorTable } from "../../domain/error-table.ts";
import { checkClock, checkEndpoint, checkKey, passingTrouble } from "../shared/error-table.ts";

/**
 * What the error codes of ECM mean. `LimitExceeded` is an exhausted quota, not a rate limit, so it counts as a bad
 * request.
 *
 * The only variable part of a request is the one id in its filter, so a code about a parameter speaks of the id.
 * @see https://www.tencentcloud.com/document/product/213/33281
 */
export const ecmErrors: ErrorTable = [
  ...passingTrouble("backoff"),
  { codes: ["RequestLimitExceeded.*"], kind: "throttled", retry: "backoff" },
  {
    codes: ["FailedOperation.InternalOperationFailure", "ResourceUnavailable.*"],
    kind: "unavailable",
    retry: "backoff",
  },
  { codes: ["ResourceNotFound.*", "InvalidParameterValue.TaskNotFound"], kind: "not-found", retry: "no" },
  { codes: ["InvalidParameter.*", "InvalidParameterValue.*"], kind: "bad-request", retry: "no", scope: "id" },
  {
    codes: ["InvalidParameterValue.FilterLimitExceeded", "InvalidParameterValue.InvalidFilter"],
    kind: "bad-request",
    retry: "no",
    scope: "target",
  },
  { codes: ["AuthFailure.SignatureExpire"], kind: "unauthorized", retry: "fix-clock", advice: checkClock },
  {
    codes: ["AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure", "AuthFailure.TokenFailure"],
    kind: "unauthorized",
    retry: "refresh-credential",
    advice: checkKey,
  },
  {
    codes: ["AuthFailure.UnauthorizedOperation", "UnauthorizedOperation.*"],
    kind: "unauthorized",
    retry: "no",
    lacksPermission: true,
  },
  { codes: ["AuthFailure.*", "IpInBlacklist", "IpNotInWhitelist"], kind: "unauthorized", retry: "no" },
  {
    codes: [
      "ActionOffline",
      "InvalidAction",
      "InvalidRequest",
      "MissingParameter",
      "UnknownParameter",
      "RequestSizeLimitExceeded",
    ],
    kind: "bad-request",
    retry: "no",
    scope: "target",
  },
  {
    codes: [
      "NoSuchProduct",
      "NoSuchVersion",
      "UnsupportedOperation.*",
      "UnsupportedProtocol",
      "UnsupportedRegion",
      "InvalidOperation.NotSupportedEndpoint",
    ],
    kind: "bad-request",
    retry: "no",
    scope: "target",
    advice: checkEndpoint,
  },
  {
    codes: [
      "DryRunOperation",
      "FailedOperation.*",
      "LimitExceeded.*",
      "ResourceInUse.*",
      "ResourceInsufficient.*",
      "ResponseSizeLimitExceeded",
    ],
    kind: "bad-request",
    retry: "no",
  },
];
