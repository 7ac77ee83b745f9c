import { describe, expect, test } from "vitest";
import { readImage } from "../../../../lib/providers/tencent-ecm/image.ts";
import { imageRows } from "./fixture.ts";

test("readImage() finds no import in the published example, whose images are all finished", () => {
  expect(imageRows("images-published.json").map(readImage)).toEqual(["ignored", "ignored"]);
});

test("readImage() finds running and failed imports and skips finished images and those of CREATE_IMAGE", () => {
  expect(imageRows("images-mixed.json").map(readImage)).toEqual([
    {
      unfinished: {
        nativeId: "21",
        imageId: "img-c1p90f6q",
        imageName: "edge-base",
        state: "CREATING",
        createTime: "2020-06-16 15:43:30",
        usable: false,
      },
    },
    "ignored",
    "ignored",
    "ignored",
    {
      unfinished: {
        nativeId: "23",
        imageId: "img-failed01",
        imageName: "edge-broken",
        state: "CREATEFAILED",
        createTime: "2020-06-16 15:44:00",
        usable: false,
      },
    },
    {
      reason: "image img-sourceless has a task and does not say of which kind",
      createTime: "2020-06-16 15:45:00",
    },
    { reason: "an image's row cannot be read: it is no object", createTime: null },
  ]);
});

test("readImage() returns a reason when the task id is a number too large to be exact", () => {
  expect(imageRows("images-large-task-id.json").map(readImage)).toEqual([
    { reason: "the task id of image img-large001 is no exact row of digits", createTime: "2020-06-16 15:43:30" },
  ]);
});

test.each(["task-21", "-1", "1.5", "0", 0, "18446744073709551616", "123456789012345678901"])(
  "readImage() returns a reason when the task id is %j",
  (TaskId) => {
    const row = { ImageId: "img-a", ImageState: "CREATING", ImageSource: "EXTERNAL_IMPORT", TaskId };
    expect(readImage(row)).toHaveProperty("reason");
  },
);

test("readImage() keeps all digits of a large task id given as a string", () => {
  const row = { ImageId: "img-a", ImageState: "X", ImageSource: "EXTERNAL_IMPORT", TaskId: "18446744073709551615" };
  expect(readImage(row)).toMatchObject({ unfinished: { nativeId: "18446744073709551615" } });
});

describe("readImage() of an incomplete import", () => {
  const row = {
    ImageId: "img-a",
    ImageName: "edge",
    ImageState: "CREATING",
    ImageSource: "EXTERNAL_IMPORT",
    TaskId: 21,
    ImageCreateTime: "2020-06-16 15:43:30",
  };
  const unfinished = {
    nativeId: "21",
    imageId: "img-a",
    imageName: "edge",
    state: "CREATING",
    createTime: "2020-06-16 15:43:30",
    usable: false,
  };

  test.each([
    [{}, {}],
    [{ ImageName: "" }, { imageName: null }],
    [{ ImageName: null }, { imageName: null }],
    [{ ImageState: null }, { state: "" }],
    [{ ImageSource: "external_import" }, {}],
    [{ ImageCreateTime: null }, { createTime: null }],
  ])("reads it when the row has %j", (given, expected) => {
    expect(readImage({ ...row, ...given })).toEqual({ unfinished: { ...unfinished, ...expected } });
  });

  test.each([
    { TaskId: undefined },
    { TaskId: null },
    { TaskId: "" },
    { ImageState: "NORMAL" },
    { ImageState: "normal" },
    { ImageSource: "CREATE_IMAGE" },
  ])("skips it when the row has %j", (given) => {
    expect(readImage({ ...row, ...given })).toBe("ignored");
  });

  test.each(["img-ABC", "a img-a", "img-a b", "img-", `img-${"a".repeat(41)}`])(
    "does not repeat the malformed image id %j",
    (ImageId) => {
      expect(readImage({ ...row, ImageId, ImageSource: null })).toEqual({
        reason: "an image has a task and does not say of which kind",
        createTime: "2020-06-16 15:43:30",
      });
    },
  );
});
