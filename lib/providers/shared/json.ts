/** No documented answer has more than ten levels, wrappers included. */
const mostLevels = 64;

const quote = 0x22;
const backslash = 0x5c;

/**
 * The value of a provider's JSON. `undefined` for text that is not JSON, or is nested more than 64 levels deep: arrays
 * within arrays take many times longer to parse than other JSON of their size.
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let levels = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) isString = !isString;
    else if (isString) at += code === backslash ? 1 : 0;
    else if (code === 0x5b || code === 0x7b) levels += 1;
    else if (code === 0x5d || code === 0x7d) levels -= 1;
    if (levels > mostLevels) return true;
  }
  return false;
}
