import type { Resource, TaskAction, TaskStatus } from "../../../domain/task.ts";

/** What ECS's words mean, in any case and spelling: older answers write `IMPORT_IMAGE`. */

/** `finished` is ECS's own: the task has ended, and its outcome has to be read from the counts. */
export type WordStatus = TaskStatus | "finished";

export function statusOfWord(nativeStatus: string, nativeAction: string | null): WordStatus {
  const word = plainWord(nativeStatus);
  const known = statuses.get(word);
  if (known !== undefined) return known;
  // Some gateways answer the name of the action while a task waits.
  return word !== "" && (word === plainWord(nativeAction) || actions.has(word)) ? "pending" : "unknown";
}

export function actionOfWord(nativeAction: string | null): TaskAction {
  return actions.get(plainWord(nativeAction)) ?? "other";
}

/** The word to filter by; `undefined` when no single word stands for the action. */
export function wordOfAction(action: TaskAction): string | undefined {
  return { "import-image": "ImportImage", "export-image": "ExportImage", other: undefined }[action];
}

/** What kind of resource a task of that action works on. */
export function resourceTypeOfWord(nativeAction: string | null): Resource["type"] {
  return resourceTypes.get(plainWord(nativeAction)) ?? "other";
}

/** `IMPORT_IMAGE` and `ImportImage` are the same word. */
export function plainWord(word: string | null): string {
  return (word ?? "").trim().replaceAll("_", "").toLowerCase();
}

// Waiting, Paused, and Deleted come from older pages; no page says that they are gone.
const statuses = new Map<string, WordStatus>([
  ["pending", "pending"],
  ["waiting", "pending"],
  ["processing", "running"],
  ["paused", "paused"],
  ["finished", "finished"],
  ["failed", "failed"],
  ["deleted", "canceled"],
  ["canceled", "canceled"],
  ["cancelled", "canceled"],
]);

const actions = new Map<string, TaskAction>([
  ["importimage", "import-image"],
  ["exportimage", "export-image"],
]);

const resourceTypes = new Map<string, Resource["type"]>([
  ["importimage", "image"],
  ["exportimage", "image"],
  ["modifydiskspec", "disk"],
  ["redeployinstance", "instance"],
]);
