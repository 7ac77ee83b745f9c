import type { Resource, TaskAction, TaskStatus } from "../../domain/task.ts";

/** What ECS's words mean, in whatever case and spelling they come: older answers write `IMPORT_IMAGE`. */

/** `finished` is ECS's own: ended, with the outcome still to be read from the counts. */
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

/** What kind of thing a task of that action works on. */
export function resourceTypeOfWord(nativeAction: string | null): Resource["type"] {
  return resourceTypes.get(plainWord(nativeAction)) ?? "other";
}

/**
 * Whether `DescribeTaskAttribute` says how tasks of that action went. Its page names these three.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetaskattribute
 */
export function hasAttributes(nativeAction: string | null): boolean {
  return ["importimage", "exportimage", "modifydiskspec"].includes(plainWord(nativeAction));
}

// Waiting, Paused and Deleted are words of earlier years that no page takes back.
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

function plainWord(word: string | null): string {
  return (word ?? "").trim().replaceAll("_", "").toLowerCase();
}
