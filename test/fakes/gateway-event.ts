import type { APIGatewayProxyEventV2, Context } from "aws-lambda";

/** An event as API Gateway sends it to a function behind an HTTP API, payload version 2.0. */
export function eventOf(wanted: Partial<APIGatewayProxyEventV2>): APIGatewayProxyEventV2 {
  const now = { time: "31/Jan/2026:12:00:00 +0000", timeEpoch: 1_769_860_800_000 };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/tasks",
    rawQueryString: "",
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method: "GET", path: "/tasks", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "request",
      routeKey: "$default",
      stage: "$default",
      ...now,
    },
    ...wanted,
  };
}

/** A path, or a part of one, as HTTP APIs pass it on. @see https://github.com/middleapi/standard-server/pull/93 */
export function decodedAndCut(path: string): string {
  try {
    return decodeURIComponent(path).split("?")[0] ?? "";
  } catch {
    return path;
  }
}

/** The part of the invocation context that the functions read. */
export function invocation(leftMs = 29_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "image-tasks-test",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:image-tasks-test",
    memoryLimitInMB: "512",
    awsRequestId: "request",
    logGroupName: "/aws/lambda/image-tasks-test",
    logStreamName: "test",
    getRemainingTimeInMillis: () => leftMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
