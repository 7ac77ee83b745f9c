import { printParseErrorCode, visit } from "jsonc-parser";

/** Reads JSON that people write, and says where it is wrong. */

export type JsonReading =
  /** `duplicates`: the path of each member that an object has already had. `JSON.parse` keeps only the last of them. */
  | { readonly value: unknown; readonly duplicates: readonly string[] }
  /** The place and the likely reason. Never quotes the text, which may hold a secret. */
  | { readonly problem: string };

export type JsonPath = readonly PropertyKey[];

/** `connections[0].name`; empty for the whole file. */
export function printPath(path: JsonPath): string {
  const steps = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${printName(String(key))}`));
  return steps.join("").replace(/^\./, "");
}

/** Somebody may have put a secret in place of a name, so a name is shown only when it looks like one. */
export function printName(name: string): string {
  return /^(?:[\w-]{1,15}|[A-Za-z]{16,32})$/.test(name) ? name : "(a name that is not shown)";
}

/** @param text decoded as UTF-8; a byte order mark is skipped */
export function readStrictJson(text: string): JsonReading {
  const json = text.replace(/^\uFEFF/, "");
  const encoding = encodingProblem(json);
  if (encoding !== undefined) return { problem: encoding };
  try {
    return { value: JSON.parse(json), duplicates: duplicatePaths(json) };
  } catch {
    // The parser's own message quotes the text.
    return { problem: syntaxProblem(json) };
  }
}

function encodingProblem(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  if (text.includes("\0")) return "is UTF-16 or binary; save it as UTF-8";
  // The decoder puts this character in place of what is not UTF-8.
  return text.includes("\uFFFD") ? "is not UTF-8; save it as UTF-8" : undefined;
}

function duplicatePaths(json: string): string[] {
  const seen: Set<string>[] = [];
  const duplicates: string[] = [];
  visit(json, {
    onObjectBegin: () => void seen.push(new Set()),
    onObjectEnd: () => void seen.pop(),
    onObjectProperty(name, ...[, , , , parentPath]) {
      const names = seen.at(-1);
      if (names?.has(name)) duplicates.push(printPath([...parentPath(), name]));
      names?.add(name);
    },
  });
  return duplicates;
}

interface SyntaxError {
  readonly code: string;
  readonly offset: number;
}

function syntaxProblem(json: string): string {
  const errors: SyntaxError[] = [];
  const onError = (code: number, offset: number) => void errors.push({ code: printParseErrorCode(code), offset });
  visit(json, { onError }, { disallowComments: true });
  const [first] = errors;
  if (first === undefined) return "is not JSON";
  const linesBefore = json.slice(0, first.offset).split("\n");
  const place = `line ${linesBefore.length}, column ${(linesBefore.at(-1)?.length ?? 0) + 1}`;
  const reason = likelyReason(json, first);
  return `is not JSON at ${place}${reason === undefined ? "" : `: ${reason}`}`;
}

function likelyReason(json: string, { code, offset }: SyntaxError): string | undefined {
  const before = json.slice(0, offset).trimEnd();
  const here = json.slice(offset);
  if (here.trim() === "") return "it ends too early";
  if (/^(#|\/[/*])/.test(here)) return "JSON has no comments";
  if (/^['‘’“”]/.test(here)) return 'names and strings need straight double quotes (")';
  if (before === "" && /^(---|- |[\w-]+:)/.test(here)) return "it looks like YAML";
  if (before.endsWith(",") && /^[\]}]/.test(here)) return "the last item must not be followed by a comma";
  if (/^[\w$-]+\s*:/.test(here)) return 'a name needs double quotes (")';
  return reasons.get(code);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["CommaExpected", "a comma is missing"],
  ["ColonExpected", "a colon is missing"],
  ["UnexpectedEndOfString", "a string does not end on its line"],
  ["InvalidEscapeCharacter", "a string has an unknown escape; a backslash is written as two"],
  ["EndOfFileExpected", "something follows after the end"],
]);
