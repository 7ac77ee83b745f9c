import * as z from "zod/mini";
import { errorKinds } from "../domain/errors.ts";
import type {
  FieldProblem,
  LedgerFailure as Outage,
  ProviderFailure as Failure,
  UnreadableRecord as Unreadable,
} from "../http/problem.ts";
import { ProviderName } from "./provider-name.ts";
import { ListedTaskSchema } from "./task-schemas.ts";

/** Schemas of responses other than tasks and problems. */

export const ProviderFailure = z
  .strictObject({
    connection: z.string(),
    region: z.string(),
    kind: z.enum(errorKinds).check(z.describe("The kind of failure. The kinds are the same for every provider.")),
    code: z.nullable(z.string()).check(z.describe("The provider's own code.")),
    message: z.string(),
    requestId: z.nullable(z.string()).check(z.describe("The provider's request id.")),
    taskId: z.exactOptional(z.string()).check(z.describe("Present when the failure concerns a single task.")),
  })
  .check(z.describe("A failed request to a provider.")) satisfies z.ZodMiniType<Failure>;

const LedgerFailure = z
  .strictObject({
    connection: z.null(),
    region: z.null(),
    kind: z.enum(["throttled", "unavailable"]),
    code: z.nullable(z.string()).check(z.describe("DynamoDB's own code.")),
    message: z.string().check(z.describe("Why the ledger could not be asked, and what the list lacks.")),
    requestId: z.null(),
  })
  .check(
    z.describe(
      "In a live list, at most once: the ledger could not be asked. Its `connection` is `null`, unlike that of a " +
        "provider's failure.",
    ),
  ) satisfies z.ZodMiniType<Outage>;

const UnreadableRecord = z
  .strictObject({
    connection: z.nullable(z.string()),
    region: z.nullable(z.string()),
    kind: z.literal("unreadable"),
    code: z.null(),
    message: z.string().check(z.describe("What is wrong with the record.")),
    requestId: z.null(),
    taskId: z.exactOptional(z.string()).check(z.describe("The task whose record cannot be read.")),
  })
  .check(
    z.describe(
      "A record of the ledger that cannot be read. The list lacks the task, or, in a live list, what only the ledger " +
        "knows of it.",
    ),
  ) satisfies z.ZodMiniType<Unreadable>;

export const FieldError = z
  .strictObject({
    field: z
      .string()
      .check(z.describe("A parameter's name, or a JSON pointer into the body; empty for the whole body.")),
    detail: z.string().check(z.describe("Why it is invalid, and what is allowed.")),
  })
  .check(z.describe("One invalid field.")) satisfies z.ZodMiniType<FieldProblem>;

const TaskList = z
  .strictObject({
    tasks: z.array(ListedTaskSchema).check(z.describe("Newest first.")),
    nextCursor: z
      .nullable(z.string())
      .check(z.describe("`null` on the last page, and when the ledger could not be asked, which `errors` then says.")),
    errors: z
      .array(z.union([ProviderFailure, LedgerFailure, UnreadableRecord]))
      .check(
        z.describe(
          "What is missing from the list: targets that did not answer, rows or records that could not be read, and the ledger.",
        ),
      ),
    omittedErrors: z
      .exactOptional(z.int().check(z.minimum(1)))
      .check(z.describe("How many entries of `errors` were left out because there were too many.")),
  })
  .check(z.describe("A page of tasks."));

const Capabilities = z
  .strictObject({
    batchSize: z.int().check(z.minimum(1), z.describe("How many tasks one provider call can read.")),
    listsWithoutIds: z
      .boolean()
      .check(z.describe("False: the sweep finds only some tasks. Track the others with `POST /tasks`.")),
    reportsProgress: z.boolean(),
    cancels: z.boolean(),
  })
  .check(z.describe("What a provider can do."));

const seconds = z.nullable(z.number().check(z.minimum(0)));

const unreadableItems = z.int().check(z.minimum(0));
const unreadableMeaning =
  "Items of the ledger that could not be read, as far as sweeps have met them. Includes the copies that are kept of " +
  "replaced items.";

const ConnectionState = z
  .strictObject({
    connection: z.string().check(z.describe("The connection's name in ids and events.")),
    name: z
      .string()
      .check(z.describe("Its name in the configuration, which differs after a rename. Calls accept both names.")),
    provider: ProviderName,
    region: z.string(),
    capabilities: Capabilities,
    rate: z
      .strictObject({ perSecond: z.number().check(z.gt(0)), burst: z.number().check(z.gt(0)) })
      .check(z.describe("The connection's rate limit for each provider API: 70 % for sweeps, 30 % for HTTP calls.")),
    lastSweptAt: z.nullable(z.iso.datetime()),
    lastSweepSeconds: seconds.check(z.describe("How long the last sweep took.")),
    behindSeconds: seconds.check(
      z.describe(
        "Seconds between now and the checkpoint. Every task created before the checkpoint is recorded. `null` when " +
          "there is none, or when a wrong clock has set it in the future.",
      ),
    ),
    lastError: z.nullable(z.string()).check(z.describe("Why the last sweep failed. `null` when it succeeded.")),
    clockSkewSeconds: z
      .nullable(z.int())
      .check(
        z.describe(
          "The provider's clock minus ours, in seconds. 0 below two seconds. `null` when it has told no time.",
        ),
      ),
    unreadableItems: unreadableItems.check(z.describe(unreadableMeaning)),
  })
  .check(z.describe("One connection in one region, as of its last sweep."));

const leftCount = z.nullable(z.int().check(z.minimum(0)));

const UnconfiguredTarget = z
  .strictObject({
    connection: z.string(),
    provider: z.string(),
    region: z.string(),
    since: z
      .nullable(z.iso.datetime())
      .check(z.describe("When a sweep first found it missing. `null` until the next sweep, like the counts.")),
    openTasks: leftCount.check(
      z.describe("Tasks that nobody follows anymore. A count of 1000 means at least that many."),
    ),
    pendingEvents: leftCount.check(
      z.describe("Tasks with an event that the bus has not accepted yet. The sweep keeps publishing them."),
    ),
  })
  .check(
    z.describe(
      "A connection in a region that was swept before and is no longer configured. Configure it again, set " +
        "`formerName` if it was renamed, or end its open tasks with `DELETE /tasks/{id}`. Once empty, it is listed for " +
        "another hour.",
    ),
  );

const Connections = z
  .strictObject({
    connections: z.array(ConnectionState).check(z.describe("All configured targets.")),
    unconfigured: z.array(UnconfiguredTarget).check(z.describe("Targets that are no longer configured.")),
  })
  .check(z.describe("All targets, configured or not."));

const Health = z
  .strictObject({
    status: z
      .enum(["ok", "degraded"])
      .check(z.describe("`degraded`: somebody should look at the unreadable items. No sweep waits for them.")),
    unreadableItems: unreadableItems.check(z.describe(unreadableMeaning)),
  })
  .check(
    z.describe(
      "The ledger answers, every target was swept within the last ten minutes, and nothing is left of targets that " +
        "are no longer configured.",
    ),
  );

const OpenApi = z
  .looseObject({
    openapi: z.string().check(z.regex(/^3\.1\.\d+$/)),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.looseObject({}),
  })
  .check(z.describe("An OpenAPI document. See the OpenAPI specification."));

const GatewayMessage = z
  .looseObject({ message: z.string() })
  .check(z.describe("API Gateway's own response to a request that it does not forward."));

/** Keyed by name in the document's schemas. */
export const answerSchemas = {
  ProviderFailure,
  LedgerFailure,
  UnreadableRecord,
  FieldError,
  TaskList,
  Capabilities,
  ConnectionState,
  UnconfiguredTarget,
  Connections,
  Health,
  OpenApi,
  GatewayMessage,
} as const;
