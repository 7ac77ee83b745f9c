import type { ListQuery } from "../../domain/provider.ts";
import type { TaskStatus } from "../../domain/task.ts";
import type { Attempt, WireRequest } from "../../transport/call.ts";
import { signXCa } from "../../transport/signing/x-ca.ts";
import type { XCaCredential } from "../../transport/signing/x-ca.ts";
import { endOfMinute, floorToMinute } from "../shared/ecs/time.ts";
import { spellingOf, wordOfAction } from "../shared/ecs/words.ts";

export interface Gateway {
  readonly region: string;
  /** The gateway's URL. Its path is kept and precedes the API's own path. */
  readonly endpoint: URL;
  /** The user that the portal acts on behalf of. */
  readonly userEmail: string;
  /** The gateway's stage. */
  readonly stage: string;
  /** The `version` parameter, sent only if given. The published page shows `2016-01-01`. */
  readonly version?: string | undefined;
}

export type Params = Readonly<Record<string, string>>;

/** A form `POST`. The digest covers the form's parameters, so the request has no Content-MD5. */
export function describeTasksRequest(
  gateway: Gateway,
  params: Params,
  { attempt, credential }: { attempt: Attempt; credential: XCaCredential },
): WireRequest {
  const url = new URL(gateway.endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/apsara/route/Ecs/DescribeTasks`;
  const form = { ...params, ...commonParams(gateway) };
  const accept = "application/json";
  const contentType = "application/x-www-form-urlencoded; charset=UTF-8";
  const signedHeaders = {
    "X-Ca-Key": credential.appKey,
    "X-Ca-Nonce": attempt.nonce,
    "X-Ca-Stage": gateway.stage,
    "X-Ca-Timestamp": String(attempt.nowMs),
  };
  const digest = { method: "POST", path: url.pathname, params: form, accept, contentType, signedHeaders };
  const { headerNames, signature } = signXCa(digest, credential.appSecret);
  return {
    method: "POST",
    url,
    headers: {
      Accept: accept,
      "Content-Type": contentType,
      "User-Agent": "image-tasks",
      ...signedHeaders,
      "X-Ca-Version": "1",
      "X-Ca-Signature-Headers": headerNames,
      "X-Ca-Signature": signature,
      UserEmail: gateway.userEmail,
    },
    body: new URLSearchParams(form).toString(),
  };
}

/** The API requires the region in both spellings. */
function commonParams({ region, version }: Gateway): Params {
  return { RegionId: region, regionId: region, ...(version === undefined ? {} : { version }) };
}

/** The words that the gateway documents as filters. It may refuse any other. */
const actionWords = ["ImportImage", "ExportImage"];
const statusWords = ["Finished", "Processing", "Pending", "Deleted", "Paused"];

/**
 * The filters that the API supports. Times are widened to whole minutes, the resolution of the responses. The API
 * cannot filter by resource or image name.
 */
export function filterParams(query: ListQuery): Params {
  const { createdAfter, createdBefore, action, status } = query;
  const params = {
    StartTime: createdAfter && floorToMinute(createdAfter),
    EndTime: createdBefore && endOfMinute(createdBefore),
    TaskAction: spellingOf(query.nativeAction, actionWords) ?? wordOfAction(action),
    TaskStatus: spellingOf(query.nativeStatus, statusWords) ?? (status && wordOfStatus(status)),
  };
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) if (value !== undefined) given[name] = value;
  return given;
}

/**
 * The word to filter by, if it matches every task of this status. The caller drops other tasks that it matches. A
 * canceled task is `Deleted` according to the page, but responses with `Canceled` are read the same.
 */
function wordOfStatus(status: TaskStatus): string | undefined {
  switch (status) {
    case "running":
      return "Processing";
    case "succeeded":
      return "Finished";
    case "paused":
      return "Paused";
    default:
      return undefined;
  }
}
