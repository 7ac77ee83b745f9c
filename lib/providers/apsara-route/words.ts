import type { Resource, TaskAction, TaskStatus } from "../../domain/task.ts";

/** `IMPORT_IMAGE` and `ImportImage` are the same action. */
function plain(word: string): string {
  return word.replaceAll("_", "").trim().toLowerCase();
}

const actions: ReadonlyMap<string, TaskAction> = new Map([
  ["importimage", "import-image"],
  ["exportimage", "export-image"],
]);

export function actionOf(nativeAction: string): TaskAction {
  return actions.get(plain(nativeAction)) ?? "other";
}

/** The word to filter by; `undefined` when no one word stands for the action. */
export function wordOfAction(action: TaskAction): string | undefined {
  if (action === "import-image") return "ImportImage";
  return action === "export-image" ? "ExportImage" : undefined;
}

const resourceTypes: ReadonlyMap<string, Resource["type"]> = new Map([
  ["importimage", "image"],
  ["exportimage", "image"],
  ["redeployinstance", "instance"],
  ["modifydiskspec", "disk"],
]);

export function resourceTypeOf(nativeAction: string): Resource["type"] {
  return resourceTypes.get(plain(nativeAction)) ?? "other";
}

/**
 * `Waiting` is a queued task of an Apsara Stack, and so is a task whose status is the name of its action; the published
 * page lists neither.
 */
const statuses: ReadonlyMap<string, TaskStatus> = new Map([
  ["pending", "pending"],
  ["waiting", "pending"],
  ["importimage", "pending"],
  ["exportimage", "pending"],
  ["processing", "running"],
  ["paused", "paused"],
  ["finished", "succeeded"],
  ["failed", "failed"],
  ["deleted", "canceled"],
  ["canceled", "canceled"],
  ["cancelled", "canceled"],
]);

/** `succeeded` only says that the task has ended: its sub-operations may still make it a failure. */
export function statusOf(nativeStatus: string, nativeAction: string): TaskStatus {
  const word = plain(nativeStatus);
  // A word that is known means what it means, whatever the action is called.
  return statuses.get(word) ?? (word !== "" && word === plain(nativeAction) ? "pending" : "unknown");
}

/** The word to filter by, only where it leaves out no task of that status; the caller drops what it adds. */
export function wordOfStatus(status: TaskStatus): string | undefined {
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
