import { ProviderError } from "../../domain/errors.ts";

/** No documented answer has more than ten levels, wrappers included. */
const mostLevels = 64;
/** A task keeps 100 operations with 20 related items each. */
const alwaysReadContainers = 3_000;
/** The shortest object of a documented answer, `{"Name":"a","Value":"b"}`, has this length. */
const shortestContainer = 24;
const mostContainers = 20_000;

/**
 * The value of a provider's JSON, or `undefined` for text that is not JSON.
 * @throws {ProviderError} `malformed` for more levels, objects, and arrays than any answer needs. They take many times
 *   longer to parse than other JSON of their size.
 */
export function parseJson(text: string): unknown {
  refuseIntricate(text);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseIntricate(text: string): void {
  const most = Math.min(mostContainers, Math.max(alwaysReadContainers, Math.floor(text.length / shortestContainer)));
  let levels = 0;
  let containers = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = stringEnd(text, at + 1);
    else if (code === 0x5d || code === 0x7d) levels -= 1;
    else if (code === 0x5b || code === 0x7b) {
      levels += 1;
      containers += 1;
      if (levels > mostLevels) throw malformed(`is nested more than ${mostLevels} levels deep`);
      if (containers > most) throw malformed(`has more than ${most} objects and lists`);
    }
  }
}

function malformed(what: string): ProviderError {
  return new ProviderError("malformed", `the answer ${what}`);
}

/** The index of the quote that closes the string. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let start = end;
    while (text.charCodeAt(start - 1) === 0x5c) start -= 1;
    // After an odd number of backslashes, the quote is escaped.
    if ((end - start) % 2 === 0) return end;
  }
  return text.length;
}
