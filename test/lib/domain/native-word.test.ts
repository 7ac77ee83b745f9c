import { describe, expect, test } from "vitest";
import { foldWord, isSameWord } from "../../../lib/domain/native-word.ts";

describe("foldWord()", () => {
  test("removes case, underscores, and spaces at the ends", () => {
    expect(foldWord(" IMPORT_VM_IMAGE\t")).toBe("importvmimage");
  });
});

describe("isSameWord()", () => {
  test.each([
    ["IMPORT_IMAGE", "ImportImage", true],
    ["Finished", "Finished", true],
    ["Finished", "Failed", false],
    ["_", "_", true],
    ["_", "__", false],
    ["", " ", false],
  ])("of %j and %j is %s", (one, other, same) => {
    expect(isSameWord(one, other)).toBe(same);
  });
});
