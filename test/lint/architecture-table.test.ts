import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { files, folders, rooms, wired } from "../../.oxlint.config.ts";
import type { Imports } from "../../.oxlint.config.ts";

const document = await readFile(new URL("../../docs/architecture.md", import.meta.url), "utf8");

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

/** The rows of the table whose first column has that name, as the linter's table would say them. */
function tableOf(name: string): Record<string, Imports> {
  const [, body = ""] = document.split(`| ${name} | of \`lib/\` | packages |\n|---|---|---|\n`);
  const rows = body.slice(0, body.indexOf("\n\n")).split("\n");
  return Object.fromEntries(
    rows.map((row) => {
      const [place = "", lib = "", packages = ""] = row.split("|").slice(1);
      return [quoted(place).join(), { lib: quoted(lib), packages: quoted(packages) }];
    }),
  );
}

const complete = (table: Readonly<Record<string, Imports>>) =>
  Object.fromEntries(Object.entries(table).map(([place, { lib = [], packages = [] }]) => [place, { lib, packages }]));

test("docs/architecture.md lets the rooms and folders import what the linter does", () => {
  const byFolder = Object.entries(rooms).map(([room, row]) => [`lib/${room}`, row] as const);
  expect(tableOf("room")).toEqual(complete({ ...Object.fromEntries(byFolder), ...folders }));
});

test("docs/architecture.md lets single files import what the linter does", () => {
  expect(tableOf("file")).toEqual(complete(files));
});

test("docs/architecture.md names the files that are only imported by name", () => {
  const [, sentence = ""] = /^These files talk to the world: ([^]*?)\. A row/m.exec(document) ?? [];
  expect(quoted(sentence).toSorted()).toEqual([...wired].toSorted());
});
