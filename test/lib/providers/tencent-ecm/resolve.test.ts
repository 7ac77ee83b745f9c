import { describe, expect, test } from "vitest";
import { errorReply, never, openCloud, unreadableCounts } from "./cloud.ts";
import type { Reply } from "./cloud.ts";

const row = {
  ImageId: "img-a",
  ImageName: "edge",
  ImageState: "CREATING",
  ImageSource: "EXTERNAL_IMPORT",
  TaskId: "21" as string | number | null,
};
const finished = { ...row, ImageState: "NORMAL", TaskId: "" };

function images(rows: readonly unknown[], TotalCount: number | string | null = rows.length): Reply {
  return { body: JSON.stringify({ Response: { ImageSet: rows, TotalCount, RequestId: "r-1" } }) };
}

async function resolved(nativeId: string, reply: Reply) {
  await using cloud = await openCloud(() => reply);
  const answer = await cloud.provider.resolve?.(nativeId, never);
  return { answer, asked: cloud.received.map(({ action, body }) => `${action} ${body}`) };
}

describe("resolve() of a task id", () => {
  test.each([
    ["21", "21"],
    ["021", "21"],
    ["18446744073709551615", "18446744073709551615"],
  ])("reads %s as %s without a call", async (nativeId, canonical) => {
    expect(await resolved(nativeId, images([]))).toEqual({ answer: { nativeId: canonical }, asked: [] });
  });

  test.each(["0", "18446744073709551616", "t-21"])("throws bad-request for %s", async (nativeId) => {
    await expect(resolved(nativeId, images([]))).rejects.toMatchObject({
      kind: "bad-request",
      message: expect.stringMatching(/^the native id \w/),
    });
  });
});

describe("resolve() of an image id or name", () => {
  test.each([
    ["img-a", "image-id", "img-a"],
    ["image-name:edge", "image-name", "edge"],
  ])("asks once for %s", async (nativeId, name, value) => {
    const { answer, asked } = await resolved(nativeId, images([row]));
    expect(answer).toEqual({ nativeId: "21" });
    expect(asked).toEqual([
      `DescribeImage {"Filters":[{"Name":"${name}","Values":["${value}"]}],"Offset":0,"Limit":100}`,
    ]);
  });

  test("reads a list without a total as whole unless its page is full", async () => {
    const others = (count: number) => Array.from({ length: count }, () => ({ ...row, ImageName: "another" }));
    expect((await resolved("image-name:edge", images([row, ...others(98)], null))).answer).toEqual({ nativeId: "21" });
    expect((await resolved("image-name:edge", images([row, ...others(99)], null))).answer).toEqual({
      reason: "too many images match, or some are not shown; use the task id",
    });
  });

  test.each([
    ["an unfinished import", row, "21"],
    ["a failed import", { ...row, ImageState: "CREATEFAILED", TaskId: 21 }, "21"],
    ["a finished import that still names its task", { ...finished, TaskId: "021" }, "21"],
    ["a finished import", finished, "img-a"],
    ["a finished import without a source", { ...finished, ImageSource: null, TaskId: null }, "img-a"],
  ])("knows %s by one id, however it was found", async (_what, image, nativeId) => {
    expect((await resolved("img-a", images([image]))).answer).toEqual({ nativeId });
    expect((await resolved("image-name:edge", images([image]))).answer).toEqual({ nativeId });
  });

  test.each([
    ["there is no image", images([])],
    ["the cloud says so", errorReply("ResourceNotFound")],
    ["the image was not imported", images([{ ...row, ImageSource: "CREATE_IMAGE" }])],
    ["only a part of the name or id matches", images([{ ...row, ImageId: "img-a1", ImageName: "edge-2" }])],
  ])("finds no task when %s", async (_why, reply) => {
    expect((await resolved("img-a", reply)).answer).toBeUndefined();
    expect((await resolved("image-name:edge", reply)).answer).toBeUndefined();
  });

  test("picks the exact name, whatever the order", async () => {
    const other = { ...row, ImageId: "img-b", ImageName: "edge-2", TaskId: "22" };
    for (const rows of [
      [row, other],
      [other, row],
    ]) {
      expect((await resolved("image-name:edge", images(rows))).answer).toEqual({ nativeId: "21" });
    }
  });

  test("names the choices when several imports have the image name", async () => {
    const rows = Array.from({ length: 6 }, (_, n) => ({ ...row, ImageId: `img-${n}`, TaskId: 21 + n }));
    expect((await resolved("image-name:edge", images([...rows, finished]))).answer).toEqual({
      reason: "ambiguous: 7 imports have this image name; use one of their ids: 21, 22, 23, 24, 25",
    });
  });

  test("takes a repeated row for one import", async () => {
    expect((await resolved("image-name:edge", images([row, row]))).answer).toEqual({ nativeId: "21" });
  });

  test.each([
    [
      "unfinished without a task",
      images([{ ...row, TaskId: null }]),
      "image img-a is unfinished and does not name its task; use the task id",
    ],
    ["of no kind", images([{ ...row, ImageSource: null }]), "image img-a has a task and does not say of which kind"],
    [
      "with a rounded task id",
      images([{ ...row, TaskId: 2 ** 53 }]),
      "the task id of image img-a is no exact row of digits",
    ],
    ["beside an unreadable one", images([row, 7]), "an image's row cannot be read: it is no object"],
    ["on a page that is not all", images([row], 2), "too many images match, or some are not shown; use the task id"],
    ["of a textual total", images([row], "2"), "too many images match, or some are not shown; use the task id"],
    ["missing from its total", images([], 2), "too many images match, or some are not shown; use the task id"],
    [
      "on a full page with a total of fewer",
      images(
        Array.from({ length: 100 }, () => row),
        20,
      ),
      "too many images match, or some are not shown; use the task id",
    ],
    [
      "on a full page without a total",
      images(
        Array.from({ length: 100 }, () => row),
        null,
      ),
      "too many images match, or some are not shown; use the task id",
    ],
    [
      "refused by its value",
      errorReply("InvalidParameterValue"),
      "DescribeImage was refused with InvalidParameterValue: no",
    ],
  ])("gives a reason for an image %s", async (_what, reply, reason) => {
    expect((await resolved("img-a", reply)).answer).toEqual({ reason });
    expect((await resolved("image-name:edge", reply)).answer).toEqual({ reason });
  });

  test("gives a reason when a matching image does not show its name or has a malformed id", async () => {
    expect((await resolved("image-name:edge", images([{ ...row, ImageName: null }]))).answer).toEqual({
      reason: "an image that matches does not show its name; use the task id",
    });
    expect((await resolved("image-name:edge", images([{ ...finished, ImageId: "x y" }]))).answer).toEqual({
      reason: "an image that matches has a malformed id",
    });
  });

  test.each([
    ["AuthFailure.SignatureFailure", "unauthorized"],
    ["RequestLimitExceeded", "throttled"],
    ["InternalError", "unavailable"],
  ])("throws on %s", async (code, kind) => {
    await expect(resolved("img-a", errorReply(code))).rejects.toMatchObject({ kind });
  });

  test.each(unreadableCounts)("throws malformed for the total %s", async (count) => {
    const reply = { body: `{"Response":{"ImageSet":${JSON.stringify([row])},"TotalCount":${count}}}` };
    await expect(resolved("img-a", reply)).rejects.toMatchObject({ kind: "malformed" });
    await expect(resolved("image-name:edge", reply)).rejects.toMatchObject({ kind: "malformed" });
  });

  test("throws malformed for an answer without images", async () => {
    await expect(resolved("img-a", { body: '{"Response":{}}' })).rejects.toMatchObject({ kind: "malformed" });
  });
});
