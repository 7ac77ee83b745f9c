import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { AlibabaCredential } from "./alibaba-ecs-auth.ts";
import { type SandboxClouds, startSandboxClouds } from "./clouds.ts";
import type { RecordedRequest } from "./exchange.ts";
import type { Json } from "./signed-calls.ts";
import type { TencentCredential } from "./tencent-auth.ts";
import { createTestClock } from "./test-clock.ts";

/** The sandbox accepts what the official Python clients really sent, byte for byte. */

interface Recording<Credential> {
  readonly task: { readonly nativeId: string; readonly action: string; readonly imageName?: string };
  readonly credentials: Readonly<Record<"key" | "token", Credential>>;
  readonly requests: readonly RecordedCall[];
}

interface RecordedCall {
  readonly case: string;
  readonly client: string;
  readonly credential: "key" | "token";
  readonly sentAtMs: number;
  readonly request: string;
}

const ecs = recording<AlibabaCredential>("alibaba-ecs");
const ecm = recording<TencentCredential>("tencent-ecm");
const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;

let clouds: SandboxClouds | undefined;
afterEach(() => clouds?.stop());

function recording<Credential>(cloud: string): Recording<Credential> {
  const url = new URL(`../fixtures/official-clients/${cloud}-python.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Recording<Credential>;
}

interface Replay {
  /** Changes the request after it was signed. */
  readonly alter?: (request: string) => string;
  readonly lateByMs?: number;
}

async function replayEcs(call: RecordedCall, { alter, lateByMs = 0 }: Replay = {}): Promise<Json> {
  const clock = createTestClock(call.sentAtMs);
  const credentials = { alibabaEcs: ecs.credentials[call.credential] };
  clouds = await startSandboxClouds({ clock, credentials, otherHosts: hostsOf(call) });
  clouds.tasks.addTask({ cloud: "alibaba-ecs", ...ecs.task, plan });
  clock.advance(lateByMs);
  return send(clouds.alibabaEcs.url, altered(call.request, alter));
}

async function replayEcm(call: RecordedCall, { alter, lateByMs = 0 }: Replay = {}): Promise<Json> {
  const clock = createTestClock(call.sentAtMs);
  const credentials = { tencentEcm: ecm.credentials[call.credential] };
  clouds = await startSandboxClouds({ clock, credentials, otherHosts: hostsOf(call) });
  clouds.tasks.addTask({ cloud: "tencent-ecm", ...ecm.task, plan });
  clock.advance(lateByMs);
  return (await send(clouds.tencentEcm.url, altered(call.request, alter)))["Response"] ?? {};
}

function hostsOf({ request }: RecordedCall): readonly string[] {
  return [...request.matchAll(/^host: (\S+)/gim)].map(([, host = ""]) => host);
}

function altered(request: string, alter: Replay["alter"]): string {
  const changed = alter?.(request) ?? request;
  if (alter !== undefined && changed === request) throw new Error("The request was not altered.");
  return changed;
}

/** The same request in forms that a client or a proxy may give it. No signature covers them. */
const framings: readonly [string, (request: string) => string][] = [
  ["header names in capitals", (request) => withHeaders(request, (line) => line.replace(/^[^:]+/, upperCase))],
  ["headers in reverse", (request) => withHeaders(request, (line) => line, "reversed")],
  [
    "a forwarding proxy's headers",
    (request) => request.replace("\r\n", "\r\nX-Forwarded-For: 10.0.0.1\r\nVia: 1.1 x\r\n"),
  ],
  ["a chunked body", chunked],
];

function upperCase(text: string): string {
  return text.toUpperCase();
}

function withHeaders(request: string, change: (line: string) => string, order?: "reversed"): string {
  const { first, lines, body } = partsOf(request);
  const changed = lines.map(change);
  return [first, ...(order === "reversed" ? changed.toReversed() : changed), "", body].join("\r\n");
}

function chunked(request: string): string {
  const { first, lines, body } = partsOf(request);
  const kept = lines.filter((line) => !/^content-length:/i.test(line));
  const chunks = [...(body === "" ? [] : [Buffer.byteLength(body).toString(16), body]), "0", "", ""];
  return [first, ...kept, "Transfer-Encoding: chunked", "", ...chunks].join("\r\n");
}

function partsOf(request: string) {
  const [head = "", body = ""] = request.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  return { first, lines, body };
}

/** Sends exactly these bytes, and reads the JSON of the response. */
function send(url: string, request: string): Promise<Json> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(request, "utf8")));
    socket.on("error", reject);
    socket.on("data", (data) => {
      received += data.toString("utf8");
      const [head = "", body = ""] = received.split("\r\n\r\n");
      if (Buffer.byteLength(body) < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Infinity)) return;
      socket.destroy();
      resolve(JSON.parse(body) as Json);
    });
  });
}

function expectNoSecrets(requests: readonly RecordedRequest[] | undefined, credential: object): void {
  const recorded = JSON.stringify(requests);
  expect(recorded).toContain('"status":200');
  expect(recorded).not.toContain('"Signature"');
  for (const secret of Object.values(credential)) expect(recorded).not.toContain(JSON.stringify(secret));
}

function titles(calls: readonly RecordedCall[]): [string, RecordedCall][] {
  return calls.map((call) => [`${call.client}, ${call.case}, ${call.credential}`, call]);
}

describe.each(titles(ecs.requests))("%s", (_title, call) => {
  test("lists a task of ECS", async () => {
    expect(await replayEcs(call)).toMatchObject({
      TotalCount: 1,
      TaskSet: { Task: [{ TaskId: ecs.task.nativeId, TaskStatus: "Processing" }] },
    });
    expectNoSecrets(clouds?.alibabaEcs.requests, ecs.credentials[call.credential]);
  });

  test.each(framings)("lists a task of ECS with %s", async (_framing, alter) => {
    expect(await replayEcs(call, { alter })).toMatchObject({ TotalCount: 1 });
  });

  test("is rejected with another region, or 16 minutes late", async () => {
    const elsewhere = await replayEcs(call, { alter: (request) => request.replace("cn-hangzhou", "cn-shanghai") });
    expect(elsewhere["Code"]).toBe("SignatureDoesNotMatch");
    await clouds?.stop();
    expect((await replayEcs(call, { lateByMs: 960_000 }))["Code"]).toBe("InvalidTimeStamp.Expired");
  });
});

describe.each(titles(ecm.requests))("%s", (_title, call) => {
  const unsignedBody = call.case.includes("POST") && call.case.includes("unsigned payload");

  test("gets a task of ECM", async () => {
    const row = { ImageName: ecm.task.imageName };
    expect(await replayEcm(call)).toMatchObject({
      TotalCount: 1,
      ...(call.request.includes("DescribeImage") ? { ImageSet: [row] } : { ImageTaskSet: [row] }),
    });
    const requests = clouds?.tencentEcm.requests ?? [];
    expect(requests).toMatchObject([{ note: `signed as ${call.case.includes("TC3") ? "exact" : "v1"}` }]);
    expectNoSecrets(requests, ecm.credentials[call.credential]);
  });

  test.each(framings)("gets a task of ECM with %s", async (_framing, alter) => {
    expect(await replayEcm(call, { alter })).toMatchObject({ TotalCount: 1 });
  });

  test(unsignedBody ? "may change its body" : "is rejected with another filter", async () => {
    const alter = (request: string) => request.replace(/task-id|image-name/, (name) => name.toUpperCase());
    const code = unsignedBody ? "InvalidParameterValue.InvalidFilter" : "AuthFailure.SignatureFailure";
    expect((await replayEcm(call, { alter }))["Error"]?.["Code"]).toBe(code);
  });

  test("is rejected 6 minutes late", async () => {
    const response = await replayEcm(call, { lateByMs: 360_000 });
    expect(response["Error"]?.["Code"]).toBe("AuthFailure.SignatureExpire");
  });
});

describe("the recordings", () => {
  test("cover synchronous and asynchronous calls with GET and POST and each signature", () => {
    const methods = ["synchronous", "asynchronous"];
    const tencent = methods.flatMap((mode) =>
      ["POST", "GET"].flatMap((method) =>
        ["TC3-HMAC-SHA256", "TC3-HMAC-SHA256 unsigned payload", "HmacSHA256", "HmacSHA1"].map(
          (signature) => `${mode} ${method} ${signature}`,
        ),
      ),
    );
    const alibaba = methods.flatMap((mode) =>
      ["POST V3", "GET V3", "form V3", "JSON V3", "bytes V3", "POST V1", "GET V1", "form V1"].map(
        (form) => `${mode} ${form}`,
      ),
    );
    expect(new Set(ecm.requests.map((call) => call.case))).toEqual(new Set(tencent));
    expect(new Set(ecs.requests.map((call) => call.case))).toEqual(new Set(alibaba));
    expect(ecm.requests.length + ecs.requests.length).toBe(70);
  });
});
