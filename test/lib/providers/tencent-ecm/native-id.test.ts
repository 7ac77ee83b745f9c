import { expect, test } from "vitest";
import {
  canonicalTaskId,
  imageNameId,
  nativeIdProblem,
  taskFilter,
} from "../../../../lib/providers/tencent-ecm/native-id.ts";

test("taskFilter() maps digits to a task id, img- to an image id, and image-name: to a name", () => {
  expect(taskFilter("21")).toEqual({ name: "task-id", value: "21" });
  expect(taskFilter("18446744073709551615")).toEqual({ name: "task-id", value: "18446744073709551615" });
  expect(taskFilter("img-c1p90f6q")).toEqual({ name: "image-id", value: "img-c1p90f6q" });
  expect(taskFilter("image-name:ecmtest")).toEqual({ name: "image-name", value: "ecmtest" });
  expect(taskFilter("image-name:a:b 镜像 😀")).toEqual({ name: "image-name", value: "a:b 镜像 😀" });
  expect(taskFilter(`image-name:${"😀".repeat(60)}`)?.name).toBe("image-name");
});

test.each([
  "",
  "0",
  "000",
  "18446744073709551616",
  "123456789012345678901",
  " 21",
  "21\n",
  "-21",
  "2.1",
  "img-",
  "img-ABC",
  "ximg-abc",
  "img-a/b",
  "t-21",
  "image-name:",
  `image-name:${"a".repeat(61)}`,
  "image-name:a\nb",
  "image-name:a\u2028b",
  "image-name:a\u200bb",
  "image-name:\u202eb",
  "image-name:\ud800",
  "IMAGE-NAME:a",
])("nativeIdProblem() names the three formats when the id is %j", (nativeId) => {
  expect(taskFilter(nativeId)).toBeUndefined();
  expect(nativeIdProblem(nativeId)).toBe(
    "must be a task id from 1 to 18446744073709551615 (21), an image id (img-c1p90f6q), " +
      "or image-name: and a name of 1 to 60 printable characters (image-name:ecmtest)",
  );
});

test("nativeIdProblem() returns undefined when the id has one of the three formats", () => {
  expect(["21", "img-c1p90f6q", imageNameId("ecmtest")].map(nativeIdProblem)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test.each([
  ["21", "21"],
  ["021", "21"],
  ["00000000000000000021", "21"],
  ["18446744073709551615", "18446744073709551615"],
  ["0", undefined],
  ["18446744073709551616", undefined],
  ["000000000000000000021", undefined],
  ["img-a", undefined],
  ["", undefined],
])("canonicalTaskId() of %j is %j", (text, id) => {
  expect(canonicalTaskId(text)).toBe(id);
});
