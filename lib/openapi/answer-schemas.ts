import * as z from "zod/mini";
import { errorKinds } from "../domain/errors.ts";
import type { FieldProblem, ProviderFailure as Failure } from "../http/problem.ts";
import { ProviderName } from "./provider-name.ts";
import { ListedTaskSchema } from "./task-schemas.ts";

/** Everything but tasks and problems that answers hold. */

export const ProviderFailure = z
  .strictObject({
    connection: z.string(),
    region: z.string(),
    kind: z.enum(errorKinds).check(z.describe("What went wrong, in words that are the same for every provider.")),
    code: z.nullable(z.string()).check(z.describe("The provider's own code.")),
    message: z.string(),
    requestId: z.nullable(z.string()).check(z.describe("The provider's id of the request.")),
    taskId: z.exactOptional(z.string()).check(z.describe("When the failure concerns one task only.")),
  })
  .check(z.describe("What could not be asked of a provider.")) satisfies z.ZodMiniType<Failure>;

export const FieldError = z
  .strictObject({
    field: z.string().check(z.describe("A parameter's name, or a JSON pointer into the body.")),
    detail: z.string().check(z.describe("What is wrong with it, and what is allowed.")),
  })
  .check(z.describe("One wrong field.")) satisfies z.ZodMiniType<FieldProblem>;

export const TaskList = z
  .strictObject({
    tasks: z.array(ListedTaskSchema).check(z.describe("Newest first.")),
    nextCursor: z.nullable(z.string()).check(z.describe("`null` on the last page.")),
    errors: z
      .array(ProviderFailure)
      .check(z.describe("What is missing: targets that did not answer and rows that could not be read.")),
  })
  .check(z.describe("A page of tasks."));

const Capabilities = z
  .strictObject({
    batchSize: z.int().check(z.minimum(1), z.describe("How many tasks one provider call reads.")),
    listsWithoutIds: z
      .boolean()
      .check(z.describe("False: only some tasks are found by themselves; others need `POST /tasks`.")),
    reportsProgress: z.boolean(),
    cancels: z.boolean(),
  })
  .check(z.describe("What a provider can do."));

const seconds = z.nullable(z.number().check(z.minimum(0)));

const ConnectionState = z
  .strictObject({
    connection: z.string(),
    provider: ProviderName,
    region: z.string(),
    capabilities: Capabilities,
    rate: z
      .strictObject({ perSecond: z.number().check(z.gt(0)), burst: z.number().check(z.gt(0)) })
      .check(z.describe("The calls that the connection may make of each API.")),
    lastSweptAt: z.nullable(z.iso.datetime()),
    lastSweepSeconds: seconds.check(z.describe("How long the last sweep took.")),
    behindSeconds: seconds.check(z.describe("Time less the checkpoint up to which every task is recorded.")),
    lastError: z.nullable(z.string()).check(z.describe("Why the last sweep failed; `null` when it did not.")),
  })
  .check(z.describe("One connection in one region, as the sweep last left it."));

export const Connections = z
  .strictObject({ connections: z.array(ConnectionState) })
  .check(z.describe("Every target that is configured."));

export const Health = z
  .strictObject({ status: z.literal("ok") })
  .check(z.describe("The ledger answers and every target was swept within ten minutes."));

export const OpenApi = z
  .looseObject({
    openapi: z.string().check(z.regex(/^3\.1\.\d+$/)),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.looseObject({}),
  })
  .check(z.describe("An OpenAPI document; see its specification."));

export const GatewayMessage = z
  .looseObject({ message: z.string() })
  .check(z.describe("What API Gateway itself says of a request that it does not pass on."));

/** By the name that each has among the document's schemas. */
export const answerSchemas = {
  ProviderFailure,
  FieldError,
  TaskList,
  Capabilities,
  ConnectionState,
  Connections,
  Health,
  OpenApi,
  GatewayMessage,
} as const;
