import { plainText } from "../../domain/bound-text.ts";
import { withoutSecrets } from "./secret-scanner.ts";
import type { UrlForm } from "./secret-scanner.ts";

/** Makes provider text safe to show: plain, of bounded length, and without credentials. */

const longest = 300;
/** Words that begin after this index are not read. */
const longestRead = 2_000;
/** A text may be as long as its answer. Of a longer one, no more is looked at. */
const longestGiven = 4 * longestRead;

/**
 * For a member of a task. Keeps the location of a URL and drops its signature. A text without a credential keeps its
 * blanks, because filters compare names and words. At most 2,000 characters.
 */
export function withoutCredentials(text: string): string {
  const plain = plainText(text.slice(0, longestGiven));
  const shown = taskText(plain, longestRead);
  return shown === plain || shown === plain.replaceAll(/\s+/g, " ").trim() ? plain : shown;
}

/** One line for a task's message. Keeps the location of a URL and drops its signature. `maxLength` is in characters. */
export function taskText(text: string, maxLength = longest): string {
  return bounded(text, "location", maxLength);
}

/** For error messages, codes, and ids. Removes URLs completely. `maxLength` is in characters. */
export function errorText(text: string, maxLength = longest): string {
  return bounded(text, "removed", maxLength);
}

/** A provider's code or id, or `null` if it is malformed or is a credential. */
export function safeToken(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^[\w.:-]{1,128}$/.test(text)) return null;
  return errorText(text) === text ? text : null;
}

function bounded(text: string, urls: UrlForm, maxLength: number): string {
  const shown = withoutSecrets(text.slice(0, longestGiven), { urls, readUntil: longestRead });
  // Cut by code point, so that no character is split. Each takes up at most two units.
  const characters = Array.from(shown.slice(0, 2 * (maxLength + 1)));
  if (characters.length > maxLength) characters.splice(maxLength - 1, Infinity, "…");
  return characters.join("");
}
