import { readFileSync } from "node:fs";

/** The text of a file in test/fixtures/tencent-ecm. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/tencent-ecm/${name}`, import.meta.url), "utf8");
}

/** The rows of a fixture's `ImageTaskSet`. */
export function taskRows(name: string): unknown[] {
  const answer: { Response: { ImageTaskSet: unknown[] } } = JSON.parse(fixture(name));
  return answer.Response.ImageTaskSet;
}

/** The rows of a fixture's `ImageSet`. */
export function imageRows(name: string): unknown[] {
  const answer: { Response: { ImageSet: unknown[] } } = JSON.parse(fixture(name));
  return answer.Response.ImageSet;
}
