import type { FailureTable } from "../../../domain/explanation.ts";

/** What the task was asked to do does not fit. */
export const requestFailures: FailureTable = [
  {
    codes: [
      "InvalidBootMode.*",
      "InvalidArchitecture.*",
      "InvalidPlatform.*",
      "InvalidOSType.*",
      "InvalidLicenseType.*",
    ],
    cause: "The boot mode, architecture, platform, system type, or license type does not fit the image or each other.",
    certainty: "documented",
    remedy: "Correct the value that the code names. An arm64 image probably needs the boot mode UEFI.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidImageName.Duplicated"],
    cause: "There is an image with this name. An earlier try may have left it.",
    certainty: "documented",
    remedy:
      "Look the image up by its name first. If it is not the one that you want, delete it or choose another name.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidRegion.NotSupport"],
    cause: "The region does not offer this feature.",
    certainty: "documented",
    remedy: "Use another region.",
    retry: "pointless",
  },
  {
    codes: ["QuotaExceed.Image"],
    cause: "The account has as many images as its quota allows.",
    certainty: "documented",
    remedy: "Delete images that nobody needs, or ask for a higher quota.",
    retry: "after-remedy",
  },
  {
    codes: ["ImageCheckUnsupported.*"],
    cause: "The image check does not support this operating system.",
    certainty: "documented",
    remedy: "Probably leaving out DetectionStrategy helps, because the check is optional.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOperation.CloudBoxImageImportRoleRequired", "InvalidStorageLocation.*"],
    cause: "The role for imports from a CloudBox is not set up, or the ARN of the CloudBox is wrong.",
    certainty: "documented",
    remedy: "Set up the role that imports from a CloudBox need, and give the right ARN.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidOSSPrefix.Malformed"],
    cause: "The prefix for the names of the exported files is not valid.",
    certainty: "documented",
    remedy: "Correct OSSPrefix.",
    retry: "after-remedy",
  },
  {
    codes: ["InvalidImageId.NotFound"],
    cause: "There is no such image in the account and the region.",
    certainty: "documented",
    remedy: "Check the image's id and its region.",
    retry: "after-remedy",
  },
  {
    codes: ["DRYRUN.SUCCESS", "DryRunOperation"],
    cause: "Nothing failed. The request was only checked, and the check has passed.",
    certainty: "documented",
    remedy: "Send the request without DryRun.",
    retry: "unchanged",
  },
];

/** The image may not be exported. */
export const exportFailures: FailureTable = [
  {
    codes: ["ImageNotSupported"],
    words: ["market"],
    cause: "An image from the marketplace cannot be exported.",
    certainty: "documented",
    remedy: "Export another image.",
    retry: "pointless",
  },
  {
    codes: ["ImageNotSupported"],
    words: ["encrypted"],
    cause: "An image with an encrypted snapshot cannot be exported.",
    certainty: "documented",
    remedy: "Export another image, or probably the same one built without encryption, if your rules allow that.",
    retry: "pointless",
  },
  {
    codes: ["InvalidImageCategory.NotSupported", "InvalidImageLicense.NotSupported"],
    cause: "The owner or the license of the image does not allow an export.",
    certainty: "documented",
    remedy: "Export a custom image of your own.",
    retry: "pointless",
  },
  {
    codes: ["InvalidImage.DiskAmountOrSize"],
    cause: "The image has more than four data disks, or a disk that is too large.",
    certainty: "documented",
    remedy: "Export an image with fewer or smaller disks.",
    retry: "pointless",
  },
  {
    codes: ["OperationDenied"],
    words: ["data disk"],
    cause: "The image contains snapshots of data disks, which cannot be exported.",
    certainty: "documented",
    remedy: "Export an image of the system disk only.",
    retry: "pointless",
  },
];
