import { plainText } from "../../domain/bound-text.ts";
import { escapedAt, endsValue, isBlank, isQuote, isRunCharacter, isUrlCharacter } from "./characters.ts";
import type { Characters } from "./characters.ts";
import {
  endsInSecretName,
  isAuthScheme,
  marker,
  namesScheme,
  withoutPrivateKeys,
  withoutTokens,
} from "./credential-forms.ts";
import { locationOf } from "./url-location.ts";

/** What to do with a URL: keep only its location, or remove it. */
export type UrlForm = "location" | "removed";

export interface ScanOptions {
  readonly urls: UrlForm;
  /**
   * Words that begin at or after this index of the plain text are not read. A word that begins before it is read up to
   * twice this index: a longer secret is still recognized by this part.
   */
  readonly readUntil: number;
  /** Opens the text, and each URL in it, for reading. */
  readonly open?: (text: string) => Characters;
}

interface Scan {
  readonly text: Characters;
  /** `undefined` inside a URL that was already processed. */
  readonly urls: UrlForm | undefined;
  readonly open: (text: string) => Characters;
  readonly pieces: string[];
  at: number;
  afterBlank: boolean;
  /** No `@` follows a colon before this index: the text up to it is not searched again. */
  noPasswordBefore: number;
}

/**
 * The plain text on one line, with every credential replaced by `[redacted]`: values of parameters that sign or
 * authenticate, key ids, digests, and long tokens. A sequence of blanks becomes one blank. The text is made plain first,
 * because a name that invisible characters split up is read as one name.
 *
 * Takes time linear in the text's length, whatever the text contains. The scan only moves forward, and looks ahead from
 * a run of characters no further than to the next run.
 */
export function withoutSecrets(text: string, { urls, readUntil, open = asItIs }: ScanOptions): string {
  const read = open(withoutPrivateKeys(plainText(text).slice(0, 2 * readUntil)));
  return scanned(scanOf(read, urls, open), readUntil);
}

function scanOf(text: Characters, urls: Scan["urls"], open: Scan["open"]): Scan {
  return { text, urls, open, pieces: [], at: 0, afterBlank: false, noPasswordBefore: 0 };
}

function asItIs(text: string): Characters {
  return text;
}

function scanned(scan: Scan, readUntil: number): string {
  const end = Math.min(scan.text.length, readUntil);
  while (scan.at < end) {
    if (isRunCharacter(scan.text.charCodeAt(scan.at))) redactRun(scan);
    else copyTo(scan, escapedAt(scan.text, scan.at)?.end ?? scan.at + 1);
  }
  return scan.pieces.join("").trim();
}

/** Copies the text between runs and collapses blanks. */
function copyTo(scan: Scan, end: number): void {
  while (scan.at < end) {
    if (isBlank(scan.text.charCodeAt(scan.at))) {
      if (!scan.afterBlank) scan.pieces.push(" ");
      scan.afterBlank = true;
    } else write(scan, scan.text.slice(scan.at, scan.at + 1));
    scan.at += 1;
  }
}

function write(scan: Scan, piece: string): void {
  scan.pieces.push(piece);
  scan.afterBlank = false;
}

function redactRun(scan: Scan): void {
  const start = scan.at;
  while (isRunCharacter(scan.text.charCodeAt(scan.at))) scan.at += 1;
  const run = scan.text.slice(start, scan.at);
  if (scan.urls !== undefined && redactUrl(scan, run)) return;
  const shown = withoutTokens(run);
  write(scan, shown);
  const isBearer = run.toLowerCase() === "bearer";
  if (isBearer || endsInSecretName(run)) {
    const hasScheme = namesScheme(run, scan.text.slice(scan.at, scan.at + longestAssignment));
    redactValue(scan, { blankAssigns: isBearer, hasScheme });
  } else redactPassword(scan, run);
  // Skip the base64 padding of a token.
  if (shown.endsWith(marker)) while (scan.text.charCodeAt(scan.at) === 0x3d) scan.at += 1;
}

function redactUrl(scan: Scan, run: string): boolean {
  const { text, open, urls } = scan;
  const start = afterScheme(text, scan.at);
  const scheme = start === scan.at ? "" : schemeOf(run);
  if (scheme === "") return false;
  const end = urlEnd(text, start);
  if (end === start) return false;
  write(scan, withoutTokens(run.slice(0, run.length - scheme.length)));
  const url = text.slice(scan.at - scheme.length, end);
  const shown = urls === "removed" ? marker : locationOf(url);
  const inside = scanOf(open(shown), undefined, open);
  // The remaining path can still contain a parameter or a token.
  write(scan, scanned(inside, shown.length));
  scan.at = end;
  return true;
}

/** The index after `://`, including forms escaped for JSON or a URL. Returns `at` if there is none. */
function afterScheme(text: Characters, at: number): number {
  const first = text.charCodeAt(at);
  if (first !== 0x3a && first !== 0x25) return at;
  const mark = /^(?::\/\/|:\\\/\\\/|%3a%2f%2f)/i.exec(text.slice(at, at + 9))?.[0] ?? "";
  return at + mark.length;
}

function schemeOf(run: string): string {
  const start = Math.max(run.lastIndexOf("/"), run.lastIndexOf("_")) + 1;
  const letter = run.slice(start).search(/[a-z]/i);
  return letter === -1 ? "" : run.slice(start + letter);
}

function urlEnd(text: Characters, start: number): number {
  let end = start;
  for (;;) {
    while (isUrlCharacter(text.charCodeAt(end))) end += 1;
    const quote = text.charCodeAt(end);
    if (!isQuote(quote) || text.charCodeAt(end - 1) !== 0x3d) return end;
    end = valueEnd(text, end + 1, quote);
    if (text.charCodeAt(end) === quote) end += 1;
  }
}

/**
 * Drops the password in `user:password@host`, which needs no scheme: proxies are often written like this. Like any
 * value, the password may be escaped for JSON or a URL.
 */
function redactPassword(scan: Scan, run: string): void {
  const { text, at } = scan;
  const start = after(text, at, colon);
  if (start === at || at < scan.noPasswordBefore || /(?:^|[/+])mailto$/i.test(run)) return;
  let passwordEnd = start;
  let end = start;
  while (isPasswordCharacter(text.charCodeAt(end))) {
    const hostStart = after(text, end, atSign);
    if (hostStart !== end && isHostAt(text, hostStart)) passwordEnd = end;
    end = hostStart === end ? (escapedAt(text, end)?.end ?? end + 1) : hostStart;
  }
  scan.noPasswordBefore = end;
  if (passwordEnd === start) return;
  copyTo(scan, start);
  write(scan, marker);
  scan.at = passwordEnd;
}

/** False for the digest of a container image, before which its tag stands. */
function isHostAt(text: Characters, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === bracket || (code > 0xa0 && isUrlCharacter(code))) return true;
  return isRunCharacter(code) && !/^sha(?:256|512):/i.test(text.slice(at, at + 7));
}

const bracket = 0x5b;
const colon = 0x3a;
const atSign = 0x40;

/** The index after this character, escaped or not. Returns `at` if another character is there. */
function after(text: Characters, at: number, character: number): number {
  if (text.charCodeAt(at) === character) return at + 1;
  const escaped = escapedAt(text, at);
  return escaped?.code === character ? escaped.end : at;
}

/** A slash ends the host, before which a password stands. */
function isPasswordCharacter(code: number): boolean {
  return isUrlCharacter(code) && code !== 0x2f;
}

/** Of a colon with its quotes, escapes, and blanks. */
const longestAssignment = 16;

interface Assignment {
  /** True after `Bearer`: a blank counts as an assignment. */
  readonly blankAssigns: boolean;
  /** True if the first word of the value is a scheme, whichever it is, and the credential follows. */
  readonly hasScheme: boolean;
}

/** Drops the value assigned to the preceding name. */
function redactValue(scan: Scan, { blankAssigns, hasScheme }: Assignment): void {
  const { text } = scan;
  const value = valueAt(text, scan.at, blankAssigns);
  if (value === undefined) return;
  let end = valueEnd(text, value.start, value.quote);
  if (end === value.start) return;
  copyTo(scan, value.start);
  if (hasScheme || isAuthScheme(text.slice(value.start, end))) {
    while (isBlank(text.charCodeAt(end))) end += 1;
    end = valueEnd(text, end, value.quote);
  }
  write(scan, marker);
  scan.at = end;
}

interface Value {
  readonly start: number;
  /** The quote that closes the value, or 0. */
  readonly quote: number;
}

/** Finds the value in `: value`, `="value"`, `: ["value`, `%3Dvalue`, `\": \"value`, ` => value`, and `>value`. */
function valueAt(text: Characters, from: number, blankAssigns: boolean): Value | undefined {
  let assigned = false;
  let quote = 0;
  let start = from;
  for (;;) {
    const { code, end } = escapedAt(text, start) ?? { code: text.charCodeAt(start), end: start + 1 };
    if (isAssignment(code) || (code === 0x3e && (assigned || isRunCharacter(text.charCodeAt(end))))) {
      assigned = true;
      quote = 0;
    } else if (isQuote(code)) quote = end === start + 1 ? code : 0;
    else if (isBlank(code)) assigned ||= blankAssigns;
    else if (code === bracket && opensQuotedList(text, end)) quote = 0;
    else if (code !== 0x5c) break;
    start = end;
  }
  return assigned ? { start, quote } : undefined;
}

/** Headers are often shown as lists. A bracket without a quote begins a value, such as `[redacted]`. */
function opensQuotedList(text: Characters, afterBracket: number): boolean {
  const at = text.charCodeAt(afterBracket) === 0x5c ? afterBracket + 1 : afterBracket;
  return isQuote(escapedAt(text, at)?.code ?? text.charCodeAt(at));
}

/** An equals sign or colon, in ASCII or full width. */
function isAssignment(code: number): boolean {
  return code === 0x3d || code === 0x3a || code === 0xff1d || code === 0xff1a;
}

function valueEnd(text: Characters, start: number, quote: number): number {
  let end = start;
  const ends = (code: number) => (quote === 0 ? endsValue(code) : code === quote || isBlank(code));
  while (end < text.length && !ends(text.charCodeAt(end))) end += 1;
  return end;
}
