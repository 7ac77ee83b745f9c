import { foldWord, isSameWord } from "../../../domain/native-word.ts";
import type { Resource, TaskAction, TaskStatus } from "../../../domain/task.ts";

/** The meaning of ECS's words, in any case and spelling. Older responses write `IMPORT_IMAGE`. */

/** `finished` is specific to ECS: the task has ended, and the counts determine its outcome. */
export type WordStatus = TaskStatus | "finished";

export function statusOfWord(nativeStatus: string, nativeAction: string | null): WordStatus {
  const word = plainWord(nativeStatus);
  const known = statuses.get(word);
  if (known !== undefined) return known;
  // Some gateways send the action's name as the status while a task waits.
  const isAction = word !== "" && (word === plainWord(nativeAction) || kindOfAction(word).action !== "other");
  return isAction ? "pending" : "unknown";
}

/** The properties of a task's action. `docs/finished.md` has the same table. */
interface ActionKind {
  readonly action: TaskAction;
  readonly resourceType: Resource["type"];
  /** False: the sweep records the task only when a caller tracks it. */
  readonly discovered: boolean;
  /** True: `DescribeTaskAttribute` does not describe the task, so its row is the only evidence. */
  readonly rowDecides: boolean;
}

export function kindOfAction(nativeAction: string | null): ActionKind {
  // Treat an unknown action as an image action, so that an image task with a new name is not lost.
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

/** The word to filter by, or `undefined` if no single word represents the action. */
export function wordOfAction(action: TaskAction | undefined): string | undefined {
  if (action === undefined) return undefined;
  return { "import-image": "ImportImage", "export-image": "ExportImage", other: undefined }[action];
}

/**
 * The API's own spelling of a caller's word, or `undefined` if the API documents no such word. An undocumented word must
 * not be sent as a filter: the API may compare it letter by letter, ignore it, or refuse it.
 */
export function spellingOf(word: string | undefined, documented: readonly string[]): string | undefined {
  return word === undefined ? undefined : documented.find((one) => isSameWord(one, word));
}

function plainWord(word: string | null): string {
  return foldWord(word ?? "");
}

// Waiting, Paused, and Deleted come from older pages. No page says that they were removed.
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
