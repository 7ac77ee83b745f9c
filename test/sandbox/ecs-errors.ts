import type { ImitatedError } from "./exchange.ts";

/**
 * Errors of the ECS API with their documented statuses.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetasks
 */

export interface EcsProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const documented = {
  CancelTaskFailed: [403, "An error occurred while canceling the task."],
  "Forbidden.RAM": [403, "User not authorized to operate on the specified resource, or this API doesn't support RAM."],
  IncompleteSignature: [400, "The request signature does not conform to Aliyun standards."],
  InternalError: [500, "The request processing has failed due to some unknown error."],
  InvalidAction: [403, "The specified action is not valid."],
  "InvalidAccessKeyId.NotFound": [404, "Specified access key is not found."],
  InvalidParameter: [400, "A specified parameter is not valid."],
  "InvalidRegionId.NotFound": [400, "The specified RegionId does not exist."],
  "InvalidSecurityToken.Expired": [400, "Specified SecurityToken is expired."],
  "InvalidSecurityToken.MismatchWithAccessKey": [400, "Specified SecurityToken mismatch with the AccessKey."],
  "InvalidTaskId.IncorrectTaskStatus": [403, "The current status of the task does not support this operation."],
  "InvalidTaskId.NotFound": [400, 'The specified "TaskId" is not found.'],
  "InvalidTaskId.TaskActionNotSupport": [403, "The task action does not support this operation."],
  "InvalidTimeStamp.Expired": [400, "Specified time stamp or date value is expired."],
  "InvalidTimeStamp.Format": [400, "Specified time stamp or date value is not well formatted."],
  InvalidVersion: [400, "Specified parameter Version is not valid."],
  MissingSecurityToken: [400, "SecurityToken is mandatory for this action."],
  ServiceUnavailable: [503, "The request has failed due to a temporary failure of the server."],
  SignatureDoesNotMatch: [400, "Specified signature is not matched with our calculation."],
  SignatureNonceUsed: [400, "Specified signature nonce was used already."],
  "Throttling.User": [400, "Request was denied due to user flow control."],
} as const satisfies Record<string, readonly [number, string]>;

export type EcsCode = keyof typeof documented;

export function ecsProblem(code: EcsCode, message?: string): EcsProblem {
  const [status, text] = documented[code];
  return { status, code, message: message ?? text };
}

/** A documented code keeps its status and message. Any other has status 400, as most ECS errors have. */
export function imitatedEcsProblem(error: ImitatedError): EcsProblem {
  const known = isDocumented(error.code) ? ecsProblem(error.code) : { status: 400, message: "The request failed." };
  return { ...known, ...error };
}

function isDocumented(code: string): code is EcsCode {
  return Object.hasOwn(documented, code);
}

export function missingParameter(name: string): EcsProblem {
  const message = `An input parameter "${name}" that is mandatory for processing the request is not supplied.`;
  return { status: 400, code: "MissingParameter", message };
}

export function isProblem(value: object): value is EcsProblem {
  return "code" in value && "status" in value && "message" in value;
}
