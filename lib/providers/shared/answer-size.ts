/**
 * The largest answer about one task, in bytes. A task keeps at most 48 KB, and a sub-operation takes up about 500 bytes.
 * A list reads a detail for each of its tasks, so a larger answer would cost a list its time.
 */
export const mostDetailBytes = 128 * 1024;
