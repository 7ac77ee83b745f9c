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
     * @description Returns one page of the tasks of all targets that match the filters. A filter that is an array may be repeated; a task matches when any of the values does, but all values of `label` must match. A target that does not answer becomes an entry in `errors`; the tasks of the other targets are still returned.
     */
    get: operations["listTasks"];
    put?: never;
    /**
     * Track a task
     * @description Tracks a task, including one that the sweep cannot find by itself, and stores labels with it. A repeated call answers 200, so it is safe to retry when a response is lost. Its `labels`, if given, replace all earlier ones; `{}` removes them. Later events carry the new labels; events recorded before keep theirs. A task may have several ids at its provider. `Location` and `id` are the one that it is known by from then on. A task that the provider does not show yet is `pending`, and `statusReason` says so. If the provider does not show it within 30 minutes, it becomes `vanished`.
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
     * @description Returns the task in full detail, with its history. With `wait`, it answers as soon as the task is done. A task that the provider does not show may still appear during the wait. `Retry-After` on a task that is not done is the number of seconds to wait before asking again. For a connection or region that is no longer configured, it returns the record of an ended task; for an open one it answers 404 with the last recorded state in `task`.
     */
    get: operations["getTask"];
    put?: never;
    post?: never;
    /**
     * Stop tracking a task
     * @description The task causes no more events, even if the sweep finds it again. Its labels are removed. Its timeline remains until the record expires. A repeated call answers 404. It also ends tasks of connections and regions that are no longer configured.
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
     * @description Asks the provider to cancel the task. A repeated call answers 202 while the task is being canceled, and 409 once it has ended. Both responses include the task's current state.
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
     * @description Returns each target with its provider's capabilities and the result of its last sweep, and what is left of targets that are no longer configured.
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
     * Check the health of the service
     * @description Reads the ledger and calls no provider.
     */
    get: operations["getHealth"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    /**
     * Check the health of the service, headers only
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
     * @description Returns the contract as OpenAPI 3.1.
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
      /** @description Why `status` is `unknown`: what could not be read or proven. Or why the progress of a stalled task cannot be read. Or, for `pending` or `vanished`, that the provider has not shown the task yet or has never shown it. `null` in every other case. */
      statusReason: string | null;
      /**
       * Format: date-time
       * @description Since when the provider has not returned the task when asked for it. `null` while it returns it, and if it has never returned it. The other members show the last known state. An open task that stays missing for ten minutes and three sweeps becomes `vanished`.
       */
      missingSince: string | null;
      /** @description True when `status` is final. */
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
      /** @description Set only when `status` is `failed`. Can be `null` even then, if the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Of `error`. `null` if the task did not fail, if the provider gave no reason, or if the reason is not one that this service knows. Its texts may change in any version, so branch on `retry`. */
      explanation: components["schemas"]["Explanation"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `false` if the provider's API cannot cancel, or if the task has ended. `null` when the provider does not say. */
      cancelable: boolean | null;
      /**
       * Format: date-time
       * @description By the provider's clock.
       */
      createdAt: string | null;
      /**
       * Format: date-time
       * @description By the provider's clock, unless `finishedAtObserved` is true.
       */
      finishedAt: string | null;
      /** @description True when the provider gave no finish time, so `finishedAt` is `observedAt`. */
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
       * @description When the state shown here was first observed, by this service's clock.
       */
      observedAt: string;
      /** @description The id of the provider request that showed this state. */
      requestId: string | null;
      /** @description The labels given with the latest `POST /tasks` that had any. */
      labels: {
        [key: string]: string;
      };
      /** @description Members that were cut because the provider sent too much, for example `operations.related`. Usually empty. */
      truncated: string[];
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
      /** @description Why `status` is `unknown`: what could not be read or proven. Or why the progress of a stalled task cannot be read. Or, for `pending` or `vanished`, that the provider has not shown the task yet or has never shown it. `null` in every other case. */
      statusReason: string | null;
      /**
       * Format: date-time
       * @description Since when the provider has not returned the task when asked for it. `null` while it returns it, and if it has never returned it. The other members show the last known state. An open task that stays missing for ten minutes and three sweeps becomes `vanished`.
       */
      missingSince: string | null;
      /** @description True when `status` is final. */
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
      /** @description Set only when `status` is `failed`. Can be `null` even then, if the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Of `error`. `null` if the task did not fail, if the provider gave no reason, or if the reason is not one that this service knows. Its texts may change in any version, so branch on `retry`. */
      explanation: components["schemas"]["Explanation"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `false` if the provider's API cannot cancel, or if the task has ended. `null` when the provider does not say. */
      cancelable: boolean | null;
      /**
       * Format: date-time
       * @description By the provider's clock.
       */
      createdAt: string | null;
      /**
       * Format: date-time
       * @description By the provider's clock, unless `finishedAtObserved` is true.
       */
      finishedAt: string | null;
      /** @description True when the provider gave no finish time, so `finishedAt` is `observedAt`. */
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
       * @description When the state shown here was first observed, by this service's clock.
       */
      observedAt: string;
      /** @description The id of the provider request that showed this state. */
      requestId: string | null;
      /** @description The labels given with the latest `POST /tasks` that had any. */
      labels: {
        [key: string]: string;
      };
      /** @description Members that were cut because the provider sent too much, for example `operations.related`. Usually empty. */
      truncated: string[];
      /** @description Oldest first: the first entry and the last 49. Empty when the task is not recorded. */
      timeline: components["schemas"]["TimelineEntry"][];
      /** @description Present when the ledger has a record of the task that cannot be read: what is wrong with it. The task is then as its provider shows it, without labels and timeline. */
      recordProblem?: string;
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
      /** @description Why `status` is `unknown`: what could not be read or proven. Or why the progress of a stalled task cannot be read. Or, for `pending` or `vanished`, that the provider has not shown the task yet or has never shown it. `null` in every other case. */
      statusReason: string | null;
      /**
       * Format: date-time
       * @description Since when the provider has not returned the task when asked for it. `null` while it returns it, and if it has never returned it. The other members show the last known state. An open task that stays missing for ten minutes and three sweeps becomes `vanished`.
       */
      missingSince: string | null;
      /** @description True when `status` is final. */
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
      /** @description Set only when `status` is `failed`. Can be `null` even then, if the provider gave no reason. */
      error: components["schemas"]["TaskFailure"] | null;
      /** @description Of `error`. `null` if the task did not fail, if the provider gave no reason, or if the reason is not one that this service knows. Its texts may change in any version, so branch on `retry`. */
      explanation: components["schemas"]["Explanation"] | null;
      /** @description Empty where the provider has none. */
      operations: components["schemas"]["Operation"][];
      /** @description `false` if the provider's API cannot cancel, or if the task has ended. `null` when the provider does not say. */
      cancelable: boolean | null;
      /**
       * Format: date-time
       * @description By the provider's clock.
       */
      createdAt: string | null;
      /**
       * Format: date-time
       * @description By the provider's clock, unless `finishedAtObserved` is true.
       */
      finishedAt: string | null;
      /** @description True when the provider gave no finish time, so `finishedAt` is `observedAt`. */
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
       * @description When the state shown here was first observed, by this service's clock.
       */
      observedAt: string;
      /** @description The id of the provider request that showed this state. */
      requestId: string | null;
      /** @description The labels given with the latest `POST /tasks` that had any. */
      labels: {
        [key: string]: string;
      };
      /** @description Members that were cut because the provider sent too much, for example `operations.related`. Usually empty. */
      truncated: string[];
      /** @description Only with `pendingEvent=true`. */
      pendingEvents?: components["schemas"]["PendingEvent"][];
    };
    /**
     * @description `succeeded`, `failed`, and `canceled` are final. `vanished`: the provider no longer returns a task that was open, or never returned one that was tracked. If the provider returns it again, tracking resumes. `unknown`: see `nativeStatus` and `statusReason`.
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
      /** @description The provider's code, for example `InvalidOSSObject.NotFound`. */
      code: string;
      /** @description The provider's message. */
      message: string;
    };
    /** @description What a failure means. For people and pipelines: the service itself decides nothing by it. */
    Explanation: {
      /** @description What the failure means, in this service's words. */
      cause: string;
      /**
       * @description How sure `cause` and `remedy` are. `documented`: the provider's documentation says so. `reported`: users have reported it in public. `inferred`: a conclusion of this service, which is only likely.
       * @enum {string}
       */
      certainty: "documented" | "reported" | "inferred";
      /** @description What to do about it. */
      remedy: string;
      /**
       * @description Whether trying again can help. `unchanged`: yes, at once. `later`: yes, after a wait, with nothing changed. `after-remedy`: only once the cause is removed. `pointless`: not with this image, or not in this way. `unknown`: nobody can tell.
       * @enum {string}
       */
      retry: "unchanged" | "later" | "after-remedy" | "pointless" | "unknown";
      /**
       * @description How sure `retry` is. In the same words as `certainty`.
       * @enum {string}
       */
      retryCertainty: "documented" | "reported" | "inferred";
    };
    /** @description Percent and counts of sub-operations as reported by the provider. `null` where it reported none. */
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
      /** @description Of `error`. Sub-operations may fail for different reasons. `null` if none is known. */
      explanation: components["schemas"]["Explanation"] | null;
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
    /** @description An event that the bus has not accepted yet. */
    PendingEvent: {
      id: string;
      type: string;
      /** @description How often it was sent to the bus. */
      attempts: number;
      /** Format: date-time */
      nextAttemptAt: string;
      lastProblem: string | null;
    };
    /** @description A failed request to a provider. */
    ProviderFailure: {
      connection: string;
      region: string;
      /**
       * @description The kind of failure. The kinds are the same for every provider.
       * @enum {string}
       */
      kind: "throttled" | "unauthorized" | "not-found" | "bad-request" | "conflict" | "unavailable" | "malformed";
      /** @description The provider's own code. */
      code: string | null;
      message: string;
      /** @description The provider's request id. */
      requestId: string | null;
      /** @description Present when the failure concerns a single task. */
      taskId?: string;
    };
    /** @description In a live list, at most once: the ledger could not be asked. Its `connection` is `null`, unlike that of a provider's failure. */
    LedgerFailure: {
      connection: null;
      region: null;
      /** @enum {string} */
      kind: "throttled" | "unavailable";
      /** @description DynamoDB's own code. */
      code: string | null;
      /** @description Why the ledger could not be asked, and what the list lacks. */
      message: string;
      requestId: null;
    };
    /** @description A record of the ledger that cannot be read. The list lacks the task, or, in a live list, what only the ledger knows of it. */
    UnreadableRecord: {
      connection: string | null;
      region: string | null;
      /** @constant */
      kind: "unreadable";
      code: null;
      /** @description What is wrong with the record. */
      message: string;
      requestId: null;
      /** @description The task whose record cannot be read. */
      taskId?: string;
    };
    /** @description One invalid field. */
    FieldError: {
      /** @description A parameter's name, or a JSON pointer into the body; empty for the whole body. */
      field: string;
      /** @description Why it is invalid, and what is allowed. */
      detail: string;
    };
    /** @description A page of tasks. */
    TaskList: {
      /** @description Newest first. */
      tasks: components["schemas"]["ListedTask"][];
      /** @description `null` on the last page, and when the ledger could not be asked, which `errors` then says. */
      nextCursor: string | null;
      /** @description What is missing from the list: targets that did not answer, rows or records that could not be read, and the ledger. */
      errors: (
        | components["schemas"]["ProviderFailure"]
        | components["schemas"]["LedgerFailure"]
        | components["schemas"]["UnreadableRecord"]
      )[];
      /** @description How many entries of `errors` were left out because there were too many. */
      omittedErrors?: number;
    };
    /** @description What a provider can do. */
    Capabilities: {
      /** @description How many tasks one provider call can read. */
      batchSize: number;
      /** @description False: the sweep finds only some tasks. Track the others with `POST /tasks`. */
      listsWithoutIds: boolean;
      reportsProgress: boolean;
      cancels: boolean;
    };
    /** @description One connection in one region, as of its last sweep. */
    ConnectionState: {
      /** @description The connection's name in ids and events. */
      connection: string;
      /** @description Its name in the configuration, which differs after a rename. Calls accept both names. */
      name: string;
      /** @enum {string} */
      provider: "alibaba-ecs" | "apsara-route" | "tencent-ecm";
      region: string;
      capabilities: components["schemas"]["Capabilities"];
      /** @description The connection's rate limit for each provider API: 70 % for sweeps, 30 % for HTTP calls. */
      rate: {
        perSecond: number;
        burst: number;
      };
      /** Format: date-time */
      lastSweptAt: string | null;
      /** @description How long the last sweep took. */
      lastSweepSeconds: number | null;
      /** @description Seconds between now and the checkpoint. Every task created before the checkpoint is recorded. `null` when there is none, or when a wrong clock has set it in the future. */
      behindSeconds: number | null;
      /** @description Why the last sweep failed. `null` when it succeeded. */
      lastError: string | null;
      /** @description The provider's clock minus ours, in seconds. 0 below two seconds. `null` when it has told no time. */
      clockSkewSeconds: number | null;
      /** @description Items of the ledger that could not be read, as far as sweeps have met them. Includes the copies that are kept of replaced items. */
      unreadableItems: number;
    };
    /** @description A connection in a region that was swept before and is no longer configured. Configure it again, set `formerName` if it was renamed, or end its open tasks with `DELETE /tasks/{id}`. Once empty, it is listed for another hour. */
    UnconfiguredTarget: {
      connection: string;
      provider: string;
      region: string;
      /**
       * Format: date-time
       * @description When a sweep first found it missing. `null` until the next sweep, like the counts.
       */
      since: string | null;
      /** @description Tasks that nobody follows anymore. A count of 1000 means at least that many. */
      openTasks: number | null;
      /** @description Tasks with an event that the bus has not accepted yet. The sweep keeps publishing them. */
      pendingEvents: number | null;
    };
    /** @description All targets, configured or not. */
    Connections: {
      /** @description All configured targets. */
      connections: components["schemas"]["ConnectionState"][];
      /** @description Targets that are no longer configured. */
      unconfigured: components["schemas"]["UnconfiguredTarget"][];
    };
    /** @description The ledger answers, every target was swept within the last ten minutes, and nothing is left of targets that are no longer configured. */
    Health: {
      /**
       * @description `degraded`: somebody should look at the unreadable items. No sweep waits for them.
       * @enum {string}
       */
      status: "ok" | "degraded";
      /** @description Items of the ledger that could not be read, as far as sweeps have met them. Includes the copies that are kept of replaced items. */
      unreadableItems: number;
    };
    /** @description An OpenAPI document. See the OpenAPI specification. */
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
    /** @description API Gateway's own response to a request that it does not forward. */
    GatewayMessage: {
      message: string;
    } & {
      [key: string]: unknown;
    };
    /** @description A parameter is misspelled, has an invalid value, or contradicts another, or a cursor does not match the filters. Correct the parameters that `errors` names. Send cursors back unchanged, with the same filters. */
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
      /** @description How many entries of `errors` were left out because there were too many. */
      omittedErrors?: number;
    };
    /** @description The body is not valid JSON. Send one JSON object in UTF-8. */
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
    /** @description The token is missing, has expired, or has the wrong issuer or audience. Get a new token and send it as `Authorization: Bearer <token>`. */
    UnauthenticatedProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:unauthenticated";
      /** @constant */
      title: "The request does not prove who is calling";
      /** @constant */
      status: 401;
      detail?: string;
    };
    /** @description The token lacks the scope or the role that the call needs, or (in local mode only) the call comes from a web page. Ask for what `detail` names. By default that is `tasks:read`, or `tasks:write` for calls that change something. */
    ForbiddenProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:forbidden";
      /** @constant */
      title: "The caller may not do this";
      /** @constant */
      status: 403;
      detail?: string;
    };
    /** @description Neither the ledger nor the provider knows the task, it was never tracked, or its connection or region is not configured. If `Retry-After` is present, the provider may show the task later: ask again, or track it with `POST /tasks`. Otherwise, check the id, which is `<connection>:<region>:<nativeId>`. `GET /connections` lists what is configured. If `task` is present, nobody follows it: configure its connection again, or end it with `DELETE`. */
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
      task?: components["schemas"]["Task"];
    };
    /** @description The path does not exist. `GET /openapi.json` lists every path. */
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
    /** @description The path exists but does not support this method. Use a method from the `Allow` header. */
    MethodNotAllowedProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:method-not-allowed";
      /** @constant */
      title: "The resource does not have this method";
      /** @constant */
      status: 405;
      detail?: string;
    };
    /** @description The ledger's record of the task is broken, or a newer version of this service wrote it. Repeat the call later: a sweep replaces a broken record when it next reads the task from its cloud. For a record of a newer version, deploy that version again. See "Unreadable items" in `docs/reliability.md`. */
    RecordUnreadableProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:record-unreadable";
      /** @constant */
      title: "The ledger's record of the task cannot be read";
      /** @constant */
      status: 409;
      detail?: string;
    };
    /** @description The task has ended, or its provider cannot cancel it, no longer has it, or refuses to cancel it in its current state. Do not retry. `task` holds the current state. */
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
    /** @description The body is larger than 65,536 bytes. Send a smaller body. Only labels can be long. */
    BodyTooLargeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:body-too-large";
      /** @constant */
      title: "The body is too large";
      /** @constant */
      status: 413;
      detail?: string;
    };
    /** @description The path and query are too long. Split the request into several, each with fewer filters. */
    UriTooLongProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:uri-too-long";
      /** @constant */
      title: "The URL is too long";
      /** @constant */
      status: 414;
      detail?: string;
    };
    /** @description The body's content type is not JSON. Send `Content-Type: application/json`. */
    UnsupportedMediaTypeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:unsupported-media-type";
      /** @constant */
      title: "The body must be application/json";
      /** @constant */
      status: 415;
      detail?: string;
    };
    /** @description The body has invalid, unknown, or missing fields. Correct the fields that `errors` names by JSON pointer. */
    InvalidBodyProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:invalid-body";
      /** @constant */
      title: "The body has wrong, unknown or missing fields";
      /** @constant */
      status: 422;
      detail?: string;
      errors: components["schemas"]["FieldError"][];
      /** @description How many entries of `errors` were left out because there were too many. */
      omittedErrors?: number;
    };
    /** @description The request's headers are too large in total. Send fewer or shorter headers. */
    HeadersTooLargeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:headers-too-large";
      /** @constant */
      title: "The headers are too large";
      /** @constant */
      status: 431;
      detail?: string;
    };
    /** @description The service failed. Its log has the reason. Try again later. If the problem persists, tell the operator of the service. */
    InternalProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:internal";
      /** @constant */
      title: "The service failed";
      /** @constant */
      status: 500;
      detail?: string;
    };
    /** @description The provider refused the call or its response could not be read. For a list, this happened with every provider. See `provider` or `providers`. A retry helps only where `kind` is `throttled` or `unavailable`. */
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
      /** @description How many entries of `providers` were left out because there were too many. */
      omittedProviders?: number;
    };
    /** @description The provider rejected the connection's credential. Renew the credential, or grant it permission to describe tasks. */
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
    /** @description The provider is throttling this account. Wait for the time in `Retry-After`. `source=ledger` makes no provider calls. */
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
    /** @description The provider cannot be reached, is failing, or did not answer in time. Wait for the time in `Retry-After`. `source=ledger` makes no provider calls. */
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
    /** @description The ledger is throttled, is failing, or did not answer in time, or other calls changed the same record at every attempt. Wait for the time in `Retry-After`. A write may have been recorded nevertheless, and is safe to repeat. */
    LedgerUnavailableProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:ledger-unavailable";
      /** @constant */
      title: "The ledger is not available";
      /** @constant */
      status: 503;
      detail?: string;
    };
    /** @description More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx. Wait for the time in `Retry-After`. */
    BusyProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:busy";
      /** @constant */
      title: "The service is busy";
      /** @constant */
      status: 503;
      detail?: string;
    };
    /** @description The ledger cannot be reached, a target has not been swept for ten minutes, or a target that is no longer configured still has open tasks or undelivered events. See `detail`. `GET /connections` shows each target's last error, and which targets are not configured. */
    UnhealthyProblem: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: "urn:image-tasks:problem:unhealthy";
      /** @constant */
      title: "The service is not healthy";
      /** @constant */
      status: 503;
      detail?: string;
    };
    /** @description The response was not ready within the time limit of a request. Retry, narrow the filters, or use `source=ledger`. */
    OutOfTimeProblem: {
      /** @constant */
      type: "urn:image-tasks:problem:out-of-time";
      /** @constant */
      title: "The answer took too long";
      /** @constant */
      status: 504;
      detail?: string;
    };
    /** @description The task to track. */
    TrackTaskBody: {
      /** @description The name of a configured connection. */
      connection: string;
      /** @description Optional when the connection has exactly one region. */
      region?: string;
      /** @description The provider's own id of the task. Each provider has its own form for ids, and its own length within this one. A 422 describes it. */
      nativeId: string;
      /** @description Replace the task's labels, which are sent in its events. At most 20. Absent: the labels stay. */
      labels?: {
        [key: string]: string;
      };
    };
  };
  responses: {
    /** @description A parameter is misspelled, has an invalid value, or contradicts another, or a cursor does not match the filters. */
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
    /** @description The token is missing, has expired, or has the wrong issuer or audience. */
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
    /** @description The token lacks the scope or the role that the call needs, or (in local mode only) the call comes from a web page. */
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
    /** @description The path exists but does not support this method. */
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
    /** @description The request's headers are too large in total. */
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
    /** @description The service failed. Its log has the reason. */
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
    /** @description More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx. Or: The ledger is throttled, is failing, or did not answer in time, or other calls changed the same record at every attempt. */
    BusyOrLedgerUnavailable: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["BusyProblem"]
          | components["schemas"]["LedgerUnavailableProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description The response was not ready within the time limit of a request. */
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
    /** @description The provider refused the call or its response could not be read. For a list, this happened with every provider. */
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
    /** @description A parameter is misspelled, has an invalid value, or contradicts another, or a cursor does not match the filters. Or: The body is not valid JSON. */
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
    /** @description More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx. Or: The provider is throttling this account. Or: The provider cannot be reached, is failing, or did not answer in time. Or: The ledger is throttled, is failing, or did not answer in time, or other calls changed the same record at every attempt. */
    BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["BusyProblem"]
          | components["schemas"]["ProviderThrottledProblem"]
          | components["schemas"]["ProviderUnavailableProblem"]
          | components["schemas"]["LedgerUnavailableProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description Neither the ledger nor the provider knows the task, it was never tracked, or its connection or region is not configured. */
    UnknownTask: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["UnknownTaskProblem"];
      };
    };
    /** @description The body is larger than 65,536 bytes. */
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
    /** @description The body's content type is not JSON. */
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
    /** @description The body has invalid, unknown, or missing fields. */
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
    /** @description The ledger's record of the task is broken, or a newer version of this service wrote it. */
    RecordUnreadable: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["RecordUnreadableProblem"];
      };
    };
    /** @description The provider refused the call or its response could not be read. For a list, this happened with every provider. Or: The provider rejected the connection's credential. */
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
    /** @description Neither the ledger nor the provider knows the task, it was never tracked, or its connection or region is not configured. Or: The path does not exist. */
    UnknownTaskOrUnknownRoute: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json":
          | components["schemas"]["UnknownTaskProblem"]
          | components["schemas"]["UnknownRouteProblem"];
      };
    };
    /** @description The task has ended, or its provider cannot cancel it, no longer has it, or refuses to cancel it in its current state. */
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
    /** @description More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx. Or: The ledger cannot be reached, a target has not been swept for ten minutes, or a target that is no longer configured still has open tasks or undelivered events. */
    BusyOrUnhealthy: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["BusyProblem"] | components["schemas"]["UnhealthyProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description More calls run at the same time than local mode allows. A deployment answers with API Gateway's own 5xx. */
    Busy: {
      headers: {
        "Cache-Control": components["headers"]["CacheControl"];
        "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
        "Retry-After": components["headers"]["RetryAfter"];
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["BusyProblem"];
        "application/json": components["schemas"]["GatewayMessage"];
      };
    };
    /** @description API Gateway is throttling requests. */
    TooManyRequests: {
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
     * @description `no-cache` lets a client store the response if it revalidates it. Problems are `no-store`.
     * @example no-cache
     */
    CacheControl: "no-cache" | "no-store";
    /**
     * @description Clients must not guess another content type.
     * @example nosniff
     */
    ContentTypeOptions: "nosniff";
    /**
     * @description A strong validator: equal tags mean equal bytes (RFC 9110).
     * @example "3q2-7wAbCdEfGhIjKlMnOpQrStU"
     */
    ETag: string;
    /**
     * @description A weak validator: equal tags mean tasks in the same state, although their `observedAt` and `requestId` may differ (RFC 9110).
     * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
     */
    WeakETag: string;
    /**
     * @description The next page, if there is one (RFC 8288).
     * @example </tasks?status=failed&cursor=bm90IGEgY3Vyc29y>; rel="next"
     */
    Link: string;
    /**
     * @description With `source=ledger`: seconds since the least recently swept target was swept (RFC 9111).
     * @example 42
     */
    Age: string;
    /**
     * @description Seconds to wait before asking again.
     * @example 30
     */
    RetryAfter: string;
    /**
     * @description The methods that the path supports.
     * @example GET, HEAD, POST
     */
    Allow: string;
    /**
     * @description The path of the task, including any base path.
     * @example /tasks/aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
     */
    Location: string;
    /**
     * @description How to authenticate (RFC 6750).
     * @example Bearer
     */
    WwwAuthenticate: string;
    /**
     * @description The task's `status`, for scripts that do not read the body.
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
         * @description Only tasks in these statuses. No provider reports `vanished`: alone, it always reads the ledger.
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
        /** @description Only tasks on these images, disks, or instances. */
        resourceId?: string[];
        /** @description Only tasks with these provider ids. Requires exactly one `connection`. Each provider has its own form for ids, and its own length within this one. A 400 describes it. */
        nativeId?: string[];
        /** @description Only tasks with this native status, which is the provider's own word, such as `Processing`. Case and underscores are ignored. */
        nativeStatus?: string;
        /** @description Only tasks with this native action, which is the provider's own word, such as `ImportImage`. Case and underscores are ignored: `IMPORT_IMAGE` is the same word. */
        nativeAction?: string;
        /** @description Only tasks on the image with this name. */
        imageName?: string;
        /**
         * @description Only tasks with this label, as `<name>=<value>`. If repeated, only tasks with all of these labels. Always reads the ledger, which alone knows labels.
         * @example [
         *       "build=1742"
         *     ]
         */
        label?: string[];
        /**
         * @description Only tasks created at this time or later. The time is rounded down to the minute.
         * @example 2026-01-31T12:00:00Z
         */
        createdAfter?: string;
        /**
         * @description Only tasks created at this time or earlier.
         * @example 2026-02-01T12:00:00Z
         */
        createdBefore?: string;
        /** @description The maximum number of tasks per page. */
        limit?: number;
        /** @description The `nextCursor` of the previous page. Requires the same filters. */
        cursor?: string;
        /** @description `live` asks the providers. `ledger` returns what the sweep recorded, with its `Age`, and calls no provider. */
        source?: "live" | "ledger";
        /** @description Only tasks with an event that the bus has not accepted yet. Always reads the ledger. */
        pendingEvent?: "true";
        /** @description Only stalled tasks. Always reads the ledger. */
        stalled?: "true";
      };
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page of tasks. `errors` lists what is missing from it. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["TaskList"];
        };
      };
      /** @description Unchanged since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
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
      503: components["responses"]["BusyOrLedgerUnavailable"];
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
      /** @description The task was already tracked. */
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
      /** @description The task is now tracked. */
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
      409: components["responses"]["RecordUnreadable"];
      413: components["responses"]["BodyTooLarge"];
      414: components["responses"]["UriTooLong"];
      415: components["responses"]["UnsupportedMediaType"];
      422: components["responses"]["InvalidBody"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable"];
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
         * @description Only tasks in these statuses. No provider reports `vanished`: alone, it always reads the ledger.
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
        /** @description Only tasks on these images, disks, or instances. */
        resourceId?: string[];
        /** @description Only tasks with these provider ids. Requires exactly one `connection`. Each provider has its own form for ids, and its own length within this one. A 400 describes it. */
        nativeId?: string[];
        /** @description Only tasks with this native status, which is the provider's own word, such as `Processing`. Case and underscores are ignored. */
        nativeStatus?: string;
        /** @description Only tasks with this native action, which is the provider's own word, such as `ImportImage`. Case and underscores are ignored: `IMPORT_IMAGE` is the same word. */
        nativeAction?: string;
        /** @description Only tasks on the image with this name. */
        imageName?: string;
        /**
         * @description Only tasks with this label, as `<name>=<value>`. If repeated, only tasks with all of these labels. Always reads the ledger, which alone knows labels.
         * @example [
         *       "build=1742"
         *     ]
         */
        label?: string[];
        /**
         * @description Only tasks created at this time or later. The time is rounded down to the minute.
         * @example 2026-01-31T12:00:00Z
         */
        createdAfter?: string;
        /**
         * @description Only tasks created at this time or earlier.
         * @example 2026-02-01T12:00:00Z
         */
        createdBefore?: string;
        /** @description The maximum number of tasks per page. */
        limit?: number;
        /** @description The `nextCursor` of the previous page. Requires the same filters. */
        cursor?: string;
        /** @description `live` asks the providers. `ledger` returns what the sweep recorded, with its `Age`, and calls no provider. */
        source?: "live" | "ledger";
        /** @description Only tasks with an event that the bus has not accepted yet. Always reads the ledger. */
        pendingEvent?: "true";
        /** @description Only stalled tasks. Always reads the ledger. */
        stalled?: "true";
      };
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One page of tasks. `errors` lists what is missing from it. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
          Link: components["headers"]["Link"];
          Age: components["headers"]["Age"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Unchanged since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
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
      503: components["responses"]["BusyOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getTask: {
    parameters: {
      query?: {
        /**
         * @description The maximum number of seconds to wait for the task to be done. The response comes as soon as the task is done, or after this time with the task's current state.
         * @example 25
         */
        wait?: number;
      };
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`, whose `nativeId` has at most 200 characters. An id with characters other than `A-Z a-z 0-9 _ . : -` may not survive every gateway. Spell it `~` followed by its base64url without padding, as `Location` does.
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task's current state. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["TaskDetail"];
        };
      };
      /** @description Unchanged since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
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
      503: components["responses"]["BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  untrackTask: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`, whose `nativeId` has at most 200 characters. An id with characters other than `A-Z a-z 0-9 _ . : -` may not survive every gateway. Spell it `~` followed by its base64url without padding, as `Location` does.
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task is no longer tracked. */
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
      409: components["responses"]["RecordUnreadable"];
      414: components["responses"]["UriTooLong"];
      429: components["responses"]["TooManyRequests"];
      431: components["responses"]["HeadersTooLarge"];
      500: components["responses"]["Internal"];
      502: components["responses"]["ProviderFailedOrProviderUnauthorized"];
      503: components["responses"]["BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headTask: {
    parameters: {
      query?: {
        /**
         * @description The maximum number of seconds to wait for the task to be done. The response comes as soon as the task is done, or after this time with the task's current state.
         * @example 25
         */
        wait?: number;
      };
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`, whose `nativeId` has at most 200 characters. An id with characters other than `A-Z a-z 0-9 _ . : -` may not survive every gateway. Spell it `~` followed by its base64url without padding, as `Location` does.
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task's current state. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
          "Retry-After": components["headers"]["RetryAfter"];
          "Task-Status": components["headers"]["TaskStatus"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Unchanged since that `ETag`. */
      304: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["WeakETag"];
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
      503: components["responses"]["BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  cancelTask: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description `<connection>:<region>:<nativeId>`, whose `nativeId` has at most 200 characters. An id with characters other than `A-Z a-z 0-9 _ . : -` may not survive every gateway. Spell it `~` followed by its base64url without padding, as `Location` does.
         * @example aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The provider accepted the cancellation. */
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
      503: components["responses"]["BusyOrProviderThrottledOrProviderUnavailableOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getConnections: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All targets. */
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
      /** @description Unchanged since that `ETag`. */
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
      503: components["responses"]["BusyOrLedgerUnavailable"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headConnections: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
         */
        "If-None-Match"?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All targets. */
      200: {
        headers: {
          "Cache-Control": components["headers"]["CacheControl"];
          "X-Content-Type-Options": components["headers"]["ContentTypeOptions"];
          ETag: components["headers"]["ETag"];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Unchanged since that `ETag`. */
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
      503: components["responses"]["BusyOrLedgerUnavailable"];
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
      /** @description The ledger answers, every target was swept within the last ten minutes, and nothing is left of targets that are no longer configured. */
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
      503: components["responses"]["BusyOrUnhealthy"];
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
      /** @description The ledger answers, every target was swept within the last ten minutes, and nothing is left of targets that are no longer configured. */
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
      503: components["responses"]["BusyOrUnhealthy"];
      504: components["responses"]["OutOfTime"];
    };
  };
  getOpenApi: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
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
      /** @description Unchanged since that `ETag`. */
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
      503: components["responses"]["Busy"];
      504: components["responses"]["OutOfTime"];
    };
  };
  headOpenApi: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.
         * @example W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"
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
      /** @description Unchanged since that `ETag`. */
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
      503: components["responses"]["Busy"];
      504: components["responses"]["OutOfTime"];
    };
  };
}
