/** The parts of a string that the scanner uses. A test passes its own implementation to count the reads. */
export type Characters = Pick<string, "length" | "charCodeAt" | "slice">;

const backslash = 0x5c;
const percent = 0x25;
const ampersand = 0x26;

/**
 * ASCII letters and digits and `+ - . / _`, which make up paths, names, and tokens. False for the `NaN` past the end.
 */
export function isRunCharacter(code: number): boolean {
  if (code >= 0x61) return code <= 0x7a;
  if (code >= 0x41) return code <= 0x5a || code === 0x5f;
  return (code >= 0x2d && code <= 0x39) || code === 0x2b;
}

/** White space, control characters, and Unicode line separators. */
export function isBlank(code: number): boolean {
  return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || (code > 0xa0 && /\s/.test(String.fromCharCode(code)));
}

export function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x60;
}

/** Chinese and typographic quotes, brackets, and stops. They may adjoin a URL or value without a blank. */
function isTypeset(code: number): boolean {
  return code > 0xa0 && /\p{P}/u.test(String.fromCharCode(code));
}

export function isUrlCharacter(code: number): boolean {
  // A quote or an angle bracket often closes a URL.
  return code > 0x20 && !isBlank(code) && !isQuote(code) && code !== 0x3c && code !== 0x3e && !isTypeset(code);
}

/** True if an unquoted value ends here: at a blank, a quote, or any of `& , ; < >`. */
export function endsValue(code: number): boolean {
  return code === 0x26 || code === 0x2c || code === 0x3b || !isUrlCharacter(code);
}

interface Escaped {
  readonly code: number;
  readonly end: number;
}

/**
 * Reads an escaped character: `%3D`, `%253D` after repeated encoding, `\u003d`, or `&#61;`. Returns its code and end, or
 * `undefined` if the text at `at` is not escaped.
 */
export function escapedAt(text: Characters, at: number): Escaped | undefined {
  const first = text.charCodeAt(at);
  if (first === ampersand) return entityAt(text, at);
  if (first !== percent && first !== backslash) return undefined;
  let digits = at + 1;
  if (first === backslash) {
    if (text.slice(digits, digits + 3).toLowerCase() !== "u00") return undefined;
    digits += 3;
  } else {
    while (text.slice(digits, digits + 2) === "25") digits += 2;
  }
  const pair = text.slice(digits, digits + 2);
  if (/[0-9a-f]{2}/i.test(pair)) return { code: Number.parseInt(pair, 16), end: digits + 2 };
  return digits > at + 1 && first === percent ? { code: percent, end: digits } : undefined;
}

/** In HTML and XML. Escaped again, the ampersand is `&amp;`. */
const entity = /^&(?:amp;){0,2}(?:#(\d{1,4});|#x([0-9a-f]{1,4});|(quot|apos|lt|gt|amp);)/i;
const longestEntity = 16;
const named: Readonly<Record<string, number>> = { quot: 0x22, apos: 0x27, lt: 0x3c, gt: 0x3e, amp: ampersand };

function entityAt(text: Characters, at: number): Escaped | undefined {
  const [whole, decimal, hex, name] = entity.exec(text.slice(at, at + longestEntity)) ?? [];
  if (whole === undefined) return undefined;
  const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : named[name?.toLowerCase() ?? ""];
  return code === undefined ? undefined : { code, end: at + whole.length };
}
