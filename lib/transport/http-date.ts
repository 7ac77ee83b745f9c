const earliestMs = Date.UTC(2000, 0, 1);
const endMs = Date.UTC(2101, 0, 1);

/**
 * An HTTP date as epoch milliseconds, or `null` if it is malformed. Reads only the format that servers may send, such
 * as `Sun, 01 Mar 2026 09:00:00 GMT`. Accepts only the years 2000 to 2100, because a server's date can become the time
 * that a request is signed with.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function readHttpDate(value: string | undefined): number | null {
  const text = value?.trim() ?? "";
  const epochMs = Date.parse(text);
  if (!(epochMs >= earliestMs && epochMs < endMs)) return null;
  // `Date.parse` accepts many other formats and turns February 31 into a day in March.
  return new Date(epochMs).toUTCString() === text ? epochMs : null;
}
