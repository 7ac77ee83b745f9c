import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(`${project}${path}`, "utf8");

interface Row {
  readonly names: readonly string[];
  readonly standard: string;
}

const rows: readonly Row[] = [...read("docs/configuration.md").matchAll(/^\| (`.*?`) \| (.*?) \| .* \|$/gm)].map(
  ([, names = "", standard = ""]) => ({
    names: [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    standard: standard.replaceAll("`", ""),
  }),
);
const documented = rows.flatMap(({ names }) => names);
const standardOf = (name: string) => rows.find(({ names }) => names.includes(name))?.standard;

const [, schema = ""] =
  /^const Variables = z\.object\(\{\n([^]*?)^\}\);$/m.exec(read("lib/config/environment.ts")) ?? [];
/** The name of each variable of the functions, and the expression that reads it. */
const ofFunctions = [...schema.matchAll(/^ {2}(\w+): (.*),$/gm)].map(([, name = "", rule = ""]) => ({ name, rule }));
const ofPorts = [...read("test/local/local-ports.ts").matchAll(/variable: "(\w+)", standard: (\d+)/g)].map(
  ([, name = "", standard = ""]) => ({ name, standard }),
);
const template = read("serverless.yml");
const ofTemplate = [
  ...[...template.matchAll(/\$\{env:(\w+)/g)].map(([, name = ""]) => name),
  ...[...template.matchAll(/^ {4}([A-Z_]+): /gm)].map(([, name = ""]) => name),
];

const sources = ["lib/config", "lib/cli", "scripts", "functions", "test/local"].flatMap((folder) =>
  readdirSync(`${project}${folder}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => read(`${folder}/${name}`)),
);
const ofCode = sources.flatMap((text) => [
  ...[...text.matchAll(/\b(?:env|environment)\["(\w+)"\]/g)].map(([, name = ""]) => name),
  ...[...text.matchAll(/\bAWS_[A-Z_]+[A-Z]\b/g)].map(([name]) => name),
]);
/** Between processes of this project, and from npm. */
const internal = new Set(["LOCAL_PARENT_PID", "npm_lifecycle_event"]);
const all = [...ofFunctions, ...ofPorts].map(({ name }) => name).concat(ofTemplate, ofCode);

describe("serverless.yml", () => {
  test("is the only part of the template that reads variables", () => {
    const parts = readdirSync(`${project}.stack`).filter((name) => read(`.stack/${name}`).includes("${env:"));
    expect(parts).toEqual([]);
  });
});

describe("docs/configuration.md", () => {
  test("has each variable that is read, once, and no other", () => {
    const wanted = [...new Set(all)].filter((name) => !internal.has(name));
    expect(wanted.length).toBeGreaterThan(45);
    expect(documented.toSorted()).toEqual(wanted.toSorted());
  });

  test("says the defaults that the functions apply", () => {
    const known = ofFunctions.flatMap(({ name, rule }) => {
      const [, given = undefined] = /^z\._default\(.*, (.+)\)$/.exec(rule) ?? [];
      const [kind = ""] = /^\w+/.exec(rule) ?? [];
      const standard = given ?? { flag: "false", list: "none", proxy: "none" }[kind];
      return standard === undefined ? [] : [[name, standard.replace("null", "none").replaceAll('"', "")]];
    });
    expect(known.length).toBeGreaterThan(15);
    expect(known.map(([name = ""]) => [name, standardOf(name)])).toEqual(known);
  });

  test("says the ports of local mode", () => {
    expect(ofPorts).toHaveLength(7);
    expect(ofPorts.map(({ name }) => ({ name, standard: standardOf(name) }))).toEqual(ofPorts);
  });
});
