/* oxlint-disable max-lines */
/** Made by `npm run client-types` out of the contract. Do not change it by hand. */

export interface paths {
  "/tasks": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List tasks
     * @description One page of the tasks of every target that the filters name. Filters that are arrays may be repeated; any of their values may match. A target that does not answer is an entry in `errors` and hides no other.
     */
    get: operations["listTasks"];
    put?: never;
    /**
     * Follow a task
     * @description Follows a task that the sweep cannot find by itself, and keeps labels with it. Asked again it answers 200 and changes nothing, so that a lost answer can be asked for again.
     */
    post: operations["trackTask"];
    delete?: never;
    options?: never;
    /**
     * List tasks, headers only
     * @description Answers as GET does, without a body.
     */
    head: operations["headTasks"];
    patch?: never;
    trace?: never;
  };
  "/tasks/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a task
     * @description The task with all the detail there is, and its history. With `wait` it answers as soon as the task is done; `Retry-After` on a task that is not done says when it is worth asking again.
     */
    get: operations["getTask"];
    put?: never;
    post?: never;
    /**
     * Stop following a task
     * @description Its changes make no event from now on, also when the sweep finds it again. Asked again it answers 204.
     */
    delete: operations["untrackTask"];
    options?: never;
    /**
     * Get a task, headers only
     * @description Answers as GET does, without a body.
     */
    head: operations["headTask"];
    patch?: never;
    trace?: never;
  };
  "/tasks/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancel a task
     * @description Asks the provider to cancel the task. Asked again it answers 202 while the task is canceling and 409 when it has ended, each with the task's present state.
     */
    post: operations["cancelTask"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/connections": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Show the connections
     * @description Each target, what its provider can do, and how its last sweep went.
     */
    get: operations["getConnections"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    /**
     * Show the connections, headers only
     * @description Answers as GET does, without a body.
     */
    head: operations["headConnections"];
    patch?: never;
    trace?: never;
  };
  "/health": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Ask whether all is well
     * @description Asks the ledger once and no provider.
     */
    get: operations["getHealth"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    /**
     * Ask whether all is well, headers only
     * @description Answers as GET does, without a body.
     */
    head: operations["headHealth"];
    patch?: never;
    trace?: never;
  };
  "/openapi.json": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get this document
     * @description The contract as OpenAPI 3.1.
     */
    get: operations["getOpenApi"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    /**
     * Get this document, headers only
     * @description Answers as GET does, without a body.
     */
    head: operations["headOpenApi"];
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description One long-running image operation on one cloud. */
    Task: {
      /** @description `<connection>:<region>:<nativeId>` */
      id: string;
      connection: string;
      /** @enum {string} */
      provider: "alibaba-ecs" | "apsara-route" | "tencent-ecm";
      /** @description `global` where a provider has no regions. */
      region: string;
      /** @description The provider's own id. */
      nativeId: string;
      /** @enum {string} */
      action: "import-image" | "export-image" | "other";
      /** @description The provider's own word for the action. */
      nativeAction: string;
      status: components["schemas"]["TaskStatus"];
      /** @description The provider's own word for the status. */
      nativeStatus: string;
      /** @description True when `status` never changes again. */
      done: boolean;
      /** @description True when a failed task succeeded in part. */
      partial: boolean;
      progress: components["schemas"]["Progress"];
      resource: {
        /** @enum {string} */
        type: "image" | "disk" | "instance" | "other";
        id: string | null;
        name: string | null;
      } | null;
      /** @description Only when `status` is `failed`; `null` there when the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `null`: the provider does not say. */
      cancelable: boolean | null;
      /** Format: date-time */
      createdAt: string | null;
      /** Format: date-time */
      finishedAt: string | null;
      /** @description True: it was seen to end; the provider gave no time. */
      finishedAtObserved: boolean;
      /** @description Times as the provider wrote them. */
      nativeTimes: {
        createdAt: string | null;
        finishedAt: string | null;
        /** @description True when the provider gave no time zone and the connection's `timeZone` was used. */
        zoneAssumed: boolean;
      };
      /**
       * Format: date-time
       * @description When the state shown here was first observed.
       */
      observedAt: string;
      /** @description The provider's id of the request that showed this state. */
      requestId: string | null;
      /** @description As given with `POST /tasks`. */
      labels: {
        [key: string]: string;
      };
    };
    /** @description A task with its history. */
    TaskDetail: {
      /** @description `<connection>:<region>:<nativeId>` */
      id: string;
      connection: string;
      /** @enum {string} */
      provider: "alibaba-ecs" | "apsara-route" | "tencent-ecm";
      /** @description `global` where a provider has no regions. */
      region: string;
      /** @description The provider's own id. */
      nativeId: string;
      /** @enum {string} */
      action: "import-image" | "export-image" | "other";
      /** @description The provider's own word for the action. */
      nativeAction: string;
      status: components["schemas"]["TaskStatus"];
      /** @description The provider's own word for the status. */
      nativeStatus: string;
      /** @description True when `status` never changes again. */
      done: boolean;
      /** @description True when a failed task succeeded in part. */
      partial: boolean;
      progress: components["schemas"]["Progress"];
      resource: {
        /** @enum {string} */
        type: "image" | "disk" | "instance" | "other";
        id: string | null;
        name: string | null;
      } | null;
      /** @description Only when `status` is `failed`; `null` there when the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `null`: the provider does not say. */
      cancelable: boolean | null;
      /** Format: date-time */
      createdAt: string | null;
      /** Format: date-time */
      finishedAt: string | null;
      /** @description True: it was seen to end; the provider gave no time. */
      finishedAtObserved: boolean;
      /** @description Times as the provider wrote them. */
      nativeTimes: {
        createdAt: string | null;
        finishedAt: string | null;
        /** @description True when the provider gave no time zone and the connection's `timeZone` was used. */
        zoneAssumed: boolean;
      };
      /**
       * Format: date-time
       * @description When the state shown here was first observed.
       */
      observedAt: string;
      /** @description The provider's id of the request that showed this state. */
      requestId: string | null;
      /** @description As given with `POST /tasks`. */
      labels: {
        [key: string]: string;
      };
      /** @description Oldest first: the first entry and the last 49. Empty for a task that is not recorded. */
      timeline: components["schemas"]["TimelineEntry"][];
    };
    /** @description A task as a list shows it. */
    ListedTask: {
      /** @description `<connection>:<region>:<nativeId>` */
      id: string;
      connection: string;
      /** @enum {string} */
      provider: "alibaba-ecs" | "apsara-route" | "tencent-ecm";
      /** @description `global` where a provider has no regions. */
      region: string;
      /** @description The provider's own id. */
      nativeId: string;
      /** @enum {string} */
      action: "import-image" | "export-image" | "other";
      /** @description The provider's own word for the action. */
      nativeAction: string;
      status: components["schemas"]["TaskStatus"];
      /** @description The provider's own word for the status. */
      nativeStatus: string;
      /** @description True when `status` never changes again. */
      done: boolean;
      /** @description True when a failed task succeeded in part. */
      partial: boolean;
      progress: components["schemas"]["Progress"];
      resource: {
        /** @enum {string} */
        type: "image" | "disk" | "instance" | "other";
        id: string | null;
        name: string | null;
      } | null;
      /** @description Only when `status` is `failed`; `null` there when the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `null`: the provider does not say. */
      cancelable: boolean | null;
      /** Format: date-time */
      createdAt: string | null;
      /** Format: date-time */
      finishedAt: string | null;
      /** @description True: it was seen to end; the provider gave no time. */
      finishedAtObserved: boolean;
      /** @description Times as the provider wrote them. */
      nativeTimes: {
        createdAt: string | null;
        finishedAt: string | null;
        /** @description True when the provider gave no time zone and the connection's `timeZone` was used. */
        zoneAssumed: boolean;
      };
      /**
       * Format: date-time
       * @description When the state shown here was first observed.
       */
      observedAt: string;
      /** @description The provider's id of the request that showed this state. */
      requestId: string | null;
      /** @description As given with `POST /tasks`. */
      labels: {
        [key: string]: string;
      };
      /** @description Only with `pendingEvent=true`. */
      pendingEvents?: components["schemas"]["PendingEvent"][];
    };
    /**
     * @description `succeeded`, `failed` and `canceled` never change again. `vanished`: seen open once, then no longer returned by the provider; should it return the task again, the task begins anew. `unknown`: see `nativeStatus`.
     * @enum {string}
     */
    TaskStatus:
      | "pending"
      | "running"
      | "paused"
      | "canceling"
      | "unknown"
      | "succeeded"
      | "failed"
      | "canceled"
      | "vanished";
    /** @description Why something failed, in the provider's words. */
    TaskFailure: {
      /** @description The provider's code, for example `OSSReadFailed`. */
      code: string;
      /** @description The provider's words. */
      message: string;
    };
    /** @description Percent and counts of sub-operations as the provider gave them; `null` where it gave none. */
    Progress: {
      percent: number | null;
      succeeded: number | null;
      failed: number | null;
      total: number | null;
    };
    /** @description One sub-operation of a task. */
    Operation: {
      /** @enum {string} */
      status: "running" | "succeeded" | "failed" | "unknown";
      nativeStatus: string;
      /** @description Only on a sub-operation that failed. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description An error code that the provider put on a sub-operation that did not fail. */
      warning: components["schemas"]["TaskFailure"] | null;
      /** @description Related items by name, for example `OSSObject`. */
      related: {
        [key: string]: string;
      };
    };
    /** @description One status that a task was seen in. */
    TimelineEntry: {
      status: components["schemas"]["TaskStatus"];
      nativeStatus: string;
      /**
       * Format: date-time
       * @description When this status was first observed.
       */
      at: string;
    };
    /** @description An event that the bus has not taken yet. */
    PendingEvent: {
      id: string;
      type: string;
      /** @description How often the bus was asked to take it. */
      attempts: number;
      /** Format: date-time */
      nextAttemptAt: string;
      lastProblem: string | null;
    };
    /** @description What could not be asked of a provider. */
    ProviderFailure: {
      connection: string;
      region: string;
      /**
       * @description What went wrong, in words that are the same for every provider.
       * @enum {string}
       */
      kind: "throttled" | "unauthorized" | "not-found" | "bad-request" | "conflict" | "unavailable" | "malformed";
      /** @description The provider's own code. */
      code: string | null;
      message: string;
      /** @description The provider's id of the request. */
      requestId: string | null;
      /** @description When the failure concerns one task only. */
      taskId?: string;
    };
    /** @description One wrong field. */
    FieldError: {
      /** @description A parameter's name, or a JSON pointer into the body. */
      field: string;
      /** @description What is wrong with it, and what is allowed. */
      detail: string;
    };
    /** @description A page of tasks. */
    TaskList: {
      /** @description Newest first. */
      tasks: components["schemas"]["ListedTask"][];
      /** @description `null` on the last page. */
      nextCursor: string | null;
      /** @description What is missing: targets that did not answer and rows that could not be read. */
      errors: components["schemas"]["ProviderFailure"][];
    };
    /** @description What a provider can do. */
    Capabilities: {
      /** @description How many tasks one provider call reads. */
      batchSize: number;
      /** @description False: only some tasks are found by themselves; others need `POST /tasks`. */
      listsWithoutIds: boolean;
      reportsProgress: boolean;
      cancels: boolean;
    };
    /** @description One connection in one region, as the sweep last left it. */
    ConnectionState: {
      connection: string;
      /** @enum {string} */
      provider: "alibaba-ecs" | "apsara-route" | "tencent-ecm";
      region: string;
      capabilities: components["schemas"]["Capabilities"];
      /** @description The calls that the connection may make of each API. */
      rate: {
        perSecond: number;
        burst: number;
      };
      /** Format: date-time */
      lastSweptAt: string | null;
      /** @description How long the last sweep took. */
      lastSweepSeconds: number | null;
      /** @description Time less the checkpoint up to which every task is recorded. */
      behindSeconds: number | null;
      /** @description Why the last sweep failed; `null` when it did not. */
      lastError: string | null;
    };
    /** @description Every target that is configured. */
    Connections: {
      connections: components["schemas"]["ConnectionState"][];
    };
    /** @description The ledger answers and every target was swept within ten minutes. */
    Health: {
      /** @constant */
      status: "ok";
    };
    /** @description An OpenAPI document; see its specification. */
    OpenApi: {
      openapi: string;
      info: {
        title: string;
        version: string;
      } & {
        [key: string]: unknown;
      };
      paths: {
        [key: string]: unknown;
      };
    } & {
      [key: string]: unknown;
    };
    /** @description What API Gateway itself says of a request that it does not pass on. */
    GatewayMessage: {
      message: string;
    } & {
      [key: string]: unknown;
    };
    /** @description A parameter is misspelled, has a wrong value, or contradicts another; a cursor does not belong to the filters. Correct what `errors` names. Give cursors back unchanged, with the same filters. */
    InvalidParametersProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:invalid-parameters";
      /** @constant */
      title: "Some parameters of the request are wrong";
      /** @constant */
      status: 400;
      detail?: string;
      errors: components["schemas"]["FieldError"][];
    };
    /** @description The body cannot be read as JSON. Send one JSON object in UTF-8. */
    InvalidJsonProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:invalid-json";
      /** @constant */
      title: "The body is not JSON";
      /** @constant */
      status: 400;
      detail?: string;
    };
    /** @description There is no token, or it has expired, or another issuer or audience made it. Get a new token and send it as `Authorization: Bearer <token>`. */
    UnauthenticatedProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:unauthenticated";
      /** @constant */
      title: "The request does not prove who is calling";
      /** @constant */
      status: 401;
      detail?: string;
    };
    /** @description The token lacks the scope that the call needs; or, in local mode only, a page in a browser calls. Ask for `tasks:read`, or `tasks:write` for calls that change something. */
    ForbiddenProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:forbidden";
      /** @constant */
      title: "The caller may not do this";
      /** @constant */
      status: 403;
      detail?: string;
    };
    /** @description Neither the ledger nor the provider knows the task, it never was followed, or its connection or region is not configured. Check the id; it is `<connection>:<region>:<nativeId>`. `GET /connections` shows what is configured. */
    UnknownTaskProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:unknown-task";
      /** @constant */
      title: "There is no such task";
      /** @constant */
      status: 404;
      detail?: string;
    };
    /** @description There is nothing at this path. `GET /openapi.json` names every path. */
    UnknownRouteProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:unknown-route";
      /** @constant */
      title: "There is no such resource";
      /** @constant */
      status: 404;
      detail?: string;
    };
    /** @description The path is right and the method is not. Use a method that the `Allow` header names. */
    MethodNotAllowedProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:method-not-allowed";
      /** @constant */
      title: "The resource does not have this method";
      /** @constant */
      status: 405;
      detail?: string;
    };
    /** @description The task has ended, or its provider has no call to cancel it, has forgotten it, or refuses to in its present state. Look at `task`, which is its present state. There is nothing to repeat. */
    NotCancelableProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:not-cancelable";
      /** @constant */
      title: "The task cannot be canceled";
      /** @constant */
      status: 409;
      detail?: string;
      task: components["schemas"]["Task"];
    };
    /** @description The body has more than 65,536 bytes. Send less; labels are the only part that can be long. */
    BodyTooLargeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:body-too-large";
      /** @constant */
      title: "The body is too large";
      /** @constant */
      status: 413;
      detail?: string;
    };
    /** @description The path and query are too long. Ask in several requests with fewer filters each. */
    UriTooLongProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:uri-too-long";
      /** @constant */
      title: "The URL is too long";
      /** @constant */
      status: 414;
      detail?: string;
    };
    /** @description The body is not announced as JSON. Send `Content-Type: application/json`. */
    UnsupportedMediaTypeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:unsupported-media-type";
      /** @constant */
      title: "The body must be application/json";
      /** @constant */
      status: 415;
      detail?: string;
    };
    /** @description The body has wrong, unknown or missing fields. Correct what `errors` names by JSON pointers. */
    InvalidBodyProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:invalid-body";
      /** @constant */
      title: "The body has wrong, unknown or missing fields";
      /** @constant */
      status: 422;
      detail?: string;
      errors: components["schemas"]["FieldError"][];
    };
    /** @description The request's headers are too large together. Send fewer or shorter headers. */
    HeadersTooLargeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:headers-too-large";
      /** @constant */
      title: "The headers are too large";
      /** @constant */
      status: 431;
      detail?: string;
    };
    /** @description A fault of this service; its log has the reason. Try again later; tell whoever runs the service when it stays. */
    InternalProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:internal";
      /** @constant */
      title: "The service failed";
      /** @constant */
      status: 500;
      detail?: string;
    };
    /** @description The provider refused the call or gave an answer that cannot be read; for a list, every provider did. Look at `provider` or `providers`. Trying again helps only where `kind` is `throttled` or `unavailable`. */
    ProviderFailedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:provider-failed";
      /** @constant */
      title: "The provider could not answer";
      /** @constant */
      status: 502;
      detail?: string;
      provider?: components["schemas"]["ProviderFailure"];
      providers?: components["schemas"]["ProviderFailure"][];
    };
    /** @description The provider refused the credential of the connection. Renew the connection's credential, or give it the right to describe tasks. */
    ProviderUnauthorizedProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:provider-unauthorized";
      /** @constant */
      title: "The provider refused the connection's credential";
      /** @constant */
      status: 502;
      detail?: string;
      provider: components["schemas"]["ProviderFailure"];
    };
    /** @description The provider takes no more calls of this account now. Wait as long as `Retry-After` says. `source=ledger` needs no provider. */
    ProviderThrottledProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:provider-throttled";
      /** @constant */
      title: "The provider is throttling us";
      /** @constant */
      status: 503;
      detail?: string;
      provider: components["schemas"]["ProviderFailure"];
    };
    /** @description The provider cannot be reached, fails, or did not answer in time. Wait as long as `Retry-After` says. `source=ledger` needs no provider. */
    ProviderUnavailableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:provider-unavailable";
      /** @constant */
      title: "The provider is not available";
      /** @constant */
      status: 503;
      detail?: string;
      provider: components["schemas"]["ProviderFailure"];
    };
    /** @description The ledger cannot be reached, or a target was not swept for ten minutes. `detail` says which; `GET /connections` shows each target's last error. */
    UnhealthyProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:unhealthy";
      /** @constant */
      title: "The service is not healthy";
      /** @constant */
      status: 503;
      detail?: string;
    };
    /** @description The answer was not ready within the time that a request has. Ask again; ask for less by filters, or with `source=ledger`. */
    OutOfTimeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:out-of-time";
      /** @constant */
      title: "The answer took too long";
      /** @constant */
      status: 504;
      detail?: string;
    };
    /** @description Which task to follow. */
    TrackTaskBody: {
      /** @description The name of a configured connection. */
      connection: string;
      /** @description May be left out when the connection has one region. */
      region?: string;
      /** @description The provider's own id of the task. */
      nativeId: string;
      /** @description Kept with the task and sent in its events; at most 20. */
      labels?: {
        [key: string]: string;
      };
    };
  };
  responses: {
    /** @description A parameter is misspelled, has a wrong value, or contradicts another; a cursor does not belong to the filters. */
    InvalidParameters: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["InvalidParametersProblem"];
      };
    };
    /** @description There is no token, or it has expired, or another issuer or audience made it. */
    Unauthenticated: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UnauthenticatedProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description The token lacks the scope that the call needs; or, in local mode only, a page in a browser calls. */
    Forbidden: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["ForbiddenProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description The path is right and the method is not. */
    MethodNotAllowed: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        Allow: components["headers"]["Allow"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["MethodNotAllowedProblem"];
      };
    };
    /** @description The path and query are too long. */
    UriTooLong: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UriTooLongProblem"];
      };
    };
    /** @description The request's headers are too large together. */
    HeadersTooLarge: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["HeadersTooLargeProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description A fault of this service; its log has the reason. */
    Internal: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["InternalProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description The answer was not ready within the time that a request has. */
    OutOfTime: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["OutOfTimeProblem"];
      };
    };
    /** @description The provider refused the call or gave an answer that cannot be read; for a list, every provider did. */
    ProviderFailed: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["ProviderFailedProblem"];
      };
    };
    /** @description A parameter is misspelled, has a wrong value, or contradicts another; a cursor does not belong to the filters. Or: The body cannot be read as JSON. */
    InvalidParametersOrInvalidJson: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["InvalidParametersProblem"]
          | components["schemas"]["InvalidJsonProblem"];
      };
    };
    /** @description Neither the ledger nor the provider knows the task, it never was followed, or its connection or region is not configured. */
    UnknownTask: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UnknownTaskProblem"];
      };
    };
    /** @description The body has more than 65,536 bytes. */
    BodyTooLarge: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["BodyTooLargeProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description The body is not announced as JSON. */
    UnsupportedMediaType: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
      };
    };
    /** @description The body has wrong, unknown or missing fields. */
    InvalidBody: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["InvalidBodyProblem"];
      };
    };
    /** @description The provider refused the call or gave an answer that cannot be read; for a list, every provider did. Or: The provider refused the credential of the connection. */
    ProviderFailedOrProviderUnauthorized: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["ProviderFailedProblem"]
          | components["schemas"]["ProviderUnauthorizedProblem"];
      };
    };
    /** @description The provider takes no more calls of this account now. Or: The provider cannot be reached, fails, or did not answer in time. */
    ProviderThrottledOrProviderUnavailable: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["ProviderThrottledProblem"]
          | components["schemas"]["ProviderUnavailableProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description Neither the ledger nor the provider knows the task, it never was followed, or its connection or region is not configured. Or: There is nothing at this path. */
    UnknownTaskOrUnknownRoute: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["UnknownTaskProblem"]
          | components["schemas"]["UnknownRouteProblem"];
      };
    };
    /** @description The task has ended, or its provider has no call to cancel it, has forgotten it, or refuses to in its present state. */
    NotCancelable: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["NotCancelableProblem"];
      };
    };
    /** @description The ledger cannot be reached, or a target was not swept for ten minutes. */
    Unhealthy: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UnhealthyProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description API Gateway takes no more requests now. */
    TooManyRequests: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description API Gateway got no answer from the function. */
    ServiceUnavailable: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: {
    /**
     * @description An answer may be kept only to ask whether it still holds; a problem not at all.
     * @example no-cache
     */
    CacheControl: "no-cache" | "no-store";
    /**
     * @description The content type is as stated.
     * @example nosniff
     */
    ContentTypeOptions: "nosniff";
    /**
     * @description A strong validator: equal tags mean equal bytes (RFC 9110).
     * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
     */
    ETag: string;
    /**
     * @description The next page, when there is one (RFC 8288).
     * @example </tasks?status=failed&cursor=bm90IGEgY3Vyc29y>; rel="next"
     */
    Link: string;
    /**
     * @description With `source=ledger`: seconds since the target that was swept least recently was swept (RFC 9111).
     * @example 42
     */
    Age: string;
    /**
     * @description Seconds after which it is worth asking again.
     * @example 30
     */
    RetryAfter: string;
    /**
     * @description The methods that the path has.
     * @example GET, HEAD, POST
     */
    Allow: string;
    /**
     * @description Where the task is.
     * @example /tasks/aliyun%3Acn-hangzhou%3At-bp1c2d3e4f5a6b7c8d9e
     */
    Location: string;
    /**
     * @description How to authenticate (RFC 6750).
     * @example Bearer
     */
    WwwAuthenticate: string;
    /**
     * @description The task's `status`, for a script that has no use for the body.
     * @example failed
     */
    TaskStatus:
      | "pending"
      | "running"
      | "paused"
      | "canceling"
      | "unknown"
      | "succeeded"
      | "failed"
      | "canceled"
      | "vanished";
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  listTasks: {
    parameters: {
      query?: {
        /**
         * @description Only tasks of these connections.
         * @example [
         *       "aliyun"
         *     ]
         */
        connection?: string[];
        /**
         * @description Only tasks of these providers.
         * @example [
         *       "alibaba-ecs"
         *     ]
         */
        provider?: ("alibaba-ecs" | "apsara-route" | "tencent-ecm")[];
        /**
         * @description Only tasks in these regions.
         * @example [
         *       "cn-hangzhou"
         *     ]
         */
        region?: string[];
        /**
         * @description Only tasks in these statuses.
         * @example [
         *       "failed",
         *       "vanished"
         *     ]
         */
        status?: (
          | "pending"
          | "running"
          | "paused"
          | "canceling"
          | "unknown"
          | "succeeded"
          | "failed"
          | "canceled"
          | "vanished"
        )[];
        /**
         * @description Only tasks with these actions.
         * @example [
         *       "import-image"
         *     ]
         */
        action?: ("import-image" | "export-image" | "other")[];
        /** @description Only tasks on these images, disks or instances. */
        resourceId?: string[];
        /** @description Only tasks with these ids of the provider; needs exactly one `connection`. */
        nativeId?: string[];
        /** @description Only tasks with the provider's own word for the status, such as `Processing`. */
        nativeStatus?: string;
        /** @description Only tasks with the provider's own word for the action, such as `ImportImage`. */
        nativeAction?: string;
        /** @description Only tasks on the image with this name. */
        imageName?: string;
        /**
         * @description Only tasks created at this time or later; the whole minute counts.
         * @example 2026-01-31T12:00:00Z
         */
        createdAfter?: string;
        /**
         * @description Only tasks created at this time or earlier.
         * @example 2026-02-01T12:00:00Z
         */
        createdBefore?: string;
        /** @description How many tasks a page may have. */
        limit?: number;
        /** @description `nextCursor` of the page before, with the same filters. */
        cursor?: string;
        /** @description `live` asks the providers. `ledger` shows what the sweep recorded, makes no provider call, and says its `Age`. */
        source?: "live" | "ledger";
        /** @description Only tasks with an event that the bus has not taken yet; always from the ledger. */
        pendingEvent?: "true";
        /** @description Only tasks that have not moved for long; always from the ledger. */
        stalled?: "true";
      };
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. `errors` says what is missing from it. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["TaskList"];
        };
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailed"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  trackTask: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["TrackTaskBody"];
      };
    };
    responses: {
      /** @description It was followed already. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          Location: components["headers"]["Location"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Task"];
        };
      };
      /** @description It is followed from now on. */
      201: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          Location: components["headers"]["Location"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Task"];
        };
      };
      400: components["responses"]["InvalidParametersOrInvalidJson"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["UnknownTask"];
      405: components["responses"]["MethodNotAllowed"];
      413: components["responses"]["BodyTooLarge"];
      414: components["responses"]["UriTooLong"];
      415: components["responses"]["UnsupportedMediaType"];
      422: components["responses"]["InvalidBody"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["ProviderThrottledOrProviderUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headTasks: {
    parameters: {
      query?: {
        /**
         * @description Only tasks of these connections.
         * @example [
         *       "aliyun"
         *     ]
         */
        connection?: string[];
        /**
         * @description Only tasks of these providers.
         * @example [
         *       "alibaba-ecs"
         *     ]
         */
        provider?: ("alibaba-ecs" | "apsara-route" | "tencent-ecm")[];
        /**
         * @description Only tasks in these regions.
         * @example [
         *       "cn-hangzhou"
         *     ]
         */
        region?: string[];
        /**
         * @description Only tasks in these statuses.
         * @example [
         *       "failed",
         *       "vanished"
         *     ]
         */
        status?: (
          | "pending"
          | "running"
          | "paused"
          | "canceling"
          | "unknown"
          | "succeeded"
          | "failed"
          | "canceled"
          | "vanished"
        )[];
        /**
         * @description Only tasks with these actions.
         * @example [
         *       "import-image"
         *     ]
         */
        action?: ("import-image" | "export-image" | "other")[];
        /** @description Only tasks on these images, disks or instances. */
        resourceId?: string[];
        /** @description Only tasks with these ids of the provider; needs exactly one `connection`. */
        nativeId?: string[];
        /** @description Only tasks with the provider's own word for the status, such as `Processing`. */
        nativeStatus?: string;
        /** @description Only tasks with the provider's own word for the action, such as `ImportImage`. */
        nativeAction?: string;
        /** @description Only tasks on the image with this name. */
        imageName?: string;
        /**
         * @description Only tasks created at this time or later; the whole minute counts.
         * @example 2026-01-31T12:00:00Z
         */
        createdAfter?: string;
        /**
         * @description Only tasks created at this time or earlier.
         * @example 2026-02-01T12:00:00Z
         */
        createdBefore?: string;
        /** @description How many tasks a page may have. */
        limit?: number;
        /** @description `nextCursor` of the page before, with the same filters. */
        cursor?: string;
        /** @description `live` asks the providers. `ledger` shows what the sweep recorded, makes no provider call, and says its `Age`. */
        source?: "live" | "ledger";
        /** @description Only tasks with an event that the bus has not taken yet; always from the ledger. */
        pendingEvent?: "true";
        /** @description Only tasks that have not moved for long; always from the ledger. */
        stalled?: "true";
      };
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page. `errors` says what is missing from it. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailed"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getTask: {
    parameters: {
      query?: {
        /**
         * @description Seconds to wait for the task to be done. It is answered at once when it is, and as it is after that time.
         * @example 25
         */
        wait?: number;
      };
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task as it is now. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["TaskDetail"];
        };
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["UnknownTaskOrUnknownRoute"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["ProviderThrottledOrProviderUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  untrackTask: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It is not followed any more. */
      204: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["UnknownTaskOrUnknownRoute"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headTask: {
    parameters: {
      query?: {
        /**
         * @description Seconds to wait for the task to be done. It is answered at once when it is, and as it is after that time.
         * @example 25
         */
        wait?: number;
      };
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task as it is now. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["UnknownTaskOrUnknownRoute"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["ProviderThrottledOrProviderUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  cancelTask: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The provider has accepted. */
      202: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Task"];
        };
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      404: components["responses"]["UnknownTaskOrUnknownRoute"];
      405: components["responses"]["MethodNotAllowed"];
      409: components["responses"]["NotCancelable"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["ProviderThrottledOrProviderUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getConnections: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every target. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Connections"];
        };
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headConnections: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every target. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The ledger answers and every target was swept within ten minutes. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["Unhealthy"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The ledger answers and every target was swept within ten minutes. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["Unhealthy"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getOpenApi: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description An OpenAPI 3.1 document. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["OpenApi"];
        };
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headOpenApi: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description `ETag` of an earlier answer: 304 and no body when nothing has changed.
         * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description An OpenAPI 3.1 document. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Nothing has changed since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components["responses"]["InvalidParameters"];
      401: components["responses"]["Unauthenticated"];
      403: components["responses"]["Forbidden"];
      405: components["responses"]["MethodNotAllowed"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      503: components["responses"]["ServiceUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
}
