import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type * as z from "zod/mini";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import { Fault, NewTask } from "../sandbox/control.ts";
import { faultKinds } from "../sandbox/faults.ts";
import { endingSchema, planSchema } from "../sandbox/plan-schema.ts";
import { fencesOf } from "../subscriber/page.ts";

const page = await readFile(new URL("../../docs/sandbox.md", import.meta.url), "utf8");

/** The cells of the rows of a table, given its first line. */
function rowsOf(head: string, section = page): string[][] {
  const [, table = ""] = section.split(`${head}\n`);
  const [rows = ""] = table.split("\n\n");
  const cells = rows.split("\n").map((row) => row.split("|").slice(1, -1));
  return cells.slice(1).map((row) => row.map((cell) => cell.trim()));
}

function namesIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function membersOf({ shape }: z.ZodMiniObject): { must: string[]; may: string[] } {
  const isOptional = (name: string) => shape[name]?._zod.optin === "optional";
  const names = Object.keys(shape).toSorted();
  return { must: names.filter((name) => !isOptional(name)), may: names.filter(isOptional) };
}

describe("docs/sandbox.md", () => {
  test.each([
    ["a task", NewTask, "## Tasks", "member"],
    ["a plan", planSchema, "## Tasks", "member of `plan`"],
    ["a fault", Fault, "## Faults", "member"],
  ])("has the members of %s, and says which must be given", (_what, schema, heading, column) => {
    const rows = rowsOf(`| ${column} | default | meaning |`, page.slice(page.indexOf(heading)));
    const documented = (isNeeded: boolean) =>
      rows.flatMap(([names, value]) => ((value === "must be given") === isNeeded ? namesIn(names) : [])).toSorted();
    expect({ must: documented(true), may: documented(false) }).toEqual(membersOf(schema));
  });

  test("has each ending with its members", () => {
    const documented = rowsOf("| `kind` | must have | may have | what happens |").map(([kind, must, may]) => [
      namesIn(kind)[0],
      { must: ["kind", ...namesIn(must)].toSorted(), may: namesIn(may).toSorted() },
    ]);
    const endings = endingSchema.def.options.map((option) => [
      [...option.shape.kind._zod.values][0],
      membersOf(option),
    ]);
    expect(documented).toEqual(endings);
  });

  test("has each fault, with members that a fault may have", () => {
    const rows = rowsOf("| `kind` | uses | the cloud answers with |");
    expect(rows.map(([kind]) => namesIn(kind)[0])).toEqual(faultKinds);
    const used = new Set(rows.flatMap(([, uses]) => namesIn(uses)));
    expect([...used].toSorted()).toEqual(["body", "code", "message", "ms", "status"]);
  });

  test("has calls that the control accepts", async () => {
    const clouds = await startSandboxClouds({ clock: { now: () => Date.now() } });
    onTestFinished(() => clouds.stop());
    const fence = (await fencesOf("sandbox.md")).find(({ language }) => language === "sh");
    const calls = [...(fence?.text ?? "").matchAll(/localhost:4024(\/\w+) -d '([^']+)'/g)];
    expect(calls).toHaveLength(2);
    for (const [, path = "", body = ""] of calls) {
      const answer = await fetch(`${clouds.controlUrl}${path}`, { method: "POST", body });
      expect([path, answer.status]).toEqual([path, 201]);
    }
    for (const [cell] of rowsOf("| call | what it does |")) {
      const [method = "", path = ""] = (namesIn(cell)[0] ?? "").split(" ");
      expect([path, (await fetch(`${clouds.controlUrl}${path}`, { method })).status]).not.toEqual([path, 404]);
    }
  });
});
