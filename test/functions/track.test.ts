import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskDetail } from "../../lib/domain/timeline.ts";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

let api: Harness;
beforeAll(async () => {
  api = await startHarness();
}, 30_000);
afterAll(() => api.stop());

async function ledgerIds(): Promise<string[]> {
  return (await api.list("source=ledger")).body.tasks.map(({ id }) => id);
}

describe("POST /tasks and DELETE /tasks/{id}", () => {
  test("track a task once, return its labels, and stop tracking it", async () => {
    api.addTask({ cloud: "tencent-ecm", nativeId: "51" });
    const wanted = { connection: "edge", nativeId: "51", labels: { team: "sre" } };
    const first = await api.track(wanted);
    expect([first.status, first.headers["location"]]).toEqual([201, "/tasks/edge:global:51"]);
    expect(first.body).toMatchObject({ id: "edge:global:51", status: "running", labels: { team: "sre" } });
    const second = await api.track({ ...wanted, region: "global" });
    expect([second.status, second.body]).toEqual([200, first.body]);
    expect((await api.get("edge:global:51")).body).toMatchObject({ labels: { team: "sre" } });
    expect(await ledgerIds()).toEqual(["edge:global:51"]);
    const gone = await api.untrack("edge:global:51");
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect(await ledgerIds()).toEqual([]);
    expect((await api.untrack("edge:global:51")).status).toBe(404);
    expect((await api.track(wanted)).status).toBe(201);
  });

  test("know one import by one id, whether it is tracked by task id, image id, or image name", async () => {
    const { imageId } = api.addTask({ cloud: "tencent-ecm", nativeId: "61", imageName: "edge", runningMs: 60_000 });
    api.addTask({ cloud: "tencent-ecm", nativeId: "62", imageName: "edge-2" });
    const ids = ["061", imageId, "image-name:edge", "61"];
    const answers = [];
    for (const nativeId of ids)
      answers.push(await api.track({ connection: "edge", nativeId, labels: { by: nativeId } }));
    expect(answers.map(({ status, headers, body }) => [status, headers["location"], body.id, body.labels])).toEqual(
      ids.map((by, index) => [index === 0 ? 201 : 200, "/tasks/edge:global:61", "edge:global:61", { by }]),
    );
    for (const nativeId of ids) expect((await api.get(`edge:global:${nativeId}`)).body.id).toBe("edge:global:61");
    api.clock.advance(60_000);
    await api.sweep();
    await api.sweep();
    const subjects = (await api.events()).map(({ detail }) => detail.data.task.id);
    expect(subjects.filter((id) => id.startsWith("edge:"))).toEqual(["edge:global:61"]);
    expect((await api.untrack("edge:global:061")).status).toBe(204);
    expect(await ledgerIds()).not.toContain("edge:global:61");
  });

  test("know a finished import by its image id, and refuse a name that several images have", async () => {
    const done = { cloud: "tencent-ecm", imageName: "done", runningMs: 1 } as const;
    const { imageId } = api.addTask({ ...done, nativeId: "71" });
    api.clock.advance(1000);
    const byName = await api.track({ connection: "edge", nativeId: "image-name:done" });
    expect([byName.status, byName.body.id, byName.body.status]).toEqual([201, `edge:global:${imageId}`, "succeeded"]);
    api.addTask({ ...done, nativeId: "72", runningMs: 60_000 });
    const both = await api.track<ProblemBody>({ connection: "edge", nativeId: "image-name:done" });
    expect([both.status, both.body.errors]).toEqual([
      422,
      [{ field: "/nativeId", detail: expect.stringContaining("ambiguous: 2 imports have this image name") }],
    ]);
    expect((await api.untrack("edge:global:image-name:none")).status).toBe(404);
  });

  test("track a task once when ten requests arrive concurrently", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-ten" });
    const wanted = { connection: "aliyun", region: "cn-hangzhou", nativeId: "t-ten" };
    const asks = Array.from({ length: 10 }, (_, index) => api.track({ ...wanted, labels: { by: String(index) } }));
    const answers = await Promise.all(asks);
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
    const { labels } = (await api.get("aliyun:cn-hangzhou:t-ten")).body;
    const given = answers.map(({ body }) => body.labels);
    expect(given).toContainEqual(labels);
    expect(Object.keys(labels)).toEqual(["by"]);
  });

  test("carry labels with the names of JavaScript's own members through the ledger, a filter, and the event", async () => {
    api.addTask({ cloud: "tencent-ecm", nativeId: "181", runningMs: 60_000 });
    const labels = { constructor: "a", toString: "b", hasOwnProperty: "c", "日本 🙂": '"' };
    const tracked = await api.track({ connection: "edge", nativeId: "181", labels });
    expect([tracked.status, tracked.body.labels]).toEqual([201, labels]);
    expect((await api.get("edge:global:181")).body.labels).toEqual(labels);
    const found = await api.list("label=constructor%3Da&label=toString%3Db");
    expect(found.body.tasks.map(({ id }) => id)).toEqual(["edge:global:181"]);
    api.clock.advance(60_000);
    await api.sweep();
    const events = (await api.events()).filter(({ detail }) => detail.data.task.id === "edge:global:181");
    expect(events).toMatchObject([{ detail: { data: { task: { labels } } } }]);
  });

  test("refuse a label named __proto__, in a body and in a filter", async () => {
    const body = '{"connection":"edge","nativeId":"51","labels":{"__proto__":"x"}}';
    const tracked = await api.track<ProblemBody>(undefined, { body });
    expect([tracked.status, tracked.body.errors]).toEqual([
      422,
      [{ field: "", detail: "has a member named __proto__, or one named constructor with a prototype" }],
    ]);
    const found = await api.list<ProblemBody>("label=__proto__%3Dx");
    expect([found.status, found.body.errors?.map(({ field }) => field)]).toEqual([400, ["label"]]);
  });

  test("refuse text that is not Unicode, wherever it is", async () => {
    const body = '{"connection":"edge","nativeId":"51","labels":{"team":"\\ud800"}}';
    expect((await api.track<ProblemBody>(undefined, { body })).body.errors).toMatchObject([{ field: "/labels/team" }]);
    const bytes = Buffer.from('{"connection":"edge","nativeId":"51","labels":{"team":"\xff"}}', "latin1");
    const latin1 = await api.track<ProblemBody>(undefined, { body: bytes.toString("base64"), isBase64Encoded: true });
    expect([latin1.status, latin1.body.type]).toEqual([400, "urn:image-tasks:problem:invalid-json"]);
    for (const search of ["label=team%3D%ED%A0%80", "label=team%3D\ud800", "label=team%3D%ff"]) {
      const { status, body: problem } = await api.list<ProblemBody>(search);
      expect([status, problem.errors]).toEqual([400, [{ field: "label", detail: "is not text in UTF-8" }]]);
    }
  });

  test("accept ids as long as documented, and no longer ones in any call", async () => {
    const longest = `img-${"a".repeat(196)}`;
    expect((await api.track({ connection: "edge", nativeId: longest })).status).toBe(201);
    expect((await api.untrack(`edge:global:${longest}`)).status).toBe(204);
    const longer = `${longest}a`;
    const field = (answer: { status: number; body: ProblemBody }) => [answer.status, answer.body.errors?.[0]?.field];
    expect(field(await api.track<ProblemBody>({ connection: "edge", nativeId: longer }))).toEqual([422, "/nativeId"]);
    expect(field(await api.get<ProblemBody>(`edge:global:${longer}`))).toEqual([400, "id"]);
    expect(field(await api.cancel<ProblemBody>(`edge:global:${"img-".padEnd(7000, "a")}`))).toEqual([400, "id"]);
    expect(field(await api.untrack(`edge:global:${"img-".padEnd(7000, "a")}`))).toEqual([400, "id"]);
    expect(field(await api.list<ProblemBody>(`connection=edge&nativeId=${longer}`))).toEqual([400, "nativeId"]);
    const ecs = { connection: "aliyun", region: "cn-hangzhou" };
    expect((await api.track({ ...ecs, nativeId: "t".repeat(128) })).status).toBe(201);
    expect(field(await api.track<ProblemBody>({ ...ecs, nativeId: "t".repeat(129) }))).toEqual([422, "/nativeId"]);
  });

  test("replace the labels of a task, find it by them, and remove them", async () => {
    const target = { connection: "aliyun", region: "cn-hangzhou" };
    const track = (nativeId: string, labels?: Record<string, string>) => api.track({ ...target, nativeId, labels });
    const found = async (...labels: string[]) => {
      const search = labels.map((label) => `label=${encodeURIComponent(label)}`).join("&");
      return (await api.list(search)).body.tasks.map(({ nativeId }) => nativeId).toSorted();
    };
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-l1", runningMs: 60_000 });
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-l2" });
    expect((await track("t-l1", { build: "1742", team: "sre" })).status).toBe(201);
    await track("t-l2", { build: "1742" });
    expect(await found("build=1742")).toEqual(["t-l1", "t-l2"]);
    expect(await found("build=1742", "team=sre")).toEqual(["t-l1"]);
    expect(await found("build=174")).toEqual([]);
    const live = (await api.list("connection=aliyun&nativeId=t-l1")).body.tasks;
    expect(live.map(({ labels }) => labels)).toEqual([{ build: "1742", team: "sre" }]);

    const kept = await track("t-l1");
    expect([kept.status, kept.body.labels]).toEqual([200, { build: "1742", team: "sre" }]);
    const replaced = await track("t-l1", { build: "1743" });
    expect([replaced.status, replaced.body.labels]).toEqual([200, { build: "1743" }]);
    expect([await found("build=1742"), await found("build=1743")]).toEqual([["t-l2"], ["t-l1"]]);
    api.clock.advance(60_000);
    await api.sweep();
    const told = (await api.events()).filter(({ detail }) => detail.data.task.id === "aliyun:cn-hangzhou:t-l1");
    expect(told).toMatchObject([{ detail: { data: { task: { labels: { build: "1743" } } } } }]);

    expect((await api.untrack("aliyun:cn-hangzhou:t-l1")).status).toBe(204);
    expect(await found("build=1743")).toEqual([]);
    const after = await api.get<TaskDetail>("aliyun:cn-hangzhou:t-l1");
    expect([after.body.status, after.body.labels]).toEqual(["succeeded", {}]);
    expect(after.body.timeline.map(({ status }) => status)).toEqual(["running", "succeeded"]);
    expect((await track("t-l1")).body.labels).toEqual({});
  });

  test("publish an event for a task that ended before it was tracked", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-old", runningMs: 1 });
    api.clock.advance(1000);
    expect((await api.track({ connection: "aliyun", region: "cn-hangzhou", nativeId: "t-old" })).status).toBe(201);
    await api.sweep();
    const completed = (await api.events()).filter(({ detail }) => detail.data.task.id === "aliyun:cn-hangzhou:t-old");
    expect(completed.map((event) => event["detail-type"])).toEqual(["Image Task Completed"]);
  });

  test("track a task that its cloud does not show yet, until it is untracked", async () => {
    const wanted = { connection: "aliyun", region: "cn-hangzhou", nativeId: "t-none" };
    expect((await api.untrack("aliyun:cn-hangzhou:t-none")).status).toBe(404);
    const first = await api.track({ ...wanted, labels: { team: "sre" } });
    expect([first.status, first.headers["location"]]).toEqual([201, "/tasks/aliyun:cn-hangzhou:t-none"]);
    expect(first.body).toMatchObject({ status: "pending", done: false, createdAt: null, labels: { team: "sre" } });
    expect(first.body.statusReason).toBe("the cloud has not shown this task yet");
    const second = await api.track(wanted);
    expect([second.status, second.body]).toEqual([200, first.body]);
    const { status, body, headers } = await api.get("aliyun:cn-hangzhou:t-none");
    expect([status, body.statusReason, headers["task-status"]]).toEqual([200, first.body.statusReason, "pending"]);
    expect((await api.cancel("aliyun:cn-hangzhou:t-none")).status).toBe(409);
    await api.sweep();
    expect(await ledgerIds()).toContain("aliyun:cn-hangzhou:t-none");
    expect((await api.untrack("aliyun:cn-hangzhou:t-none")).status).toBe(204);
    expect((await api.untrack("aliyun:cn-hangzhou:t-none")).status).toBe(404);
  });

  test("complete a task that was tracked before its cloud showed it", async () => {
    const createdAtMs = api.clock.now() + 60_000;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-late", createdAtMs, runningMs: 1 });
    await api.track({ connection: "aliyun", region: "cn-hangzhou", nativeId: "t-late", labels: { build: "7" } });
    await api.sweep();
    api.clock.advance(61_000);
    expect((await api.get("aliyun:cn-hangzhou:t-late")).body).toMatchObject({
      status: "succeeded",
      labels: { build: "7" },
    });
    await api.sweep();
    const told = (await api.events()).filter(({ detail }) => detail.data.task.id === "aliyun:cn-hangzhou:t-late");
    expect(told).toMatchObject([
      { "detail-type": "Image Task Completed", detail: { data: { task: { labels: { build: "7" } } } } },
    ]);
  });

  test.each(["image id", "image name"])(
    "know an import by its task id that was tracked by %s before ECM showed it",
    async (form) => {
      const imageName = form === "image id" ? "late-a" : "late-b";
      const nativeId = form === "image id" ? "81" : "82";
      const createdAtMs = api.clock.now() + 60_000;
      const { imageId } = api.addTask({ cloud: "tencent-ecm", nativeId, imageName, createdAtMs, runningMs: 60_000 });
      const given = form === "image id" ? imageId : `image-name:${imageName}`;
      const early = await api.track({ connection: "edge", nativeId: given, labels: { build: "8" } });
      expect([early.status, early.body.id, early.body.status]).toEqual([201, `edge:global:${given}`, "pending"]);
      await api.sweep();
      expect((await api.get(`edge:global:${given}`)).body.status).toBe("pending");
      api.clock.advance(61_000);
      expect((await api.get(`edge:global:${given}`)).body).toMatchObject({
        id: `edge:global:${nativeId}`,
        status: "running",
      });
      await api.sweep();
      expect(await ledgerIds()).not.toContain(`edge:global:${given}`);
      const again = await api.track({ connection: "edge", nativeId: given });
      expect([again.status, again.body.id, again.body.labels]).toEqual([
        200,
        `edge:global:${nativeId}`,
        { build: "8" },
      ]);
      api.clock.advance(60_000);
      await api.sweep();
      await api.sweep();
      expect((await api.get(`edge:global:${given}`)).body).toMatchObject({ nativeId, status: "succeeded" });
      // An image name may be that of a later import by now, but an image id is not.
      if (form === "image id") {
        expect((await api.track({ connection: "edge", nativeId: given })).body.id).toBe(`edge:global:${nativeId}`);
      }
      await api.sweep();
      const told = (await api.events()).filter(({ detail }) =>
        [nativeId, given].some((one) => detail.data.task.id === `edge:global:${one}`),
      );
      expect(told.map((event) => [event["detail-type"], event.detail.data.task.id])).toEqual([
        ["Image Task Completed", `edge:global:${nativeId}`],
      ]);
    },
  );

  test.each([
    ["{", {}, 400, "invalid-json"],
    ["", {}, 400, "invalid-json"],
    ["{}", { headers: { "content-type": "text/plain" } }, 415, "unsupported-media-type"],
    ["{}", { headers: {} }, 415, "unsupported-media-type"],
    [JSON.stringify("x".repeat(64 * 1024)), {}, 413, "body-too-large"],
    ["[]", {}, 422, "invalid-body"],
    ["{}", { rawQueryString: "dryRun=true" }, 400, "invalid-parameters"],
  ])("answer the body %.20s with %j: %i %s", async (body, wanted, status, type) => {
    const answer = await api.track<ProblemBody>(undefined, { body, ...wanted });
    expect([answer.status, answer.body.type]).toEqual([status, `urn:image-tasks:problem:${type}`]);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  });

  test("name every invalid, unknown, and missing field", async () => {
    const { body, status } = await api.track<ProblemBody>({ nativeId: 51, label: {}, labels: { team: 1 } });
    expect([status, body.errors?.map(({ field }) => field).toSorted()]).toEqual([
      422,
      ["/connection", "/label", "/labels/team", "/nativeId"],
    ]);
  });

  test("answer a body of 64 KB that is wrong everywhere with at most 16 KB", async () => {
    const fields = Array.from({ length: 7000 }, (_, index) => [index.toString(36), 0] as const);
    const unknown = await api.track<ProblemBody>(Object.fromEntries(fields));
    expect(Buffer.byteLength(unknown.text)).toBeLessThan(16 * 1024);
    const { errors = [], omittedErrors = 0 } = unknown.body;
    // Each field, and the two that are missing.
    expect([unknown.status, errors.length + omittedErrors]).toEqual([422, 7002]);
    const labels = Object.fromEntries(Array.from({ length: 800 }, (_, n) => [`${n}${"語".repeat(20)}`, n]));
    const wrong = await api.track<ProblemBody>({ connection: "edge", nativeId: "1", labels });
    expect([wrong.status, Buffer.byteLength(wrong.text) < 16 * 1024]).toEqual([422, true]);
    const long = await api.track<ProblemBody>({ connection: "語".repeat(20_000), nativeId: '"'.repeat(2000) });
    expect([long.status, Buffer.byteLength(long.text) < 16 * 1024]).toEqual([422, true]);
  });

  test("list the available connections, regions, and id formats", async () => {
    const track = async (body: unknown) => (await api.track<ProblemBody>(body)).body;
    expect(await track({ connection: "nope", nativeId: "1" })).toMatchObject({
      status: 404,
      detail: 'No connection is named "nope"; configured: aliyun, stack, edge',
    });
    expect(await track({ connection: "aliyun", nativeId: "t-1" })).toMatchObject({
      status: 422,
      errors: [{ field: "/region", detail: expect.stringContaining("cn-hangzhou, cn-beijing") }],
    });
    expect(await track({ connection: "aliyun", region: "us-west-1", nativeId: "t-1" })).toMatchObject({
      status: 404,
      detail: expect.stringContaining("it has cn-hangzhou, cn-beijing"),
    });
    expect(await track({ connection: "edge", nativeId: "a,b" })).toMatchObject({
      status: 422,
      errors: [{ field: "/nativeId", detail: expect.stringContaining("task id from 1 to 18446744073709551615") }],
    });
  });
});
