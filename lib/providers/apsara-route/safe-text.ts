/** A provider's text as one line of at most 300 characters, without URLs: storage links carry their signature. */
export function safeText(text: string): string {
  const line = text
    .slice(0, 2_000)
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, "(link)")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}

/** A code or id as the provider gave it, or `null` when it has not the form of one. */
export function safeToken(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^[\w.:-]{1,128}$/.test(text) ? text : null;
}
