import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { providerDescriptors } from "../../lib/providers/index.ts";
import { derivedFiles } from "../../scripts/derived-files.ts";

const files = derivedFiles.map((file) => ({ ...file, name: basename(file.path) }));
const [first] = providerDescriptors;
if (first === undefined) throw new Error("there is no provider");
const oneMore = [...providerDescriptors, { ...first, name: "one-more" }];

describe("what is derived from the array of providers", () => {
  test.each(files)("$name says what the array says; npm run derive writes it", ({ path, derive }) => {
    const text = readFileSync(path, "utf8");
    expect(text).toBe(derive(text, providerDescriptors));
  });

  test.each(files)("$name would name one more provider", ({ path, derive }) => {
    expect(derive(readFileSync(path, "utf8"), oneMore)).toContain("one-more");
  });

  test.each(files)("$name is refused when there is no place in it for what is derived", ({ derive }) => {
    expect(() => derive("nothing", providerDescriptors)).toThrow("the text has no place for it");
  });
});
