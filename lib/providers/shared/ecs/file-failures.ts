import type { FailureTable } from "../../../domain/explanation.ts";

/** ECS may not do what the task needs. */
export const accessFailures: FailureTable = [
  {
    codes: ["NoSetRoletoECSServiceAcount", "NoSetRoletoECSServiceAccount"],
    cause: "ECS may not access the OSS bucket, because the role for it is missing or not set up.",
    certainty: "documented",
    remedy:
      "Create the RAM role AliyunECSImageImportDefaultRole for imports, or AliyunECSImageExportDefaultRole for " +
      "exports, with exactly this name. Let ECS assume it, and attach its system policy.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSS.NotAuthorized"],
    cause: "The role that ECS uses may not access the OSS bucket or the object.",
    certainty: "documented",
    remedy:
      "Let the role read the object and the bucket's location and information. For an export, let it also put and " +
      "delete objects and use multipart uploads.",
    retry: "after-remedy",
  },
  {
    codes: ["Forbidden.RAM"],
    cause: "Whoever started the task lacks a permission.",
    certainty: "documented",
    remedy: "Grant the RAM user or role that starts the task the ECS permission for it.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSSBucket.NotFound", "InvalidOSSBucket.NotMatched"],
    cause: "There is no such OSS bucket in this region.",
    certainty: "documented",
    remedy: "Use a bucket in the region of the image.",
    retry: "after-remedy",
  },
  {
    codes: ["Account.Arrearage", "InvalidAccountStatus.OSSDisabled"],
    cause: "The account has an overdue payment, or its status disables OSS.",
    certainty: "documented",
    remedy: "Pay the bill, and see that OSS is enabled for the account.",
    retry: "after-remedy",
  },
  {
    codes: ["UserNotInTheWhiteList"],
    cause: "The account is not enabled for this feature.",
    certainty: "documented",
    remedy: "Ask the cloud's support to enable it.",
    retry: "after-remedy",
  },
];

/** The file in OSS is not what an import needs. */
export const fileFailures: FailureTable = [
  {
    codes: ["InvalidOSSObject.NotFound"],
    cause: "The file does not exist in the OSS bucket, or ECS cannot read it.",
    certainty: "documented",
    remedy:
      "Check the bucket, the object's name, its region, and the role that ECS uses. Upload the file if it is gone.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSSObject.Size"],
    cause: "The file in the OSS bucket is empty.",
    certainty: "documented",
    remedy: "Upload the file again.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSSObject.NeedRestore"],
    cause: "The file is in archive storage.",
    certainty: "documented",
    remedy: "Restore the object in OSS.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSSBucket.EncryptUnsupported"],
    cause: "The OSS bucket is encrypted, which is not supported.",
    certainty: "documented",
    remedy: "Use a bucket without encryption.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidImageFormat.*", "UnsupportedSuffix"],
    cause: "The image format or the ending of the file's name is wrong, or the region does not offer the format.",
    certainty: "documented",
    remedy: "For an import, use RAW, VHD, or QCOW2. For an export, leave the format out, which gives RAW.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidVHDImage.IncorrectSize", "InvalidBlockSize.*"],
    cause: "The size that the VHD file states does not match its blocks, or its block size is not supported.",
    certainty: "documented",
    remedy: "Build the VHD again with default settings. A file in QCOW2 or RAW format probably avoids the problem.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidImageSize.*", "InvalidDataDiskSize.*"],
    cause: "The size of a disk is out of range or smaller than the image.",
    certainty: "documented",
    remedy:
      "Ask for a disk of 1 to 2,048 GiB that is at least as large as the image. Its virtual size probably counts, " +
      "not the size of the file.",
    retry: "after-remedy",
  },
];
