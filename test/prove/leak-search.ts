/** Searches all output of a running system for secrets. */

/** The collected output by the name of its outlet. */
export type Outlets = ReadonlyMap<string, string>;

export interface Leak {
  readonly outlet: string;
  readonly secret: string;
}

/** Reports each secret with its outlet, whether plain or encoded. */
export function findLeaks(outlets: Outlets, secrets: ReadonlyMap<string, string>): Leak[] {
  const leaks: Leak[] = [];
  for (const [secret, value] of secrets) {
    const forms = formsOf(value);
    for (const [outlet, text] of outlets) {
      if (forms.some((form) => text.includes(form))) leaks.push({ outlet, secret });
    }
  }
  return leaks;
}

/** The text itself, URL-encoded, JSON-encoded, and in base64. */
function formsOf(value: string): string[] {
  const base64 = Buffer.from(value, "utf8").toString("base64").replace(/=+$/, "");
  return [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), base64])];
}
