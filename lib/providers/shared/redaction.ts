import { plainText } from "../../domain/bound-text.ts";
import { withoutSecrets } from "./secret-scanner.ts";
import type { UrlForm } from "./secret-scanner.ts";

/** Makes provider text safe to show: plain, of bounded length, and without credentials. */

const longest = 300;
/** Words that begin after this index are not read. */
const longestRead = 2_000;
/** The same, for each character that a member of a task keeps. */
const readPerKept = 2;
/** A text may be as long as its answer. No more is looked at than this many times what is read. */
const givenPerRead = 4;

/**
 * For a member of a task. Keeps the location of a URL and drops its signature. A text without a credential keeps its
 * blanks, because filters compare names and words. The caller keeps `kept` UTF-16 code units of the result, which has up
 * to twice as many, so that the cut is seen there.
 */
export function withoutCredentials(text: string, kept: number): string {
  const longestShown = readPerKept * kept;
  const plain = plainText(text.slice(0, givenPerRead * longestShown));
  const shown = taskText(plain, longestShown, longestShown);
  return shown === plain || shown === plain.replaceAll(/\s+/g, " ").trim() ? plain : shown;
}

/** One line for a task's message. Keeps the location of a URL and drops its signature. `maxLength` is in characters. */
export function taskText(text: string, maxLength = longest, readUntil = longestRead): string {
  return bounded(text, "location", { maxLength, readUntil });
}

/** For error messages, codes, and ids. Removes URLs completely. `maxLength` is in characters. */
export function errorText(text: string, maxLength = longest): string {
  return bounded(text, "removed", { maxLength, readUntil: longestRead });
}

/** A provider's code or id, or `null` if it is malformed or is a credential. */
export function safeToken(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^[\w.:-]{1,128}$/.test(text)) return null;
  return errorText(text) === text ? text : null;
}

interface Bounds {
  readonly maxLength: number;
  readonly readUntil: number;
}

function bounded(text: string, urls: UrlForm, { maxLength, readUntil }: Bounds): string {
  const shown = withoutSecrets(text.slice(0, givenPerRead * readUntil), { urls, readUntil });
  // Cut by code point, so that no character is split. Each takes up at most two units.
  const characters = Array.from(shown.slice(0, 2 * (maxLength + 1)));
  if (characters.length > maxLength) characters.splice(maxLength - 1, Infinity, "…");
  return characters.join("");
}
