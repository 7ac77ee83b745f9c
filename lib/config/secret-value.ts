/** Longer than the token of any cloud. A server refuses a request whose headers take up more than this. */
const longestValue = 8192;

/** The value, or what is wrong with it. Never contains any of the text. */
export type SecretValue = { readonly value: string } | { readonly problem: string };

/**
 * The credential member that a secret's text holds: the text under `key` of a JSON object, or without `key` the whole
 * text. Blanks and line breaks around it are removed, because pasting often adds them. No header can carry other
 * characters outside visible ASCII, and no cloud issues them.
 */
export function readSecretValue(text: string, key: string | undefined): SecretValue {
  const found = key === undefined ? { value: text } : memberOf(text, key);
  if ("problem" in found) return found;
  const value = found.value.trim();
  const problem = valueProblem(value);
  return problem === undefined ? { value } : { problem };
}

function memberOf(json: string, key: string): SecretValue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.trim());
  } catch {
    return { problem: "is not JSON" };
  }
  const members = typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
  const value: unknown = members.find(([name]) => name === key)?.[1];
  return typeof value === "string" ? { value } : { problem: "has no text under that key" };
}

function valueProblem(value: string): string | undefined {
  if (value.length > longestValue) return `is longer than ${longestValue} characters`;
  if (/[\r\n]/.test(value)) return "contains a line break";
  if (/\p{Cc}/u.test(value)) return "contains a control character";
  if (/[^\x20-\x7E]/.test(value)) {
    return /[\p{Cf}\p{Z}]/u.test(value.replaceAll(" ", ""))
      ? "contains an invisible character that is not ASCII"
      : "contains a character that is not ASCII";
  }
  return undefined;
}
