import { createProvider } from "../../../../lib/providers/create-provider.ts";
import { createTencentEcm } from "../../../../lib/providers/tencent-ecm/client.ts";
import type { TencentEcmOptions } from "../../../../lib/providers/tencent-ecm/client.ts";
import { tencentEcm } from "../../../../lib/providers/tencent-ecm/descriptor.ts";
import { createCaller } from "../../../../lib/transport/caller.ts";
import { createTransport } from "../../../../lib/transport/node-transport.ts";
import type { Tc3Credential } from "../../../../lib/transport/signing/tc3.ts";
import { bodyOf, listenHttp } from "../../../fakes/loopback-server.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly path: string;
  readonly body: string;
  readonly action: string;
  /** The only filter of a DescribeCustomImageTask call, as `name=value`. */
  readonly filter: string;
  readonly offset: number;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** The cloud's answer; `undefined` for none until the client disconnects. */
export type Answering = (received: Received) => Reply | undefined | Promise<Reply | undefined>;

export const never = new AbortController().signal;

/** A cloud on loopback and a provider for it, at 2020-06-16T08:00:00Z. Waits of up to 5 s are skipped. */
export async function openCloud(
  answer: Answering,
  changes: Partial<TencentEcmOptions> & { token?: string; maxTries?: number } = {},
) {
  const { token, maxTries = 1, ...options } = changes;
  const received: Received[] = [];
  const hungUp: string[] = [];
  const fresh: boolean[] = [];
  const clock = createManualClock(Date.UTC(2020, 5, 16, 8), { autoAdvance: true, autoAdvanceUpToMs: 5_000 });
  const server = await listenHttp(async (request, response) => {
    const body = await bodyOf(request);
    const params: { Filters?: { Name: string; Values: string[] }[]; Offset?: number } = JSON.parse(body);
    const filter = (params.Filters ?? []).map(({ Name, Values }) => `${Name}=${Values.join()}`).join("&");
    const action = String(request.headers["x-tc-action"]);
    const one = { headers: request.headers, path: request.url ?? "", body, action, filter, offset: params.Offset ?? 0 };
    received.push(one);
    response.on("close", () => response.writableFinished || hungUp.push(filter));
    const reply = await answer(one);
    if (reply === undefined) return;
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(reply.body);
  });
  const call = createCaller({
    transport: createTransport({ connectTimeoutMs: 2_000, answerTimeoutMs: 5_000, maxBodyBytes: 1_000_000 }),
    clock,
    random: { next: () => 0.5, nonce: () => "n" },
    rate: { perSecond: 1_000, burst: 1_000 },
    deadlineMs: 60_000,
    maxTries,
  });
  async function credential(asked: { fresh: boolean }): Promise<Tc3Credential> {
    fresh.push(asked.fresh);
    return { secretId: "AKIDtest", secretKey: "key", token };
  }
  const client = createTencentEcm(
    { endpoint: server.url, timeZone: "+08:00", ...options },
    { call, credential, clock },
  );
  const target = { connection: "edge", provider: tencentEcm.name, region: "global" };
  const provider = createProvider(client, { ...tencentEcm, target, clockSkewMs: call.clockSkewMs });
  return { provider, received, hungUp, fresh, url: server.url, [Symbol.asyncDispose]: () => server.close() };
}

/** An answer with one task in this state. */
export function taskReply(State: string, ImageName = "ecmtest"): Reply {
  const row = { State, Message: "", ImageName, CreateTime: "2020-06-16 15:43:30" };
  return { body: JSON.stringify({ Response: { ImageTaskSet: [row], TotalCount: 1, RequestId: `r-${State}` } }) };
}

export const noTask: Reply = { body: '{"Response":{"ImageTaskSet":null,"TotalCount":0,"RequestId":"r-none"}}' };

export function errorReply(Code: string): Reply {
  return { body: JSON.stringify({ Response: { Error: { Code, Message: "no" }, RequestId: "r-error" } }) };
}

/** JSON in the place of a count. With any of them, a page may be only a part. */
export const unreadableCounts = ["-1", '"9x"', "1.5", '"-1"', '"many"', "true", "{}", "[2]", "1e300"];
