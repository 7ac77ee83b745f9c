/** Looks for secrets in everything that a running system gives out. */

/** What has come out, by the name of the place. */
export type Outlets = ReadonlyMap<string, string>;

export interface Leak {
  readonly outlet: string;
  readonly secret: string;
}

/** Names each secret and the place it came out at, whether as it is or written in another way. */
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

/** As it is, as a URL or JSON would have it, and in base64. */
function formsOf(value: string): string[] {
  const base64 = Buffer.from(value, "utf8").toString("base64").replace(/=+$/, "");
  return [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), base64])];
}
