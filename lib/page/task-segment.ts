const survivesUnchanged = /^[\w.:-]+$/;

/** A task's id as a path segment: itself, or `~` and its base64url. See "Ids in paths" in docs/api.md. */
export function taskIdToSegment(id: string): string {
  if (survivesUnchanged.test(id)) return id;
  const bytes = Array.from(new TextEncoder().encode(id), (byte) => String.fromCodePoint(byte)).join("");
  return `~${btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}
