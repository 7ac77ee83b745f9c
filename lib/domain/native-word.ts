/** A provider's own word for a status or an action, without what varies in it: `IMPORT_IMAGE` is `ImportImage`. */
export function foldWord(word: string): string {
  return word.trim().replaceAll("_", "").toLowerCase();
}

/** The rule for every filter by a native word. A word without letters matches only itself. */
export function isSameWord(one: string, other: string): boolean {
  const folded = foldWord(one);
  return one === other || (folded !== "" && folded === foldWord(other));
}
