import type { Verdict } from "../../domain/error-table.ts";
import { checkEndpoint, notSigned } from "./error-table.ts";
import { errorText } from "./redaction.ts";

/** Both clocks in epoch milliseconds. `null` where a time is not known. */
export interface Clocks {
  readonly nowMs: number | null;
  readonly serverTimeMs: number | null;
}

/** Gateways quote the string to sign, which contains the key, the token, and the parameters. */
const quotesSignedText = /string\s*to\s*sign/i;

/**
 * The provider's own words, or `otherwise` if there are none, followed by what to check. For a rejected timestamp, that
 * includes both clocks.
 */
export function errorMessage(said: string, verdict: Verdict, { otherwise, ...clocks }: Clocks & { otherwise: string }) {
  const shown = quotesSignedText.test(said) ? notSigned : errorText(said) || otherwise;
  const words = verdict.instead ?? shown;
  const times = verdict.retry === "fix-clock" ? timesOf(clocks) : "";
  return verdict.advice === undefined ? words : `${words} (${verdict.advice}${times})`;
}

function timesOf({ nowMs, serverTimeMs }: Clocks): string {
  const times = [];
  if (nowMs !== null) times.push(`ours says ${isoSecond(nowMs)}`);
  times.push(serverTimeMs === null ? "the answer has no Date" : `the provider's says ${isoSecond(serverTimeMs)}`);
  return `: ${times.join(", ")}`;
}

/** A clock may be too far off for a date. Then its value is of no use. */
function isoSecond(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? "an impossible time" : `${date.toISOString().slice(0, 19)}Z`;
}

/** The verdict on an answer that the API did not write. A proxy or a wrong host answers every call in this way. */
export function verdictOnForeign(verdict: Verdict): Verdict {
  return { ...verdict, scope: "target", advice: checkEndpoint };
}

interface Response {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const isData = /^\s*(?:[[{"]|<\?xml|<Error)/;
const longestRead = 4_000;
const longestShown = 80;

/**
 * Describes an answer that the API did not write, such as a proxy's page: its status, its content type, and its first
 * words. It never quotes data: that may be half an answer of the API, with anything in it.
 */
export function foreignAnswer({ status, headers, body }: Response): string {
  const [type] = /^[\w.+-]{1,40}\/[\w.+-]{1,60}/.exec(headers["content-type"] ?? "") ?? [];
  const about = [type ?? "no content type"];
  if (!isData.test(body)) {
    const words = errorText(textOf(body.slice(0, longestRead)), longestShown);
    about.push(words === "" ? "no text" : `"${words}"`);
  }
  return `HTTP ${status} with no answer of this API: ${about.join(", ")}`;
}

/** A page's title or text. A page that is cut off may end within a tag. */
function textOf(page: string): string {
  const title = /<title[^>]*>([^<]+)/i.exec(page)?.[1];
  if (title !== undefined) return title;
  return page.replace(/<(script|style)\b[^>]*>[^<]*/gi, " ").replace(/<[^>]*(?:>|$)/g, " ");
}
