import { withoutSecrets } from "./secret-scanner.ts";
import type { UrlForm } from "./secret-scanner.ts";

/** Makes a provider's words fit to be shown: on one line, bounded, and without credentials. */

const longest = 300;
/** No word that begins after this is read. */
const longestRead = 2_000;
/** A word that begins before that is read on to here. Of a secret that goes beyond, enough is read to know it by. */
const endOfReading = 2 * longestRead;

/** For the message of a task: keeps where a URL points and drops what it is signed with. `maxLength` is in characters. */
export function taskText(text: string, maxLength = longest): string {
  return bounded(text, "location", maxLength);
}

/** For the message of an error, and for codes and ids: holds no URL at all. `maxLength` is in characters. */
export function errorText(text: string, maxLength = longest): string {
  return bounded(text, "removed", maxLength);
}

/** A code or id as the provider gave it, or `null` when it does not have the form of one or is a credential. */
export function safeToken(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^[\w.:-]{1,128}$/.test(text)) return null;
  return errorText(text) === text ? text : null;
}

function bounded(text: string, urls: UrlForm, maxLength: number): string {
  const shown = withoutSecrets(text.slice(0, endOfReading), { urls, readUntil: longestRead });
  // By code point, so that no character is cut in two; each takes up two units at most.
  const characters = Array.from(shown.slice(0, 2 * (maxLength + 1)));
  if (characters.length > maxLength) characters.splice(maxLength - 1, Infinity, "…");
  return characters.join("");
}
