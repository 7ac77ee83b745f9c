/**
 * How many bytes an answer takes. A function returns JSON in which the body is one string, so each quotation mark and
 * each backslash of the body takes two bytes.
 */

/**
 * The most bytes that a function may answer.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const maxAnswerBytes = 6 * 1024 * 1024;

/** The bytes of a text as a part of the body. */
export function answerBytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The first items that take at most `roomBytes` as members of an array in the body. Later ones are not measured. */
export function takeFitting<Item>(items: readonly Item[], roomBytes: number): readonly Item[] {
  let usedBytes = 0;
  const end = items.findIndex((item) => (usedBytes += answerBytesOf(JSON.stringify(item)) + 1) > roomBytes);
  return end === -1 ? items : items.slice(0, end);
}
