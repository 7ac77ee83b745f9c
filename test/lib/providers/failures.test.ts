import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { maxOperations, maxTaskBytes } from "../../../lib/domain/bound-task.ts";
import { unexplainedFailures } from "../../../lib/domain/explanation.ts";
import type { Explanation } from "../../../lib/domain/explanation.ts";
import type { TaskFailure } from "../../../lib/domain/task.ts";
import { providerDescriptors } from "../../../lib/providers/index.ts";
import { outcomeOfFinished } from "../../../lib/providers/shared/ecs/outcome.ts";
import { maxCallBytes } from "../../../lib/sweep/event-bus.ts";
import { explain } from "../../fakes/explain.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { tasksOfRound } from "../../sandbox/demo.ts";

/** What each failure means, written from the clouds' documentation and not from the tables of the code. */

type Meaning = readonly [retry: Explanation["retry"], certainty: Explanation["certainty"]];

const fix: Meaning = ["after-remedy", "documented"];
const wait: Meaning = ["later", "documented"];
const never: Meaning = ["pointless", "documented"];

/** A code, or a code and the message that it needs. */
const ecs: ReadonlyArray<
  readonly [meaning: Meaning, word: RegExp, ...failures: (string | readonly [string, string])[]]
> = [
  [fix, /role .*AliyunECSImageImportDefaultRole.*AliyunECSImageExportDefaultRole/, "NoSetRoletoECSServiceAcount"],
  [fix, /AliyunECSImageExportDefaultRole/, "NoSetRoletoECSServiceAccount"],
  [fix, /read the object/, "InvalidOSS.NotAuthorized"],
  [fix, /permission/, "Forbidden.RAM"],
  [fix, /bucket in the region/, "InvalidOSSBucket.NotFound", "InvalidOSSBucket.NotMatched"],
  [fix, /object's name/, "InvalidOSSObject.NotFound"],
  [fix, /empty/, "InvalidOSSObject.Size"],
  [fix, /Restore/, "InvalidOSSObject.NeedRestore"],
  [fix, /encrypted/, "InvalidOSSBucket.EncryptUnsupported"],
  [["later", "inferred"], /traffic/, "InvalidOSSBucket.FlowLimit"],
  [fix, /RAW, VHD, or QCOW2/, "InvalidImageFormat.Malformed", "InvalidImageFormat.RegionNotSupported"],
  [fix, /RAW, VHD, or QCOW2/, "UnsupportedSuffix"],
  [fix, /VHD .*probably/, "InvalidVHDImage.IncorrectSize", "InvalidBlockSize.NotSupport"],
  [fix, /2,048 GiB/, "InvalidImageSize", "InvalidDataDiskSize"],
  [fix, /label|value that the code names/, "InvalidBootMode.Malformed", "InvalidBootMode.NotSupport"],
  [fix, /value that the code names/, "InvalidArchitecture.Malformed", "InvalidArchitecture.PlatformUnsupported"],
  [fix, /value that the code names/, "InvalidPlatform.Malformed", "InvalidOSType.Malformed"],
  [fix, /value that the code names/, "InvalidLicenseType.NotSupported", "InvalidLicenseType.BYOLOnly"],
  [fix, /earlier try/, "InvalidImageName.Duplicated"],
  [wait, /Follow the task.*cancel the task/, "ImageIsImporting"],
  [never, /another region/, "InvalidRegion.NotSupport"],
  [fix, /higher quota/, "QuotaExceed.Image"],
  [fix, /support/, "UserNotInTheWhiteList"],
  [fix, /overdue/, "Account.Arrearage", "InvalidAccountStatus.OSSDisabled"],
  [fix, /Probably .*DetectionStrategy/, "ImageCheckUnsupported.WindowsImage"],
  [fix, /CloudBox/, "InvalidOperation.CloudBoxImageImportRoleRequired", "InvalidStorageLocation.NotFound"],
  [fix, /OSSPrefix/, "InvalidOSSPrefix.Malformed"],
  [fix, /image's id/, "InvalidImageId.NotFound"],
  [wait, /once more.*ticket/, "ImportImageFailed", "ExportImageFailed"],
  [["unchanged", "documented"], /Nothing failed/, "DRYRUN.SUCCESS", "DryRunOperation"],
  [
    never,
    /marketplace/,
    ["ImageNotSupported", "The specified image from the image market, do not support export image."],
  ],
  [
    never,
    /encrypted/,
    ["ImageNotSupported", "The specified Image contains encrypted snapshots, do not support export."],
  ],
  [never, /image of your own/, "InvalidImageCategory.NotSupported", "InvalidImageLicense.NotSupported"],
  [never, /four data disks/, "InvalidImage.DiskAmountOrSize"],
  [never, /system disk only/, ["OperationDenied", "The specified image contains the snapshot of the data disk."]],
  [wait, /not available/, "IncorrectImageStatus", "ImageIsExporting"],
  [wait, /ended/, "ConcurrentQuotaExceed.ExportImage"],
  [wait, /days/, "WeeklyQuotaExceed.ExportImage"],
];

const cases = ecs.flatMap(([meaning, words, ...failures]) =>
  failures.map((failure) => {
    const [code, message] = typeof failure === "string" ? [failure, "Words that change."] : failure;
    return { code, message, meaning, words };
  }),
);

function explanationOf(error: TaskFailure, provider = "alibaba-ecs"): Explanation | null {
  return explain(sampleTask({ provider, status: "failed", error })).explanation;
}

function textOf({ cause, remedy }: Explanation): string {
  return `${cause} ${remedy}`;
}

describe("the failures of ECS", () => {
  test.each(cases)("$code is explained as documented", ({ code, message, meaning: [retry, certainty], words }) => {
    const explanation = explanationOf({ code, message });
    expect(explanation).toMatchObject({ retry, certainty, retryCertainty: "inferred" });
    expect(explanation && textOf(explanation)).toMatch(words);
  });

  test.each(cases)("$code means the same in another case", ({ code, message }) => {
    const loud = { code: code.toUpperCase(), message: message.toUpperCase() };
    expect(explanationOf(loud)).toEqual(explanationOf({ code, message }));
  });

  test.each(cases)("$code of an Apsara Stack is explained the same, but only as likely", ({ code, message }) => {
    const expected = explanationOf({ code, message });
    expect(explanationOf({ code, message }, "apsara-route")).toEqual({ ...expected, certainty: "inferred" });
  });

  test("explains only codes in its table that this test knows", () => {
    const known = cases.map(({ code }) => code.toLowerCase());
    const codes = providerDescriptors.flatMap(({ name, failures }) =>
      name === "alibaba-ecs" ? failures.flatMap((row) => row.codes ?? []) : [],
    );
    const strange = codes.filter((code) => {
      const wanted = code.toLowerCase().replace(/\.\*$/, "");
      return !known.some((one) => one === wanted || (code.endsWith(".*") && one.startsWith(`${wanted}.`)));
    });
    // Our own codes for tasks whose provider reports counts alone.
    expect(strange).toEqual(["Failed", "PartialFailure"]);
  });

  test.each([
    ["ImageNotSupported", "Not supported."],
    ["OperationDenied", "The image is being copied."],
    ["NotFound", "The specified OSS object does not exist in this region."],
    ["Failed", "The cloud's own words under the status as a code."],
  ])("does not explain %s with words that say something else", (code, message) => {
    expect(explanationOf({ code, message })).toBeNull();
  });

  test.each(["alibaba-ecs", "apsara-route"])("says of counts alone that %s gave no reason", (provider) => {
    const count = { TotalCount: 2, SuccessCount: 1, FailedCount: 1 };
    for (const counts of [count, { ...count, SuccessCount: 0, FailedCount: 2 }]) {
      const { error } = outcomeOfFinished(counts, []);
      expect(error && explanationOf(error, provider)).toMatchObject({
        cause: "The cloud reports that not all parts succeeded. It gives no reason.",
        certainty: "documented",
        retry: "unknown",
      });
    }
    const wordless = { status: "failed", nativeStatus: "Error", error: null, warning: null, related: {} } as const;
    const { error } = outcomeOfFinished({ TotalCount: null, SuccessCount: null, FailedCount: null }, [wordless]);
    expect(error && explanationOf(error, provider)).toMatchObject({ retry: "unknown" });
  });
});

test("no failure of Tencent ECM is explained: it has no codes, and its messages are not documented", () => {
  for (const message of ["", "success", "image format qcow2 does not match the declared format raw"]) {
    expect(explanationOf({ code: "ImageImportFailed", message }, "tencent-ecm")).toBeNull();
  }
});

test("every explanation is short, plain, and ends its sentences", () => {
  for (const { failures } of providerDescriptors) {
    for (const { cause, remedy } of failures) {
      for (const text of [cause, remedy]) expect(text).toMatch(/^[A-Z][ -~]{10,240}\.$/);
    }
  }
});

test("the longest explanations of all sub-operations leave an event far below what a call of the bus takes", () => {
  const lengths = providerDescriptors.flatMap(({ name, failures }) =>
    failures.flatMap(({ codes = [], words = [""] }) => {
      const code = codes[0]?.replace(/\.\*$/, "") ?? "";
      return Buffer.byteLength(JSON.stringify(explanationOf({ code, message: words[0] ?? "" }, name)));
    }),
  );
  const explanationBytes = (maxOperations + 1) * (Math.max(...lengths) + '"explanation":,'.length);
  expect(maxTaskBytes + explanationBytes).toBeLessThan(maxCallBytes / 2);
});

/** Codes that the samples and the sandbox clouds have, and that no documentation lists for images. */
const unexplained = [
  "DownloadFailed",
  "ImageFormatNotSupported",
  "Later",
  "OSSObjectWriteFailed",
  "ParameterInvalid",
  "TaskTimeout",
];

/** What the tasks of ECS and Apsara fail with in the sandbox's demo. */
const demoFailures = Array.from({ length: 36 }, (_, round) => tasksOfRound(round))
  .flat()
  .flatMap(({ cloud, plan: { ending } }) =>
    cloud !== "tencent-ecm" && "code" in ending ? [{ cloud, ...ending }] : [],
  );

test("every code of a failed task in the samples and the sandbox is explained, or known not to be", () => {
  const folder = new URL("../../", import.meta.url);
  const samples = ["fixtures/alibaba-ecs/", "fixtures/apsara-route/"].flatMap((path) =>
    readdirSync(new URL(path, folder)).map((name) => readFileSync(new URL(`${path}${name}`, folder), "utf8")),
  );
  const readme = readFileSync(new URL("../README.md", folder), "utf8");
  const failures = [
    ...samples.flatMap((text) => Array.from(text.matchAll(/"ErrorCode": "([^"]+)"/g), ([, code = ""]) => code)),
    ...Array.from(readme.matchAll(/"code": ?"([^"]+)"/g), ([, code = ""]) => code),
  ].map((code) => ({ code, message: "" }));
  expect(failures.length).toBeGreaterThan(8);
  const missing = [...failures, ...demoFailures].filter((failure) => explanationOf(failure) === null);
  expect([...new Set(missing.map(({ code }) => code))].toSorted()).toEqual(unexplained);
});

test("most failures of the demo are explained, of several kinds, and one is not", () => {
  for (const cloud of ["alibaba-ecs", "apsara-route"]) {
    const failures = demoFailures.filter((failure) => failure.cloud === cloud);
    const codes = [...new Set(failures.map(({ code }) => code))];
    expect(codes.length).toBeGreaterThanOrEqual(5);
    const missing = failures.filter((failure) => explanationOf(failure, cloud) === null);
    expect([...new Set(missing.map(({ code }) => code))]).toEqual(["TaskTimeout"]);
    expect(missing.length).toBeLessThan(failures.length / 3);
  }
});

test("a failed task of a cloud that is not in the array has no explanation", () => {
  const task = explain(
    sampleTask({ provider: "nimbus", status: "failed", error: { code: "Forbidden.RAM", message: "" } }),
  );
  expect(task.explanation).toBeNull();
  expect(unexplainedFailures(task)).toHaveLength(1);
});
