import { describe, expect, test } from "vitest";
import type { ListQuery, Provider, TaskPage } from "../../../../lib/domain/provider.ts";
import { errorReply, never, noTask, openCloud, taskReply, unreadableCounts } from "./cloud.ts";
import type { Reply } from "./cloud.ts";
import { fixture } from "./fixture.ts";

async function pagesOf(provider: Provider, query: ListQuery = {}): Promise<TaskPage[]> {
  const pages: TaskPage[] = [];
  for await (const page of provider.list(query, never)) pages.push(page);
  return pages;
}

function nativeIdsOf(pages: readonly TaskPage[]): string[] {
  return pages.flatMap(({ sightings }) => sightings.map(({ task }) => task.nativeId));
}

/** An image that the task with the same number is importing. */
function image(number: number, ImageCreateTime = "2020-06-16 15:43:30") {
  const TaskId = String(number);
  return {
    ImageId: `img-${number}`,
    ImageName: `edge-${number}`,
    ImageState: "CREATING",
    ImageSource: "EXTERNAL_IMPORT",
    TaskId,
    ImageCreateTime,
  };
}

function imageReply(rows: readonly unknown[], TotalCount?: number): Reply {
  return { body: JSON.stringify({ Response: { ImageSet: rows, TotalCount, RequestId: "r-images" } }) };
}

describe("list() after a hostile Date", () => {
  const expired = (date: string): Reply => ({ ...errorReply("AuthFailure.SignatureExpire"), headers: { date } });

  test.each(["Sat, 13 Sep 275760 00:00:00 GMT", "Thu, 31 Dec 2100 23:59:59 GMT", "now", ""])(
    "lists again once the cloud is honest: %j",
    async (date) => {
      let hostile = true;
      await using cloud = await openCloud(() => (hostile ? expired(date) : imageReply([], 0)), { maxTries: 2 });
      const refused = { name: "ProviderError", kind: "unauthorized", code: "AuthFailure.SignatureExpire" };
      await expect(pagesOf(cloud.provider)).rejects.toMatchObject(refused);
      hostile = false;
      expect(await pagesOf(cloud.provider)).toEqual([{ sightings: [], unreadable: [], next: null }]);
    },
  );
});

describe("list() without ids", () => {
  test("throws malformed when the list of images does not end", async () => {
    await using cloud = await openCloud(({ action, offset }) => {
      if (action !== "DescribeImage") return noTask;
      const rows = Array.from({ length: 100 }, (_, index) => ({ ...image(offset + index + 1), TaskId: "" }));
      return imageReply(rows, 1_000_000);
    });
    await expect(pagesOf(cloud.provider)).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images has more than 10000",
    });
  });

  test("finds the imports in the list of images and reads each task", async () => {
    await using cloud = await openCloud(({ action, filter }) => {
      if (action === "DescribeImage") return { body: fixture("images-mixed.json") };
      return filter === "task-id=23" ? { body: fixture("task-failed.json") } : taskReply("PROCESSING");
    });
    const [page, ...others] = await pagesOf(cloud.provider);
    expect(others).toEqual([]);
    expect(page?.next).toBeNull();
    expect(page?.sightings.map(({ task }) => [task.nativeId, task.status, task.resource])).toEqual([
      ["21", "running", { type: "image", id: "img-c1p90f6q", name: "ecmtest" }],
      ["23", "failed", { type: "image", id: "img-failed01", name: "ecmtest" }],
    ]);
    expect(page?.sightings[1]?.task.error?.message).toBe("image format qcow2 does not match the declared format raw");
    expect(page?.unreadable).toEqual([
      { nativeId: null, reason: "image img-sourceless has a task and does not say of which kind" },
      { nativeId: null, reason: "an image's row cannot be read: it is no object" },
    ]);
    expect(cloud.received.map(({ body }) => body)).toEqual([
      '{"Offset":0,"Limit":100}',
      '{"Filters":[{"Name":"task-id","Values":["21"]}]}',
      '{"Filters":[{"Name":"task-id","Values":["23"]}]}',
    ]);
    expect(cloud.received[0]?.headers).not.toHaveProperty("x-tc-region");
  });

  test("lists only confirmed open tasks when asked for open ones, and does not look up failed images", async () => {
    await using cloud = await openCloud(({ action, filter }) => {
      const failed = { ...image(2), ImageState: "IMPORTFAILED" };
      if (action === "DescribeImage") return imageReply([image(1, "2019-01-01 00:00:00"), failed, image(3)], 3);
      return filter === "task-id=1" ? taskReply("PROCESSING") : noTask;
    });
    const pages = await pagesOf(cloud.provider, { openOnly: true });
    expect(nativeIdsOf(pages)).toEqual(["1"]);
    expect(cloud.received.map(({ filter }) => filter)).toEqual(["", "task-id=1", "task-id=3"]);
  });

  test("reports a task unknown to the task API under the image's own state", async () => {
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage" ? imageReply([image(21)], 1) : noTask,
    );
    const [page] = await pagesOf(cloud.provider);
    expect(page?.sightings).toMatchObject([
      {
        needsDetail: false,
        task: {
          id: "edge:global:21",
          status: "unknown",
          nativeStatus: "CREATING",
          done: false,
          resource: { type: "image", id: "img-21", name: "edge-21" },
          createdAt: "2020-06-16T07:43:30.000Z",
          // The cloud's words are the image's, not the task's.
          nativeTimes: { createdAt: null },
          requestId: "r-images",
        },
      },
    ]);
  });

  test("reports an ambiguous task alongside the others", async () => {
    await using cloud = await openCloud(({ action, filter }) => {
      if (action === "DescribeImage") return imageReply([image(21), image(22)], 2);
      return filter === "task-id=21" ? { body: fixture("tasks-two.json") } : taskReply("PENDING");
    });
    const [page] = await pagesOf(cloud.provider);
    expect(nativeIdsOf(page ? [page] : [])).toEqual(["22"]);
    expect(page?.unreadable).toEqual([{ nativeId: "21", reason: "ambiguous: 2 tasks answer to task-id 21" }]);
  });

  test("reports an import whose task id is too large to be exact and requests no rounded id", async () => {
    await using cloud = await openCloud(() => ({ body: fixture("images-large-task-id.json") }));
    const [page] = await pagesOf(cloud.provider);
    expect(page?.sightings).toEqual([]);
    expect(page?.unreadable).toEqual([
      { nativeId: null, reason: "the task id of image img-large001 is no exact row of digits" },
    ]);
    expect(cloud.received).toHaveLength(1);
  });

  test("uses the image's name when the task's row has none", async () => {
    const row = { State: "PENDING" };
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage"
        ? imageReply([image(21)], 1)
        : { body: JSON.stringify({ Response: { ImageTaskSet: [row], TotalCount: 1 } }) },
    );
    const [page] = await pagesOf(cloud.provider);
    expect(page?.sightings[0]?.task.resource).toEqual({ type: "image", id: "img-21", name: "edge-21" });
  });

  test("throws when a task cannot be read", async () => {
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage" ? imageReply([image(21)], 1) : errorReply("InternalError"),
    );
    await expect(pagesOf(cloud.provider)).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("the pages of list()", () => {
  const images = Array.from({ length: 5 }, (_, index) => image(index + 1));

  async function openPaged(total: number | undefined) {
    return await openCloud(({ action, offset, body }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      const { Limit }: { Limit: number } = JSON.parse(body);
      return imageReply(images.slice(offset, offset + Limit), total);
    });
  }

  test("end when the total is reached", async () => {
    await using cloud = await openPaged(5);
    const pages = await pagesOf(cloud.provider, { pageSize: 2 });
    expect(pages.map(({ next }) => next)).toEqual(["2", "4", null]);
    expect(nativeIdsOf(pages)).toEqual(["1", "2", "3", "4", "5"]);
    expect(cloud.received.filter(({ action }) => action === "DescribeImage").map(({ offset }) => offset)).toEqual([
      0, 2, 4,
    ]);
  });

  test("end with an empty page when there is no total", async () => {
    await using cloud = await openPaged(undefined);
    const pages = await pagesOf(cloud.provider, { pageSize: 3 });
    expect(pages.map(({ next }) => next)).toEqual(["3", "5", null]);
    expect(nativeIdsOf(pages)).toEqual(["1", "2", "3", "4", "5"]);
  });

  test.each([
    [0, 1],
    [1, 1],
    [100, 100],
    [500, 100],
  ])("hold for a page size of %d at most %d images", async (pageSize, Limit) => {
    await using cloud = await openCloud(() => imageReply([], 0));
    await pagesOf(cloud.provider, { pageSize });
    expect(cloud.received.map(({ body }) => body)).toEqual([`{"Offset":0,"Limit":${Limit}}`]);
  });

  test.each([{}, { TotalCount: null }, { TotalCount: "" }, { TotalCount: 1 }])(
    "end with an empty page when the total is %j",
    async (total) => {
      await using cloud = await openCloud(({ action, offset }) => {
        if (action !== "DescribeImage") return taskReply("PENDING");
        return { body: JSON.stringify({ Response: { ImageSet: images.slice(offset, offset + 3), ...total } }) };
      });
      const pages = await pagesOf(cloud.provider, { pageSize: 3 });
      expect(pages.map(({ next }) => next)).toEqual(["3", "5", null]);
    },
  );

  test.each([5, "5", "05"])("end with the page that completes the total %j", async (TotalCount) => {
    await using cloud = await openCloud(({ action, offset }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return { body: JSON.stringify({ Response: { ImageSet: images.slice(offset, offset + 3), TotalCount } }) };
    });
    const pages = await pagesOf(cloud.provider, { pageSize: 3 });
    expect(pages.map(({ next }) => next)).toEqual(["3", null]);
  });

  test.each(unreadableCounts)("throw malformed for the total %s", async (TotalCount) => {
    await using cloud = await openCloud(({ action }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return { body: `{"Response":{"ImageSet":${JSON.stringify([image(1)])},"TotalCount":${TotalCount}}}` };
    });
    const message = "DescribeImage was answered with a TotalCount that is not a count";
    for (const query of [{}, { openOnly: true }, { resourceIds: ["img-1"] }, { imageName: "edge-1" }]) {
      await expect(pagesOf(cloud.provider, query)).rejects.toMatchObject({ kind: "malformed", message });
    }
  });

  test.each([2, "2"])("throw malformed when no page completes the total %j", async (TotalCount) => {
    await using cloud = await openCloud(({ action, offset }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return { body: JSON.stringify({ Response: { ImageSet: offset === 0 ? [image(1)] : [], TotalCount } }) };
    });
    await expect(pagesOf(cloud.provider)).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images does not advance: the page at offset 1 is empty of 2",
    });
  });

  test.each([2, "2"])("report a named image when only one of the total %j is shown", async (TotalCount) => {
    await using cloud = await openCloud(({ action }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return { body: JSON.stringify({ Response: { ImageSet: [image(1)], TotalCount } }) };
    });
    const reason = "too many images match, or some are not shown; use the task id";
    for (const query of [{ resourceIds: ["img-1"] }, { imageName: "edge-1" }]) {
      const unreadable = [{ nativeId: null, reason }];
      expect(await pagesOf(cloud.provider, query)).toEqual([{ sightings: [], unreadable, next: null }]);
    }
  });

  test("end with an empty page after a single unreadable row", async () => {
    await using cloud = await openCloud(({ offset }) => imageReply(offset === 0 ? [7] : []));
    expect((await pagesOf(cloud.provider)).map(({ next }) => next)).toEqual(["1", null]);
  });

  test("throw malformed when a page of rows without a name is repeated", async () => {
    await using cloud = await openCloud(() => imageReply([7, {}], 9));
    const pages: TaskPage[] = [];
    const reading = (async () => {
      for await (const page of cloud.provider.list({}, never)) pages.push(page);
    })();
    await expect(reading).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images does not advance: the page at offset 2 repeats the page before",
    });
    expect(pages.map(({ unreadable }) => unreadable.length)).toEqual([2]);
  });

  test("show no task twice when a new image shifts the others", async () => {
    await using cloud = await openCloud(({ action, offset }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return offset === 0 ? imageReply([image(1), image(2)], 3) : imageReply([image(2), image(3)], 4);
    });
    expect(nativeIdsOf(await pagesOf(cloud.provider))).toEqual(["1", "2", "3"]);
  });

  test("throw malformed when the server keeps repeating a page", async () => {
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage" ? imageReply(images) : taskReply("PENDING"),
    );
    await expect(pagesOf(cloud.provider)).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images does not advance: the page at offset 5 repeats the page before",
    });
  });

  test("throw malformed when a page is empty before the total is reached", async () => {
    await using cloud = await openCloud(({ action, offset }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return imageReply(offset === 0 ? images : [], 9);
    });
    await expect(pagesOf(cloud.provider)).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images does not advance: the page at offset 5 is empty of 9",
    });
  });

  test("throw malformed when the answer has no list of images", async () => {
    for (const rest of ["", ',"TotalCount":1', ',"ImageSet":"none","TotalCount":0']) {
      await using cloud = await openCloud(() => ({ body: `{"Response":{"RequestId":"r-1"${rest}}}` }));
      await expect(pagesOf(cloud.provider)).rejects.toMatchObject({
        kind: "malformed",
        message: "DescribeImage was answered without a list of images",
        requestId: "r-1",
      });
    }
  });

  test("are one empty page when there are no images", async () => {
    for (const none of ['"ImageSet":null,"TotalCount":0', '"ImageSet":null', '"TotalCount":0']) {
      await using cloud = await openCloud(() => ({ body: `{"Response":{${none},"RequestId":"r-1"}}` }));
      expect(await pagesOf(cloud.provider)).toEqual([{ sightings: [], unreadable: [], next: null }]);
    }
  });
});

describe("list() with filters", () => {
  test("omits only tasks outside the time window in every time zone", async () => {
    const rows = [
      image(1, "2020-06-15 23:59:59"),
      image(2, "2020-06-16 00:00:00"),
      image(3, "2020-06-18 02:00:00"),
      image(4, "2020-06-18 02:00:01"),
      image(5, ""),
    ];
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage" ? imageReply(rows, rows.length) : taskReply("PENDING"),
    );
    const createdAfter = new Date("2020-06-16T12:00:00Z");
    const createdBefore = new Date("2020-06-17T12:00:00Z");
    expect(nativeIdsOf(await pagesOf(cloud.provider, { createdAfter, createdBefore }))).toEqual(["2", "3", "5"]);
    expect(cloud.received).toHaveLength(4);
  });

  test("omits an unreadable row outside the time window but not one that may be inside", async () => {
    const rows = ["2020-06-01 00:00:00", "2020-06-17 00:00:00"].map((time, index) => ({
      ...image(index + 1, time),
      ImageSource: "",
    }));
    await using cloud = await openCloud(() => imageReply([...rows, null], 3));
    const [page] = await pagesOf(cloud.provider, { createdAfter: new Date("2020-06-16T12:00:00Z") });
    expect(page?.unreadable.map(({ reason }) => reason)).toEqual([
      "image img-2 has a task and does not say of which kind",
      "an image's row cannot be read: it is no object",
    ]);
  });

  test("filters by image id when resources are requested and ignores those of other clouds", async () => {
    await using cloud = await openCloud(({ action, filter }) => {
      if (action !== "DescribeImage") return taskReply("PENDING", "");
      return filter === "image-id=img-1" ? imageReply([image(1)], 1) : imageReply([], 0);
    });
    const pages = await pagesOf(cloud.provider, {
      resourceIds: ["img-1", "img-b", "img-A", "m-bp1abc", "21", "image-name:x"],
    });
    expect(pages.map(({ next, unreadable }) => [next, unreadable])).toEqual([[null, []]]);
    expect(pages[0]?.sightings.map(({ task }) => [task.nativeId, task.resource])).toEqual([
      ["1", { type: "image", id: "img-1", name: "edge-1" }],
    ]);
    expect(cloud.received.map(({ filter }) => filter).toSorted()).toEqual([
      "image-id=img-1",
      "image-id=img-b",
      "task-id=1",
    ]);
  });

  test("filters by exact image name and returns each import under its one id", async () => {
    const named = (number: number, more = {}) => ({ ...image(number), ImageName: "edge", ...more });
    const rows = [named(1), named(2, { ImageState: "NORMAL", TaskId: "" }), image(3)];
    await using cloud = await openCloud(({ action, filter }) => {
      if (action === "DescribeImage") return imageReply(rows, 3);
      return taskReply(filter === "task-id=1" ? "PENDING" : "SUCCESS", "edge");
    });
    const [page] = await pagesOf(cloud.provider, { imageName: "edge" });
    expect(page?.sightings.map(({ task }) => [task.nativeId, task.status, task.resource?.id])).toEqual([
      ["1", "pending", "img-1"],
      ["img-2", "succeeded", "img-2"],
    ]);
    expect(cloud.received.map(({ filter }) => filter)).toEqual(["image-name=edge", "task-id=1", "image-id=img-2"]);
    expect(cloud.received[0]?.body).toBe(
      '{"Filters":[{"Name":"image-name","Values":["edge"]}],"Offset":0,"Limit":100}',
    );
  });

  test("reports an image whose import cannot be told, alongside the others", async () => {
    await using cloud = await openCloud(({ action, filter }) => {
      if (action !== "DescribeImage") return taskReply("PENDING");
      return imageReply([filter === "image-id=img-1" ? image(1) : { ...image(2), TaskId: "" }], 1);
    });
    const [page] = await pagesOf(cloud.provider, { resourceIds: ["img-1", "img-2"] });
    expect(page?.sightings.map(({ task }) => task.nativeId)).toEqual(["1"]);
    expect(page?.unreadable).toEqual([
      { nativeId: null, reason: "image img-2 is unfinished and does not name its task; use the task id" },
    ]);
  });

  test("shows an unfinished import by image name that the task API does not know, but no finished one", async () => {
    const rows = [image(1), { ...image(2), ImageName: "edge-1", ImageState: "NORMAL", TaskId: "" }];
    await using cloud = await openCloud(({ action }) => (action === "DescribeImage" ? imageReply(rows, 2) : noTask));
    const [page] = await pagesOf(cloud.provider, { imageName: "edge-1" });
    expect(page?.sightings.map(({ task }) => [task.nativeId, task.nativeStatus])).toEqual([["1", "CREATING"]]);
  });

  test.each([
    { action: "export-image" },
    { action: "other" },
    { nativeAction: "ImportImage" },
    { resourceIds: ["m-bp1abc"] },
    { resourceIds: [] },
    { imageName: "x".repeat(61) },
  ] as const)("returns one empty page without a call when the query is %j", async (query) => {
    await using cloud = await openCloud(() => noTask);
    expect(await pagesOf(cloud.provider, query)).toEqual([{ sightings: [], unreadable: [], next: null }]);
    expect(cloud.received).toEqual([]);
  });

  test("accepts the action import-image, which it lists anyway", async () => {
    await using cloud = await openCloud(({ action }) =>
      action === "DescribeImage" ? imageReply([image(21)], 1) : taskReply("PENDING"),
    );
    for (const nativeAction of ["ImportCustomImage", "importcustomimage", "IMPORT_CUSTOM_IMAGE"]) {
      const query = { action: "import-image", nativeAction } as const;
      expect(nativeIdsOf(await pagesOf(cloud.provider, query))).toEqual(["21"]);
    }
  });
});
