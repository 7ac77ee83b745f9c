import * as z from "zod/mini";
import { certainties, retryAdvices } from "../domain/explanation.ts";
import type { WithExplanation, Explanation as FailureExplanation } from "../domain/explanation.ts";
import { taskActions, taskStatuses } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import type { TaskDetail as Detail } from "../domain/timeline.ts";
import type { ListedTask } from "../list/merge-pages.ts";
import { ProviderName } from "./provider-name.ts";

/** Schemas of the tasks in responses. `satisfies` keeps them in step with `Task`, which the code uses. */

const count = z.nullable(z.int().check(z.minimum(0)));
const time = z.iso.datetime();

const TaskStatus = z
  .enum(taskStatuses)
  .check(
    z.describe(
      "`succeeded`, `failed`, and `canceled` are final. `vanished`: the provider no longer returns a task that was open, " +
        "or never returned one that was tracked. If the provider returns it again, tracking resumes. `unknown`: see `nativeStatus` and `statusReason`.",
    ),
  );

const TaskFailure = z
  .strictObject({
    code: z.string().check(z.describe("The provider's code, for example `InvalidOSSObject.NotFound`.")),
    message: z.string().check(z.describe("The provider's message.")),
  })
  .check(z.describe("Why something failed, in the provider's words."));

const Explanation = z
  .strictObject({
    cause: z.string().check(z.describe("What the failure means, in this service's words.")),
    certainty: z
      .enum(certainties)
      .check(
        z.describe(
          "How sure `cause` and `remedy` are. `documented`: the provider's documentation says so. `reported`: users have " +
            "reported it in public. `inferred`: a conclusion of this service, which is only likely.",
        ),
      ),
    remedy: z.string().check(z.describe("What to do about it.")),
    retry: z
      .enum(retryAdvices)
      .check(
        z.describe(
          "Whether trying again can help. `unchanged`: yes, at once. `later`: yes, after a wait, with nothing changed. " +
            "`after-remedy`: only once the cause is removed. `pointless`: not with this image, or not in this way. " +
            "`unknown`: nobody can tell.",
        ),
      ),
    retryCertainty: z.enum(certainties).check(z.describe("How sure `retry` is. In the same words as `certainty`.")),
  })
  .check(
    z.describe("What a failure means. For people and pipelines: the service itself decides nothing by it."),
  ) satisfies z.ZodMiniType<FailureExplanation>;

const Progress = z
  .strictObject({
    percent: z.nullable(z.number().check(z.minimum(0), z.maximum(100))),
    succeeded: count,
    failed: count,
    total: count,
  })
  .check(
    z.describe("Percent and counts of sub-operations as reported by the provider. `null` where it reported none."),
  );

const Operation = z
  .strictObject({
    status: z.enum(["running", "succeeded", "failed", "unknown"]),
    nativeStatus: z.string(),
    error: z.nullable(TaskFailure).check(z.describe("Only on a sub-operation that failed.")),
    explanation: z
      .nullable(Explanation)
      .check(z.describe("Of `error`. Sub-operations may fail for different reasons. `null` if none is known.")),
    warning: z
      .nullable(TaskFailure)
      .check(z.describe("An error code that the provider put on a sub-operation that did not fail.")),
    related: z.record(z.string(), z.string()).check(z.describe("Related items by name, for example `OSSObject`.")),
  })
  .check(z.describe("One sub-operation of a task."));

const Resource = z.strictObject({
  type: z.enum(["image", "disk", "instance", "other"]),
  id: z.nullable(z.string()),
  name: z.nullable(z.string()),
});

const NativeTimes = z.strictObject({
  createdAt: z.nullable(z.string()),
  finishedAt: z.nullable(z.string()),
  zoneAssumed: z
    .boolean()
    .check(z.describe("True when the provider gave no time zone and the connection's `timeZone` was used.")),
});

export const TaskSchema = z
  .strictObject({
    id: z.string().check(z.describe("`<connection>:<region>:<nativeId>`")),
    connection: z.string(),
    provider: ProviderName,
    region: z.string().check(z.describe("`global` where a provider has no regions.")),
    nativeId: z.string().check(z.describe("The provider's own id.")),
    action: z.enum(taskActions),
    nativeAction: z.string().check(z.describe("The provider's own word for the action.")),
    status: TaskStatus,
    nativeStatus: z.string().check(z.describe("The provider's own word for the status.")),
    statusReason: z
      .nullable(z.string())
      .check(
        z.describe(
          "Why `status` is `unknown`: what could not be read or proven. Or why the progress of a stalled task cannot be " +
            "read. Or, for `pending` or `vanished`, that the provider has not shown the task yet or has never shown it. " +
            "`null` in every other case.",
        ),
      ),
    missingSince: z
      .nullable(time)
      .check(
        z.describe(
          "Since when the provider has not returned the task when asked for it. `null` while it returns it, and if it has " +
            "never returned it. The other members show the last known state. An open task that stays missing for ten " +
            "minutes and three sweeps becomes `vanished`.",
        ),
      ),
    done: z.boolean().check(z.describe("True when `status` is final.")),
    partial: z.boolean().check(z.describe("True when a failed task succeeded in part.")),
    progress: Progress,
    resource: z.nullable(Resource),
    error: z
      .nullable(TaskFailure)
      .check(
        z.describe("Set only when `status` is `failed`. Can be `null` even then, if the provider gave no reason."),
      ),
    explanation: z
      .nullable(Explanation)
      .check(
        z.describe(
          "Of `error`. `null` if the task did not fail, if the provider gave no reason, or if the reason is not one that " +
            "this service knows. Its texts may change in any version, so branch on `retry`.",
        ),
      ),
    operations: z.array(Operation).check(z.describe("Empty where the provider has none.")),
    cancelable: z
      .nullable(z.boolean())
      .check(
        z.describe(
          "`false` if the provider's API cannot cancel, or if the task has ended. `null` when the provider does not say.",
        ),
      ),
    createdAt: z.nullable(time).check(z.describe("By the provider's clock.")),
    finishedAt: z.nullable(time).check(z.describe("By the provider's clock, unless `finishedAtObserved` is true.")),
    finishedAtObserved: z
      .boolean()
      .check(z.describe("True when the provider gave no finish time, so `finishedAt` is `observedAt`.")),
    nativeTimes: NativeTimes.check(z.describe("Times as the provider wrote them.")),
    observedAt: time.check(z.describe("When the state shown here was first observed, by this service's clock.")),
    requestId: z.nullable(z.string()).check(z.describe("The id of the provider request that showed this state.")),
    labels: z
      .record(z.string(), z.string())
      .check(z.describe("The labels given with the latest `POST /tasks` that had any.")),
    truncated: z
      .array(z.string())
      .check(
        z.describe(
          "Members that were cut because the provider sent too much, for example `operations.related`. Usually empty.",
        ),
      ),
  })
  .check(z.describe("One long-running image operation on one cloud.")) satisfies z.ZodMiniType<WithExplanation<Task>>;

const TimelineEntry = z
  .strictObject({
    status: TaskStatus,
    nativeStatus: z.string(),
    at: time.check(z.describe("When this status was first observed.")),
  })
  .check(z.describe("One status that a task was seen in."));

const TaskDetail = z
  .extend(TaskSchema, {
    timeline: z
      .array(TimelineEntry)
      .check(
        z.maxLength(50),
        z.describe("Oldest first: the first entry and the last 49. Empty when the task is not recorded."),
      ),
    recordProblem: z
      .exactOptional(z.string())
      .check(
        z.describe(
          "Present when the ledger has a record of the task that cannot be read: what is wrong with it. The task is then " +
            "as its provider shows it, without labels and timeline.",
        ),
      ),
  })
  .check(z.describe("A task with its history.")) satisfies z.ZodMiniType<WithExplanation<Detail>>;

const PendingEvent = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    attempts: z.int().check(z.minimum(0), z.describe("How often it was sent to the bus.")),
    nextAttemptAt: time,
    lastProblem: z.nullable(z.string()),
  })
  .check(z.describe("An event that the bus has not accepted yet."));

export const ListedTaskSchema = z
  .extend(TaskSchema, {
    pendingEvents: z.exactOptional(z.array(PendingEvent)).check(z.describe("Only with `pendingEvent=true`.")),
  })
  .check(z.describe("A task as a list shows it.")) satisfies z.ZodMiniType<WithExplanation<ListedTask>>;

/** Keyed by name in the document's schemas. */
export const taskSchemas = {
  Task: TaskSchema,
  TaskDetail,
  ListedTask: ListedTaskSchema,
  TaskStatus,
  TaskFailure,
  Explanation,
  Progress,
  Operation,
  TimelineEntry,
  PendingEvent,
} as const;
