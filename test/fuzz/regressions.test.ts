import { describe, expect, test } from "vitest";
import type { Observation } from "./observation.ts";
import { createCheck } from "./properties.ts";
import { allSubjects } from "./subjects.ts";

/** Answers that adapters once failed on, as the fuzzer found and shrank them. */

const check = createCheck();
const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
const ecsTask = '"TaskId":"t-1","TaskStatus":"Finished"';
const imageTask = (row: string) => `{"Response":{"ImageTaskSet":[${row}]}}`;
const images = (row: string) => `{"Response":{"ImageSet":[${row}]}}`;

interface Case {
  readonly subject: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function observe({ subject: name, body, headers = {} }: Case): Promise<Observation> {
  const subject = allSubjects().find((one) => one.name === name);
  if (subject === undefined) throw new Error(`there is no ${name}`);
  const answers = [{ status: 200, headers, body }];
  const observation = await subject.observe({ list: answers, detail: answers });
  expect(check(subject, observation)).toEqual([]);
  return observation;
}

test("a token in place of a request id is not shown", async () => {
  const body = '{"Response":{"RequestId":"x-acs-security-token:CAISfake"}}';
  for (const subject of ["tencent-ecm list()", "tencent-ecm get()"]) {
    expect((await observe({ subject, body })).thrown).toMatchObject({ requestId: null });
  }
});

describe("an answer that is no proof of success", () => {
  test.each([
    ["a count of failures that is none", "alibaba-ecs normalizeTaskAttribute()", `{${ecsTask},"FailedCount":"many"}`],
    [
      "a sub-operation one list too deep",
      "alibaba-ecs normalizeTaskAttribute()",
      `{${ecsTask},"OperationProgressSet":[[{"OperationStatus":"Failed"}]]}`,
    ],
    [
      "a status beside the list of sub-operations",
      "alibaba-ecs normalizeTaskAttribute()",
      `{${ecsTask},"OperationProgressSet":{"OperationProgress":[{"OperationStatus":"Success"}],"Other":[{"OperationStatus":"Failed"}]}}`,
    ],
    [
      "a sub-operation in a set of the same name",
      "apsara-route list()",
      `{"TaskSet":{"Task":[{${ecsTask},"OperationProgressSet":{"OperationProgressSet":{"OperationStatus":"Failed"}}}]}}`,
    ],
    [
      "a set that is a text",
      "apsara-route list()",
      `{"TaskSet":{"Task":[{${ecsTask},"OperationProgressSet":"Failed"}]}}`,
    ],
    [
      "an empty object beside a sub-operation that succeeded",
      "apsara-route list()",
      `{"TaskSet":{"Task":[{${ecsTask},"OperationProgressSet":[{},{"OperationStatus":"Success"}]}]}}`,
    ],
    ["letters of another alphabet", "tencent-ecm get()", imageTask('{"State":"\u017fucce\u017f\u017f"}')],
  ])("%s leaves the status unknown", async (_what, subject, body) => {
    const { seen } = await observe({ subject, body });
    expect(seen.map(({ task }) => [task.status, task.done])).toEqual([["unknown", false]]);
  });

  test("Finished is no proof by itself, whatever the action is called", async () => {
    const body = `{"TaskSet":{"Task":[{${ecsTask},"TaskAction":"finished"}]}}`;
    const { seen } = await observe({ subject: "apsara-route list()", body });
    expect(seen.map(({ task }) => task.status)).toEqual(["unknown"]);
  });
});

describe("an answer that nobody can read", () => {
  test.each<[string, Case]>([
    ["a code that cannot become text", { subject: "apsara-route get()", body: '{"code":{"toString":null}}' }],
    ["a code nested without end", { subject: "apsara-route list()", body: `{"resultCode":${deep}}` }],
    ["images nested without end", { subject: "tencent-ecm list()", body: images(deep) }],
    [
      "a date in the last year there is",
      { subject: "alibaba-ecs list()", headers: { date: "+275760-09-13" }, body: '{"Code":"IllegalTimestamp"}' },
    ],
    [
      "a task without an id",
      { subject: "alibaba-ecs normalizeTaskAttribute()", body: '{"TaskId":"","TaskStatus":"Finished"}' },
    ],
    [
      "a row without an id on every page",
      { subject: "apsara-route getMany()", body: '{"TotalCount":2147483648,"TaskSet":{"Task":{"x":1}}}' },
    ],
    [
      "a request id without end",
      { subject: "tencent-ecm list()", body: `{"Response":{"RequestId":"${"r".repeat(9000)}"}}` },
    ],
  ])("%s is a ProviderError", async (_what, one) => {
    const { thrown, seen } = await observe(one);
    expect([thrown, seen]).toMatchObject([{ name: "ProviderError" }, []]);
  });

  test("an image with an odd id and no kind is reported without that id", async () => {
    const { unreadable } = await observe({
      subject: "tencent-ecm readImage()",
      body: images('{"ImageId":"a secret","TaskId":"2"}'),
    });
    expect(unreadable).toEqual([{ nativeId: null, reason: "an image has a task and does not say of which kind" }]);
  });

  test("a time before the year 0 is no time", async () => {
    const body = imageTask('{"State":"PENDING","CreateTime":"0000-01-01 00:00:00"}');
    const { seen } = await observe({ subject: "tencent-ecm get()", body });
    expect(seen.map(({ task }) => task.createdAt)).toEqual([null]);
  });
});

describe("a text that makes careless patterns slow", () => {
  test.each<[string, Case]>([
    [
      "a percent",
      { subject: "alibaba-ecs normalizeTaskAttribute()", body: `{${ecsTask},"TaskProcess":"1${" ".repeat(60_000)}x"}` },
    ],
    [
      "a percent of a row",
      {
        subject: "apsara-route list()",
        body: `{"TaskSet":{"Task":[{${ecsTask},"TaskProcess":"1${" ".repeat(60_000)}x"}]}}`,
      },
    ],
    [
      "an error's message",
      { subject: "tencent-ecm get()", body: `{"Response":{"Error":{"Code":"x","Message":"${"q-".repeat(50_000)}"}}}` },
    ],
  ])("%s is read in no time", async (_what, one) => {
    const before = process.threadCpuUsage();
    await observe(one);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
