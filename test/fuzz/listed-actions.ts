import type { Resource, TaskAction } from "../../lib/domain/task.ts";

/** The actions of docs/finished.md. */

/** What the word of its action makes of a task. */
export interface TaskKind {
  readonly action: TaskAction;
  readonly resource: Resource["type"];
}

const unlisted: TaskKind = { action: "other", resource: "other" };
const kinds: ReadonlyMap<string, TaskKind> = new Map<string, TaskKind>([
  ["importimage", { action: "import-image", resource: "image" }],
  ["exportimage", { action: "export-image", resource: "image" }],
  ["modifydiskspec", { action: "other", resource: "disk" }],
  ["redeployinstance", { action: "other", resource: "instance" }],
  ["archivesnapshot", unlisted],
]);

const decidedByRow = new Set(["redeployinstance", "archivesnapshot"]);

/** `undefined` where only a blank keeps the word from being on the list, which the page does not mention. */
export function kindOfAction(action: unknown): TaskKind | undefined {
  if (typeof action !== "string") return unlisted;
  const kind = kinds.get(folded(action));
  return kind ?? (kinds.has(folded(action.trim())) ? undefined : unlisted);
}

/** Whether a `Finished` row of this action has succeeded, with no call to ask for more. */
export function isDecidedByRow(action: unknown): "yes" | "no" | "perhaps" {
  if (typeof action !== "string") return "no";
  if (decidedByRow.has(folded(action))) return "yes";
  return decidedByRow.has(folded(action.trim())) ? "perhaps" : "no";
}

function folded(action: string): string {
  return action.replaceAll("_", "").toLowerCase();
}
