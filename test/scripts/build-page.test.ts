import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { BuiltPage } from "../../lib/http/page.ts";
import { buildPage } from "../../scripts/build-page.ts";

let page: BuiltPage;
beforeAll(async () => {
  page = await buildPage(fileURLToPath(new URL("../..", import.meta.url)));
});

function textsOf(element: "script" | "style"): string[] {
  return [...page.html.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g"))].map(([, text = ""]) => text);
}

const hashOf = (text = "") => `sha256-${createHash("sha256").update(text).digest("base64")}`;

describe("the built page", () => {
  test("is smaller than 60 KB", () => {
    expect(Buffer.byteLength(page.html)).toBeLessThan(60 * 1024);
  });

  test("has one script and one style, with the hashes that the policy allows", () => {
    const [scripts, styles] = [textsOf("script"), textsOf("style")];
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    expect([hashOf(scripts[0]), hashOf(styles[0])]).toEqual([page.scriptHash, page.styleHash]);
  });

  test("refers to nothing outside, and has nothing that the policy would refuse", () => {
    const urls = new Set(page.html.match(/\bhttps?:\/\/[^"'`\s)]+/g));
    // The name of a vocabulary, which nobody requests.
    expect([...urls]).toEqual(["http://www.w3.org/2000/svg"]);
    expect(page.html).not.toMatch(/<(?:link|img|iframe|base)\b|\bstyle="|\bon[a-z]+="/);
  });

  test("never turns text into elements", () => {
    expect(page.html).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function/,
    );
  });
});
