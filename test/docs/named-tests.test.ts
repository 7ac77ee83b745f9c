import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const project = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(`${project}${path}`, "utf8");

test.each(["docs/security.md", "docs/reliability.md"])("%s names only tests that exist", (page) => {
  const named = [...read(page).matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, file = ""]) => file);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((file) => !existsSync(`${project}${file}`))).toEqual([]);
});

test("each row of docs/security.md names a test", () => {
  const rows = read("docs/security.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (tries|---)/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !/`test\/[\w./-]+\.test\.ts`/.test(row.split("|").at(-2) ?? ""))).toEqual([]);
});
