import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import configuration, { files, folders, pureFiles, rooms, wired } from "../../.oxlint.config.ts";
import type { Imports } from "../../.oxlint.config.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const oxlint = join(root, "node_modules/oxlint/bin/oxlint");

const Findings = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string(), message: z.string() })),
});

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-directions-"));
  await writeFile(join(folder, ".oxlintrc.json"), JSON.stringify(configuration));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The imports that the linter refuses when each file holds these, as lines `file -> import`. */
async function refused(imports: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
  for (const [file, specifiers] of imports) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), specifiers.map((one) => `export * from "${one}";\n`).join(""));
  }
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [oxlint, "--format", "json"], { cwd: folder, maxBuffer: 1 << 28 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return Findings.parse(JSON.parse(output))
    .diagnostics.filter(({ code }) => code.includes("no-restricted-imports"))
    .map(({ filename, message }) => `${filename} -> ${/^'(.*)' import/.exec(message)?.[1]}`)
    .toSorted();
}

const lines = (imports: ReadonlyMap<string, readonly string[]>) =>
  [...imports].flatMap(([file, specifiers]) => specifiers.map((one) => `${file} -> ${one}`)).toSorted();

function specifierOf(file: string, target: string): string {
  const path = posix.relative(posix.dirname(file), target);
  return path.startsWith("../") ? path : `./${path}`;
}

/** A file for every row of the table, and the rows that hold for it. Its cloud is one that nobody has written yet. */
const subjects: readonly (readonly [file: string, rows: readonly Imports[]])[] = [
  ...Object.entries(rooms).map(([room, row]) => [`lib/${room}/some.ts`, [row]] as const),
  ...Object.entries(folders).map(([place, row]) => [`${place.replace("*", "new-cloud")}/some.ts`, [row]] as const),
  ...Object.entries(files).map(([file, row]) => {
    const place = posix.dirname(file);
    return [file, [folders[place] ?? rooms[posix.basename(place)] ?? {}, row]] as const;
  }),
];

/** Whatever there is to import: a file of every folder and of none, each wired file, and packages of every sort. */
const targets = [
  ...new Set([
    ...Object.keys(rooms).map((room) => `lib/${room}/other.ts`),
    ...subjects.map(([file]) => file),
    ...wired.map((file) => `lib/${file}`),
    "lib/transport/signing/other.ts",
    "lib/providers/shared/other.ts",
    "lib/providers/other-cloud/other.ts",
    "lib/new-room/other.ts",
    "lib/other.ts",
    "functions/other.ts",
    "test/fakes/other.ts",
    "scripts/other.ts",
  ]),
];
const packages = [
  ...new Set([
    ...subjects.flatMap(([, rows]) => rows.flatMap((row) => row.packages ?? [])),
    ...["fs", "fs/promises", "http", "https", "net", "tls", "child_process"].map((name) => `node:${name}`),
    "undici",
    "zod",
    "@aws-sdk/client-s3",
    "@middy/util",
    "some-package",
    "@some/package",
  ]),
];

function mayImport(file: string, rows: readonly Imports[], target: string): boolean {
  const named = rows.flatMap((row) => row.lib ?? []).map((one) => `lib/${one}`);
  if (named.includes(target)) return true;
  if (wired.some((one) => target === `lib/${one}`)) return false;
  const place = posix.dirname(target);
  const own = file.startsWith("lib/") && place === posix.dirname(file);
  return (
    own || named.some((one) => one === place || (one.endsWith("/*") && posix.dirname(one) === posix.dirname(place)))
  );
}

describe("the linter", () => {
  test("refuses what the table does not name, and nothing else", async () => {
    const all = new Map<string, string[]>();
    const wrong = new Map<string, string[]>();
    for (const [file, rows] of subjects) {
      const others = targets.filter((target) => target !== file);
      const allowed = (name: string) => rows.some((row) => row.packages?.includes(name));
      all.set(file, [...others.map((target) => specifierOf(file, target)), ...packages]);
      wrong.set(file, [
        ...others.filter((target) => !mayImport(file, rows, target)).map((target) => specifierOf(file, target)),
        ...packages.filter((name) => !allowed(name)),
      ]);
    }
    expect(lines(wrong).length).toBeGreaterThan(500);
    expect(await refused(all)).toEqual(lines(wrong));
  });

  test("refuses imports that must never be, whatever the table says", async () => {
    const imports = new Map([
      ["lib/domain/new.ts", ["../transport/call.ts", "../providers/index.ts", "zod/mini", "node:fs"]],
      ["lib/domain/task.ts", ["./errors.ts", "../ledger/ledger.ts", "node:crypto", "some-package"]],
      ["lib/transport/new.ts", ["../providers/index.ts", "../config/log.ts", "node:http", "undici"]],
      ["lib/transport/signing/new.ts", ["../call.ts", "../../domain/clock.ts", "zod/mini", "node:fs"]],
      ["lib/ledger/new.ts", ["../sweep/sweep.ts", "../http/problem.ts", "@aws-sdk/client-dynamodb"]],
      ["lib/providers/one-cloud/client.ts", ["../two-cloud/client.ts", "../index.ts", "../../config/secrets.ts"]],
      ["lib/providers/two-cloud/words.ts", ["../one-cloud/words.ts", "./client.ts", "../../domain/clock.ts"]],
      ["lib/providers/two-cloud/client.ts", ["../../transport/node-transport.ts", "node:http", "node:crypto"]],
      ["lib/providers/shared/new.ts", ["../one-cloud/client.ts", "../two-cloud/words.ts", "node:fs"]],
      ["lib/providers/new.ts", ["./one-cloud/client.ts", "../ledger/ledger.ts", "../http/problem.ts"]],
      ["lib/config/new.ts", ["../sweep/sweep.ts", "../http/http.ts", "@aws-sdk/client-dynamodb", "aws4fetch"]],
      ["lib/config/runtime.ts", ["../providers/one-cloud/client.ts", "../sweep/event-bus.ts", "@middy/core"]],
      ["lib/http/new.ts", ["../config/runtime.ts", "../ledger/dynamodb-ledger.ts", "../list/query.ts", "@middy/core"]],
      ["lib/sweep/new.ts", ["../http/problem.ts", "../config/environment.ts", "../config/runtime.ts", "node:fs"]],
      ["lib/list/new.ts", ["../sweep/sweep.ts", "../providers/index.ts", "../openapi/json.ts"]],
      ["lib/openapi/new.ts", ["../sweep/sweep.ts", "../ledger/ledger.ts", "../config/runtime.ts"]],
      ["lib/openapi/sly.ts", ["../domain/../sweep/sweep.ts", "./../sweep/sweep.ts", "../../lib/sweep/sweep.ts"]],
      [
        "lib/list/callers.ts",
        ["../../functions/list.ts", "../../test/fakes/manual-clock.ts", "../../scripts/build.ts"],
      ],
      ["functions/new.ts", ["./list.ts", "../lib/sweep/sweep.ts", "../lib/providers/index.ts", "zod/mini", "node:fs"]],
      ["functions/get.ts", ["../lib/sweep/event-bus.ts", "../test/fakes/manual-clock.ts", "../scripts/build.ts"]],
      ["scripts/new.ts", ["../test/fakes/manual-clock.ts"]],
      ["test/sandbox/new.ts", ["../../lib/transport/signing/acs3.ts", "../../lib/providers/index.ts"]],
      ["test/fuzz/oracle.ts", ["../../lib/providers/index.ts", "../../lib/transport/call.ts"]],
    ]);
    expect(await refused(imports)).toEqual(lines(imports));
  });

  test("leaves the imports alone that the rooms are made for", async () => {
    const imports = new Map([
      ["lib/domain/fine.ts", ["./task.ts", "node:crypto"]],
      ["lib/transport/fine.ts", ["./call.ts", "../domain/errors.ts"]],
      ["lib/transport/signing/fine.ts", ["./rfc3986.ts", "node:crypto"]],
      ["lib/providers/one-cloud/client.ts", ["./words.ts", "../../transport/signing/acs3.ts", "../shared/page.ts"]],
      ["lib/providers/one-cloud/normalize.ts", ["./words.ts", "../../domain/task.ts", "zod/mini"]],
      ["lib/providers/shared/fine.ts", ["../../domain/errors.ts", "../../domain/task.ts"]],
      ["lib/providers/index.ts", ["./one-cloud/client.ts", "./two-cloud/client.ts"]],
      ["lib/config/runtime.ts", ["../providers/index.ts", "../ledger/dynamodb-ledger.ts", "node:fs"]],
      ["lib/http/fine.ts", ["../domain/task.ts", "../ledger/ledger.ts", "../config/log.ts"]],
      ["lib/sweep/fine.ts", ["../domain/transition.ts", "../ledger/ledger.ts", "p-limit"]],
      ["lib/list/fine.ts", ["../http/problem.ts", "../ledger/ledger.ts"]],
      ["lib/openapi/fine.ts", ["../list/query.ts", "../http/problem.ts", "../config/connections.ts"]],
      ["functions/sweep.ts", ["../lib/sweep/event-bus.ts", "../lib/config/runtime.ts"]],
      ["scripts/fine.ts", ["../lib/config/connections.ts", "node:fs", "esbuild"]],
      ["test/sandbox/fine.ts", ["node:http", "./tasks.ts"]],
      ["test/fuzz/oracle.ts", ["../../lib/domain/task.ts"]],
    ]);
    expect(await refused(imports)).toEqual([]);
  });

  test("keeps a cloud's pure files from its client, the clock and the transport", async () => {
    const against = ["./client.ts", "../../domain/clock.ts", "../../transport/signing/tc3.ts", "node:crypto"];
    const imports = new Map(pureFiles.map((name) => [`lib/providers/new-cloud/${name}.ts`, against]));
    expect(await refused(imports)).toEqual(lines(imports));
  });

  test("lets a folder of lib/ without a row import nothing", async () => {
    const imports = new Map([["lib/new-room/new.ts", ["./other.ts", "../domain/task.ts", "node:crypto"]]]);
    expect(await refused(imports)).toEqual(lines(imports));
  });
});

describe("the table", () => {
  test("has a row for every room of lib/, and no other", async () => {
    const entries = await readdir(join(root, "lib"), { withFileTypes: true });
    expect(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)).toEqual([]);
    expect(entries.map(({ name }) => name).toSorted()).toEqual(Object.keys(rooms).toSorted());
  });

  test("has a row for every folder within a room", async () => {
    const entries = await readdir(join(root, "lib"), { withFileTypes: true, recursive: true });
    const nested = entries
      .filter((entry) => entry.isDirectory() && entry.parentPath !== join(root, "lib"))
      .map((entry) => posix.relative(root, join(entry.parentPath, entry.name)))
      .map((path) => path.replace(/^lib\/providers\/[^/]+$/, "lib/providers/*"));
    expect(nested.filter((path) => !(path in folders))).toEqual([]);
  });

  test("names only files that there are", async () => {
    const pathsIn = async (top: string) =>
      (await readdir(join(root, top), { recursive: true })).map((path) => `${top}/${path}`);
    const there = new Set([...(await pathsIn("lib")), ...(await pathsIn("functions"))]);
    const named = [
      ...Object.keys(files),
      ...wired.map((file) => `lib/${file}`),
      ...[...Object.values(rooms), ...Object.values(folders), ...Object.values(files)]
        .flatMap((row) => row.lib ?? [])
        .filter((one) => one.endsWith(".ts"))
        .map((one) => `lib/${one}`),
    ];
    expect(named.filter((file) => !there.has(file))).toEqual([]);
  });
});
