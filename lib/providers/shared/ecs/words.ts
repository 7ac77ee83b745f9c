import type { Resource, TaskAction, TaskStatus } from "../../../domain/task.ts";

/** What ECS's words mean, in any case and spelling: older answers write `IMPORT_IMAGE`. */

/** `finished` is ECS's own: the task has ended, and its outcome has to be read from the counts. */
export type WordStatus = TaskStatus | "finished";

export function statusOfWord(nativeStatus: string, nativeAction: string | null): WordStatus {
  const word = plainWord(nativeStatus);
  const known = statuses.get(word);
  if (known !== undefined) return known;
  // Some gateways answer the name of the action while a task waits.
  const isAction = word !== "" && (word === plainWord(nativeAction) || kindOfAction(word).action !== "other");
  return isAction ? "pending" : "unknown";
}

/** What a task's action says of it. `docs/finished.md` has the same table. */
interface ActionKind {
  readonly action: TaskAction;
  readonly resourceType: Resource["type"];
  /** False: the sweep records the task only when a caller tracks it. */
  readonly discovered: boolean;
  /** True: `DescribeTaskAttribute` does not describe the task, so a bare row is all there is. */
  readonly rowDecides: boolean;
}

export function kindOfAction(nativeAction: string | null): ActionKind {
  // An image task under a new name must not be lost.
  return kinds.get(plainWord(nativeAction)) ?? { ...image("other"), resourceType: "other" };
}

function image(action: TaskAction): ActionKind {
  return { action, resourceType: "image", discovered: true, rowDecides: false };
}

const notOfAnImage = { action: "other", discovered: false } as const;

/** @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetaskattribute */
const kinds = new Map<string, ActionKind>([
  ["importimage", image("import-image")],
  ["exportimage", image("export-image")],
  ["modifydiskspec", { ...notOfAnImage, resourceType: "disk", rowDecides: false }],
  ["redeployinstance", { ...notOfAnImage, resourceType: "instance", rowDecides: true }],
  ["archivesnapshot", { ...notOfAnImage, resourceType: "other", rowDecides: true }],
]);

/** The word to filter by; `undefined` when no single word stands for the action. */
export function wordOfAction(action: TaskAction): string | undefined {
  return { "import-image": "ImportImage", "export-image": "ExportImage", other: undefined }[action];
}

/** `IMPORT_IMAGE` and `ImportImage` are the same word. */
function plainWord(word: string | null): string {
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
