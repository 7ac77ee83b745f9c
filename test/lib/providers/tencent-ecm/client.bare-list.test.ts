import { describe, expect, test } from "vitest";
import type { ListQuery, TaskPage } from "../../../../lib/domain/provider.ts";
import { never, noTask, openCloud } from "./cloud.ts";
import type { Answering, Reply } from "./cloud.ts";

/** A list of bare rows: what the cloud's list of images shows, without a call for each task. */
async function bareList(answer: Answering, query: ListQuery = {}) {
  await using cloud = await openCloud(answer);
  const pages: TaskPage[] = [];
  for await (const page of cloud.provider.list({ bare: true, ...query }, never)) pages.push(page);
  const ids = pages.flatMap(({ sightings }) => sightings.map(({ task }) => task.nativeId));
  return { pages, ids, received: cloud.received };
}

function image(number: number, more = {}) {
  return {
    ImageId: `img-${number}`,
    ImageName: `edge-${number}`,
    ImageState: "CREATING",
    ImageSource: "EXTERNAL_IMPORT",
    TaskId: String(number),
    ImageCreateTime: "2020-06-16 15:43:30",
    ...more,
  };
}

const images = (count: number) => Array.from({ length: count }, (_, index) => image(index + 1));

function imageReply(rows: readonly unknown[], TotalCount?: number): Reply {
  return { body: JSON.stringify({ Response: { ImageSet: rows, TotalCount, RequestId: "r-images" } }) };
}

/** A list of images that changes before each of its pages is read. */
function changing(rows: unknown[], { change = () => {}, counts = true }: { change?: () => void; counts?: boolean }) {
  return ({ offset }: { offset: number }): Reply => {
    change();
    return imageReply(rows.slice(offset, offset + 100), counts ? rows.length : undefined);
  };
}

describe("list() of bare rows", () => {
  test("shows unfinished and failed imports by their images alone", async () => {
    const rows = [
      image(1),
      image(2, { ImageState: "IMPORTFAILED" }),
      image(3, { ImageState: "NORMAL", TaskId: "" }),
      image(4, { ImageSource: "" }),
    ];
    const { pages, received } = await bareList(() => imageReply(rows, 4));
    expect(pages.map(({ next, unreadable }) => [next, unreadable])).toEqual([
      [null, [{ nativeId: null, reason: "image img-4 has a task and does not say of which kind" }]],
    ]);
    expect(pages[0]?.sightings).toMatchObject([
      {
        bare: true,
        needsDetail: false,
        task: {
          nativeId: "1",
          status: "unknown",
          nativeStatus: "CREATING",
          createdAt: "2020-06-16T07:43:30.000Z",
          resource: { id: "img-1", name: "edge-1" },
          requestId: "r-images",
        },
      },
      { bare: true, task: { nativeId: "2", nativeStatus: "IMPORTFAILED" } },
    ]);
    expect(received.map(({ body }) => body)).toEqual(['{"Offset":0,"Limit":100}']);
  });

  test("omits only images outside the time window in every time zone", async () => {
    const times = ["2020-06-15 23:59:59", "2020-06-16 00:00:00", "2020-06-18 02:00:00", "2020-06-18 02:00:01", ""];
    const rows = times.map((ImageCreateTime, index) => image(index + 1, { ImageCreateTime }));
    const createdAfter = new Date("2020-06-16T12:00:00Z");
    const createdBefore = new Date("2020-06-17T12:00:00Z");
    const { ids } = await bareList(() => imageReply(rows, rows.length), { createdAfter, createdBefore });
    expect(ids).toEqual(["2", "3", "5"]);
  });

  test("returns one empty page without a call for an action that is no import", async () => {
    const { pages, received } = await bareList(() => noTask, { action: "export-image" });
    expect(pages).toEqual([{ sightings: [], unreadable: [], next: null }]);
    expect(received).toEqual([]);
  });

  test.each([true, false])("reads every page of images, whether the total is shown: %s", async (counts) => {
    for (const count of [0, 1, 3, 99, 100, 101, 195, 196, 350]) {
      const { ids } = await bareList(changing(images(count), { counts }));
      expect(ids).toHaveLength(count);
    }
  });

  test("repeats five images of each page", async () => {
    const { received } = await bareList(changing(images(290), {}));
    expect(received.map(({ offset }) => offset)).toEqual([0, 95, 190]);
  });

  test("goes back to where the pages are connected after deletions, within a list that has become shorter", async () => {
    async function offsetsAfterDeleting(deletions: number, counts = true): Promise<number[]> {
      const rows: unknown[] = images(290);
      let calls = 0;
      const change = () => {
        calls += 1;
        if (calls === 3) rows.splice(0, deletions);
      };
      return (await bareList(changing(rows, { change, counts }))).received.map(({ offset }) => offset);
    }
    expect((await offsetsAfterDeleting(90)).slice(0, 4)).toEqual([0, 95, 190, 95]);
    expect((await offsetsAfterDeleting(170)).slice(0, 4)).toEqual([0, 95, 190, 25]);
    expect((await offsetsAfterDeleting(170, false)).slice(0, 4)).toEqual([0, 95, 190, 95]);
  });

  test("tells images without an id apart by their places", async () => {
    const rows = images(120).map((one) => ({ ...one, ImageId: undefined }));
    const { ids, pages } = await bareList(changing(rows, {}));
    expect(ids.length + pages.flatMap(({ unreadable }) => unreadable).length).toBe(120);
  });

  test("asks for four pages that bring nothing new, and no more", async () => {
    await using cloud = await openCloud(() => imageReply(images(100), 500));
    const listing = async () => {
      for await (const page of cloud.provider.list({ bare: true }, never)) void page;
    };
    await expect(listing()).rejects.toMatchObject({ kind: "malformed" });
    expect(cloud.received).toHaveLength(1 + 4);
  });

  test("reads pages of a cloud that returns fewer than it is asked for", async () => {
    const rows = images(120);
    const { ids } = await bareList(({ offset }) => imageReply(rows.slice(offset, offset + 50), rows.length));
    expect(ids).toHaveLength(120);
  });

  test.each([1, 4, 5, 6, 40, 120])(
    "shows every image that stands throughout when %i others are deleted before each call",
    async (deletions) => {
      const rows: unknown[] = images(600);
      const standing = new Set(rows.slice(450).map((row) => (row as { TaskId: string }).TaskId));
      let calls = 0;
      const change = () => {
        calls += 1;
        if (calls > 1 && rows.length > 150) rows.splice(0, Math.min(deletions, rows.length - 150));
      };
      const { ids } = await bareList(changing(rows, { change }));
      expect([...standing].filter((id) => !ids.includes(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test("shows no task twice when new images move the others", async () => {
    const rows: unknown[] = images(300);
    let number = 1_000;
    const change = () => {
      for (let added = 0; added < 30; added += 1) rows.unshift(image((number += 1)));
    };
    const { ids } = await bareList(changing(rows, { change: () => rows.length < 500 && change() }));
    expect(new Set(ids).size).toBe(ids.length);
    expect(images(300).filter(({ TaskId }) => !ids.includes(TaskId))).toEqual([]);
  });

  test("throws malformed when the list of new images does not end", async () => {
    const endless: Answering = ({ offset }) =>
      imageReply(
        Array.from({ length: 100 }, (_, index) => image(offset + index + 1)),
        1_000_000,
      );
    await expect(bareList(endless)).rejects.toMatchObject({
      kind: "malformed",
      message: "the list of images has more than 10000",
    });
  });

  test.each<[string, Answering]>([
    ["ignores the offset", () => imageReply(images(100), 500)],
    ["ignores the offset and shows no total", () => imageReply(images(100))],
    ["is empty before its total", ({ offset }) => imageReply(offset === 0 ? images(100) : [], 500)],
    ["is always empty with a total", () => imageReply([], 9)],
  ])("throws malformed when the list %s", async (_what, answer) => {
    await expect(bareList(answer)).rejects.toMatchObject({
      kind: "malformed",
      message: expect.stringMatching(
        /^the list of images does not advance: the page at offset \d+ brings nothing new$/,
      ),
    });
  });
});
