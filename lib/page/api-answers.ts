import type { components } from "../../docs/examples/image-tasks-api.ts";

/** What the page reads, in the words of the contract. The page and the API come from the same deployment. */

type Schemas = components["schemas"];
export type Task = Schemas["ListedTask"];
export type TaskDetail = Schemas["TaskDetail"];
export type TaskStatus = Schemas["TaskStatus"];
export type TaskFailure = Schemas["TaskFailure"];
export type Explanation = Schemas["Explanation"];
export type TaskList = Schemas["TaskList"];
export type ListProblem = TaskList["errors"][number];
export type Connections = Schemas["Connections"];
export type ConnectionState = Schemas["ConnectionState"];

/** The order in which choices and counts show them. */
export const taskStatuses = [
  "failed",
  "vanished",
  "unknown",
  "running",
  "pending",
  "paused",
  "canceling",
  "succeeded",
  "canceled",
] as const satisfies readonly TaskStatus[];

/** True for text that is one of the statuses. */
export function isTaskStatus(text: string): text is TaskStatus {
  return taskStatuses.some((status) => status === text);
}
