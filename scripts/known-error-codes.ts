/**
 * The error codes that the providers' documentation and clients name, by provider. `docs/errors.md` shows what each
 * means, including those that only a family in the table covers.
 */
export const knownErrorCodes: Readonly<Record<string, readonly string[]>> = {
  "alibaba-ecs": ecsCodes(),
  "apsara-route": [
    ...ecsCodes(),
    "403",
    "InvalidInstanceType.ValueNotSupported",
    "I400BD",
    "I400HD",
    "I400MH",
    "I405UM",
    "I413RL",
    "T429ID",
  ],
  "tencent-ecm": [
    "ActionOffline",
    "AuthFailure.InvalidAuthorization",
    "AuthFailure.InvalidSecretId",
    "AuthFailure.MFAFailure",
    "AuthFailure.UnauthorizedOperation",
    "FailedOperation",
    "InvalidParameter.InvalidDataFormat",
    "InvalidParameterValue.Duplicate",
    "InvalidParameterValue.ImageNameDuplicate",
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
    "RequestLimitExceeded.IPLimitExceeded",
    "RequestLimitExceeded.UinLimitExceeded",
    "ResourceInsufficient.InvaildPrivateImageNum",
    "UnauthorizedOperation.ForbiddenOperation",
    "UnauthorizedOperation.WindowsImage",
  ],
};

function ecsCodes(): string[] {
  return [
    "Forbidden.NotSupportRAM",
    "Forbidden.RAM",
    "Forbidden.RiskControl",
    "Forbidden.SubUser",
    "Forbidden.Unauthorized",
    "InvalidAccessKeyId.Inactive",
    "InvalidAccessKeyId.NotFound",
    "InvalidProtocol.NeedSsl",
    "InvalidRegionId.NotFound",
    "Rejected.Throttling",
    "ServiceUnavailable.RegionMaintaining",
    "Throttling",
    "Throttling.Api",
    "Throttling.User",
    "Throttling.User.Flow",
  ];
}
