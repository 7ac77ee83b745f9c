import type { Clock } from "../../domain/clock.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { CloudClient, ListQuery, NativeTask, Rows, TaskPage } from "../../domain/provider.ts";
import type { Caller, CredentialSource, ProviderCall } from "../../transport/call.ts";
import { type Acs3Credential, canonicalQuery, signAcs3 } from "../../transport/signing/acs3.ts";
import { mostDetailBytes } from "../shared/answer-size.ts";
import { findTasks } from "../shared/ecs/find-tasks.ts";
import { nativeIdProblem } from "../shared/ecs/native-id.ts";
import type { ReadContext } from "../shared/ecs/task.ts";
import { kindOfAction } from "../shared/ecs/words.ts";
import { largestPage, pageSizeOf, walkPages } from "../shared/numbered-pages.ts";
import type { NumberedPage } from "../shared/numbered-pages.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { regionalEndpoint } from "./endpoint.ts";
import { listParameters } from "./list-parameters.ts";
import { normalizeTaskAttribute, normalizeTaskList } from "./normalize.ts";

export interface AlibabaEcsOptions {
  readonly region: string;
  /** Replaces the regional host: for regions with a special host, a private link, or a sandbox. */
  readonly endpoint?: URL | undefined;
}

export interface AlibabaEcsDependencies {
  readonly call: Caller;
  readonly credential: CredentialSource<Acs3Credential>;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Image tasks of Alibaba Cloud ECS (API version 2014-05-26) in one region. Throws `RangeError` if there is no endpoint
 * and the region cannot be part of a host name.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetasks
 */
export function createAlibabaEcs(options: AlibabaEcsOptions, deps: AlibabaEcsDependencies): CloudClient {
  const api = { region: options.region, endpoint: options.endpoint ?? regionalEndpoint(options.region), deps };
  return {
    nativeIdProblem,
    discovers: ({ nativeAction }) => kindOfAction(nativeAction).discovered,
    list: (query, signal) => list(api, query, signal),
    getMany: (nativeIds, signal) => getMany(api, nativeIds, signal),
    get: (nativeId, signal, row) => get(api, nativeId, { signal, row }),
    cancel: (nativeId, signal) => cancel(api, nativeId, signal),
  };
}

interface EcsApi {
  readonly region: string;
  readonly endpoint: URL;
  readonly deps: AlibabaEcsDependencies;
}

async function* list(api: EcsApi, query: ListQuery, signal: AbortSignal): AsyncGenerator<TaskPage<NativeTask>> {
  const parameters = listParameters(query);
  const pageSize = pageSizeOf(query);
  const fetchPage = (page: number) =>
    describeTasks(api, { ...parameters, PageNumber: String(page), PageSize: String(pageSize) }, signal);
  yield* walkPages({ api: "DescribeTasks", pageSize, fetchPage });
}

function getMany(api: EcsApi, nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<NativeTask>> {
  return findTasks(nativeIds, (TaskIds, page) => {
    // Set the page size: the default page holds only ten tasks, even if a hundred ids are requested.
    const parameters = { TaskIds, PageSize: String(largestPage) };
    return describeTasks(api, page === 1 ? parameters : { ...parameters, PageNumber: String(page) }, signal);
  });
}

async function get(
  api: EcsApi,
  nativeId: string,
  { signal, row: shown }: { readonly signal: AbortSignal; readonly row: NativeTask | undefined },
): Promise<NativeTask | undefined> {
  if (nativeIdProblem(nativeId) !== undefined) return undefined;
  const detailed = await describeTaskAttribute(api, nativeId, signal);
  // Only the row names the resource. Tasks whose action has no attributes appear only as rows.
  const row = shown ?? (await getMany(api, [nativeId], signal)).sightings[0]?.task;
  return detailed === undefined ? row : { ...detailed, resource: row?.resource ?? null };
}

async function cancel(api: EcsApi, nativeId: string, signal: AbortSignal): Promise<void> {
  const problem = nativeIdProblem(nativeId);
  if (problem !== undefined) throw new ProviderError("bad-request", problem);
  const call = { api: "CancelTask", safeToRepeat: false, parameters: { TaskId: nativeId }, read: () => undefined };
  await api.deps.call(ecsCall(api, { ...call, maxAnswerBytes: mostDetailBytes }), signal);
}

type PageParameters = Readonly<Record<string, string>> & { readonly PageSize: string };

function describeTasks(api: EcsApi, parameters: PageParameters, signal: AbortSignal): Promise<NumberedPage> {
  const mostRows = Number(parameters.PageSize);
  const read = (answer: Answer) => normalizeTaskList(answer.payload, { ...contextOf(api, answer), mostRows });
  return api.deps.call(ecsCall(api, { api: "DescribeTasks", safeToRepeat: true, parameters, read }), signal);
}

async function describeTaskAttribute(
  api: EcsApi,
  nativeId: string,
  signal: AbortSignal,
): Promise<NativeTask | undefined> {
  const read = (answer: Answer): NativeTask => {
    const task = normalizeTaskAttribute(answer.payload, contextOf(api, answer));
    if (task.nativeId === nativeId) return task;
    const { requestId } = answer;
    throw new ProviderError("malformed", "DescribeTaskAttribute: the answer is about another task", { requestId });
  };
  const call = { api: "DescribeTaskAttribute", safeToRepeat: true, parameters: { TaskId: nativeId }, read };
  try {
    return await api.deps.call(ecsCall(api, { ...call, maxAnswerBytes: mostDetailBytes }), signal);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "not-found") return undefined;
    throw error;
  }
}

interface EcsCall<Result> {
  readonly api: string;
  readonly safeToRepeat: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  /** Default: the transport's limit, which fits a page. */
  readonly maxAnswerBytes?: number;
  read(answer: Answer): Result;
}

/** A POST with an empty body. ECS expects every parameter in the query. */
function ecsCall<Result>({ endpoint, region, deps }: EcsApi, call: EcsCall<Result>): ProviderCall<Result> {
  const query = { RegionId: region, ...call.parameters };
  const url = new URL(`/?${canonicalQuery(query)}`, endpoint);
  return {
    api: call.api,
    safeToRepeat: call.safeToRepeat,
    async sign({ nowMs, nonce, ...attempt }) {
      const credential = await deps.credential({ fresh: attempt.freshCredential, call: attempt.call });
      const request = { method: "POST", host: url.host, action: call.api, version: "2014-05-26", query } as const;
      // Without this header, errors come as XML.
      const headers = { accept: "application/json" };
      const signed = signAcs3({ ...request, headers, body: "" }, { credential, nowMs, nonce });
      const { maxAnswerBytes } = call;
      return { method: "POST", url, headers: signed, body: "", ...(maxAnswerBytes && { maxAnswerBytes }) };
    },
    read: (response) => call.read(readAnswer(response, { api: call.api, nowMs: deps.clock.now() })),
  };
}

function contextOf({ deps }: EcsApi, { requestId }: Answer): ReadContext {
  return { observedAt: new Date(deps.clock.now()).toISOString(), requestId };
}
