import type { ListQuery } from "../../domain/provider.ts";
import type { TaskStatus } from "../../domain/task.ts";
import type { Attempt, WireRequest } from "../../transport/call.ts";
import { signXCa } from "../../transport/signing/x-ca.ts";
import type { XCaCredential } from "../../transport/signing/x-ca.ts";
import { ceilToMinute, floorToMinute } from "../shared/ecs/time.ts";
import { wordOfAction } from "../shared/ecs/words.ts";

export interface Gateway {
  readonly region: string;
  /** Where the gateway is; a path is kept and comes before the API's own. */
  readonly endpoint: URL;
  /** Whom the portal acts for. */
  readonly userEmail: string;
  /** The gateway's stage. */
  readonly stage: string;
  /** The parameter `version`, sent only when given; the published page shows `2016-01-01`. */
  readonly version?: string | undefined;
}

export type Params = Readonly<Record<string, string>>;

/** A `POST` of a form; the digest covers its parameters, so it has no Content-MD5. */
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

/** The API requires the region twice, once in each spelling. */
function commonParams({ region, version }: Gateway): Params {
  return { RegionId: region, regionId: region, ...(version === undefined ? {} : { version }) };
}

/**
 * What the API can filter. Times are widened to whole minutes, the resolution of the answers; resources and image names
 * are no filters of this API.
 */
export function filterParams(query: ListQuery): Params {
  const { createdAfter, createdBefore, action, status } = query;
  const params = {
    StartTime: createdAfter && floorToMinute(createdAfter),
    EndTime: createdBefore && ceilToMinute(createdBefore),
    TaskAction: query.nativeAction ?? (action && wordOfAction(action)),
    TaskStatus: query.nativeStatus ?? (status && wordOfStatus(status)),
  };
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) if (value !== undefined) given[name] = value;
  return given;
}

/** The word to filter by, only where it leaves out no task of that status; the caller drops what it adds. */
function wordOfStatus(status: TaskStatus): string | undefined {
  switch (status) {
    case "running":
      return "Processing";
    case "succeeded":
      return "Finished";
    case "paused":
      return "Paused";
    case "canceled":
      return "Deleted";
    default:
      return undefined;
  }
}
