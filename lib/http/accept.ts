import { Problem } from "./problem.ts";

/** Every answer is one of these. */
const offered = ["application/json", "application/problem+json"] as const;

/**
 * @param accept the `Accept` header
 * @throws Problem `not-acceptable` when it rules out all that there is
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 */
export function requireAcceptable(accept: string | undefined): void {
  if (accept === undefined || accept.trim() === "") return;
  const ranges = accept.split(",").map(readRange);
  if (offered.some((type) => qualityOf(type, ranges) > 0)) return;
  throw new Problem("not-acceptable", { detail: `There is ${offered.join(" and, for problems, ")}` });
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function readRange(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: Number.isNaN(quality) ? 1 : quality };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const name of [type, "application/*", "*/*"]) {
    const fitting = ranges.filter((range) => range.type === name);
    if (fitting.length > 0) return Math.max(...fitting.map(({ quality }) => quality));
  }
  return 0;
}
