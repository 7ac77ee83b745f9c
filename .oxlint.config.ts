import { posix } from "node:path";
import { defineConfig } from "oxlint";
import type { DummyRuleMap, OxlintOverride } from "oxlint";

/** What a place may import beside its own files. */
export interface Imports {
  /** Folders and files of lib/. */
  readonly lib?: readonly string[];
  readonly packages?: readonly string[];
}

/** The rooms of lib/. Arrows go one way. docs/architecture.md shows the same table, and a test compares them. */
export const rooms: Readonly<Record<string, Imports>> = {
  domain: { packages: ["node:crypto"] },
  transport: { lib: ["domain"] },
  ledger: { lib: ["domain"], packages: ["zod/mini"] },
  providers: { lib: ["domain", "transport", "transport/signing"], packages: ["zod/mini"] },
  config: { lib: ["domain", "transport", "ledger", "providers"], packages: ["zod/mini"] },
  http: { lib: ["domain", "ledger", "config"], packages: ["aws-lambda", "node:crypto", "zod/mini"] },
  sweep: { lib: ["domain", "ledger"], packages: ["p-limit"] },
  list: {
    lib: ["domain", "ledger", "config", "http", "providers/names.ts"],
    packages: ["node:crypto", "p-limit", "zod/mini"],
  },
  openapi: { lib: ["domain", "config", "http", "list", "providers/names.ts"], packages: ["zod/mini"] },
  doctor: { lib: ["domain", "config", "providers", "providers/shared"] },
  cli: { lib: ["domain", "transport", "config", "doctor", "providers/names.ts"], packages: ["node:util"] },
  subscriber: { lib: ["domain"] },
  page: {},
};

/** Folders with a rule of their own. `providers/*` is every cloud there will ever be: none may import another. */
export const folders: Readonly<Record<string, Imports>> = {
  "lib/transport/signing": { packages: ["node:crypto"] },
  "lib/providers/*": {
    lib: [
      "domain",
      "transport",
      "transport/signing",
      "providers/shared",
      "providers/shared/ecs",
      "providers/connection.ts",
      "providers/descriptor.ts",
    ],
    packages: ["p-limit", "zod/mini"],
  },
  // What two clouds or more read in the same way: pure, whoever reads it.
  "lib/providers/shared": { lib: ["domain"], packages: ["zod/mini"] },
  "lib/providers/shared/ecs": { lib: ["domain", "providers/shared"], packages: ["zod/mini"] },
  // Only these files know a browser. They are checked with the types of one, and the room's others are not.
  "lib/page/browser": { lib: ["page"] },
  functions: { lib: ["config", "config/runtime.ts", "http"] },
};

/** Files that may import more than their folder: each is the only one that does what it does. */
export const files: Readonly<Record<string, Imports>> = {
  "lib/transport/https-agent.ts": { packages: ["node:http", "node:https", "node:net", "node:stream", "node:tls"] },
  "lib/transport/node-transport.ts": { lib: ["transport/https-agent.ts"], packages: ["node:http", "node:https"] },
  "lib/transport/proxy-rule.ts": { packages: ["node:net"] },
  "lib/ledger/document-client.ts": { packages: ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"] },
  "lib/ledger/dynamodb-cursor-key.ts": {
    lib: ["ledger/put-if.ts"],
    packages: ["@aws-sdk/lib-dynamodb", "node:crypto"],
  },
  "lib/ledger/dynamodb-ledger.ts": {
    lib: ["ledger/dynamodb-cursor-key.ts", "ledger/dynamodb-queries.ts", "ledger/put-if.ts"],
    packages: ["@aws-sdk/lib-dynamodb"],
  },
  "lib/ledger/dynamodb-queries.ts": { lib: ["ledger/put-if.ts"], packages: ["@aws-sdk/lib-dynamodb"] },
  "lib/ledger/dynamodb-rate-store.ts": { lib: ["ledger/put-if.ts"], packages: ["@aws-sdk/lib-dynamodb"] },
  "lib/ledger/put-if.ts": { packages: ["@aws-sdk/lib-dynamodb"] },
  "lib/ledger/replaced-item.ts": { packages: ["node:crypto"] },
  "lib/providers/index.ts": { lib: ["providers/*"] },
  "lib/config/aws-secrets.ts": { packages: ["aws4fetch"] },
  "lib/config/env-credentials.ts": { packages: ["@aws-sdk/credential-provider-env"] },
  "lib/cli/api.ts": { packages: ["../../docs/examples/image-tasks-api.ts", "aws4fetch", "openapi-fetch"] },
  "lib/cli/image-tasks.ts": {
    lib: ["providers", "transport/node-transport.ts"],
    packages: ["@aws-sdk/credential-provider-node", "node:fs"],
  },
  "lib/config/clouds.ts": {
    lib: ["config/aws-secrets.ts", "transport/caller.ts", "transport/node-transport.ts"],
  },
  "lib/config/strict-json.ts": { packages: ["jsonc-parser"] },
  "lib/config/system-clock.ts": { packages: ["node:crypto", "node:timers/promises"] },
  "lib/config/runtime.ts": {
    lib: [
      "ledger/document-client.ts",
      "ledger/dynamodb-ledger.ts",
      "ledger/dynamodb-rate-store.ts",
      "transport/https-agent.ts",
    ],
    packages: ["@aws-sdk/client-dynamodb", "node:fs", "node:https"],
  },
  "lib/providers/redact.ts": { lib: ["providers/shared"] },
  "lib/http/connections-report.ts": { lib: ["transport/token-bucket.ts"] },
  "lib/http/http.ts": { packages: ["@middy/core", "@middy/http-json-body-parser"] },
  "lib/page/api-answers.ts": { packages: ["../../docs/examples/image-tasks-api.ts"] },
  "lib/sweep/event-bus.ts": { packages: ["@aws-sdk/client-eventbridge", "node:https"] },
  "lib/sweep/scheduled.ts": { lib: ["config/log.ts", "config/system-clock.ts"], packages: ["aws-lambda"] },
  "functions/list.ts": { lib: ["list"] },
  "functions/openapi.ts": { lib: ["openapi"] },
  "functions/page.ts": { packages: ["aws-lambda"] },
  "functions/sweep.ts": { lib: ["sweep"] },
};

/** What talks to the world comes in through arguments: only who names such a file in its row may import it. */
export const wired = [
  "config/aws-secrets.ts",
  "config/env-credentials.ts",
  "config/runtime.ts",
  "ledger/document-client.ts",
  "ledger/dynamodb-cursor-key.ts",
  "ledger/dynamodb-ledger.ts",
  "ledger/dynamodb-queries.ts",
  "ledger/dynamodb-rate-store.ts",
  "ledger/put-if.ts",
  "transport/caller.ts",
  "transport/https-agent.ts",
  "transport/node-transport.ts",
];

/** A cloud's files that turn one payload into ours. They import the domain and each other: no clock, client or signer. */
export const pureFiles = ["image", "native-id", "normalize", "outcome", "payload", "wall-time", "words"];
/** Not pure itself, since it knows the transport's types; but its own type is what a normalizer is given. */
const pureImports = [...pureFiles, "envelope"];

/** How a file in `folder` writes the import of a file of lib/, or of every file right in a folder of lib/. */
function specifier(folder: string, target: string): string {
  const path = posix.relative(folder, `lib/${target}`);
  const fromHere = path.startsWith("..") ? path : `./${path}`;
  return target.endsWith(".ts") ? fromHere : `${fromHere}/*`;
}

/** An override replaces the options of those before it, so each of them holds the whole rule of its files. */
function restricted(group: string[], message: string): DummyRuleMap {
  return { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] };
}

/** The patterns are those of gitignore, where the last match wins: everything is refused that is not named. */
function only(allowed: readonly string[], message: string) {
  return restricted(["**", ...allowed], message);
}

function importsOf(place: string, folder: string, rows: readonly Imports[]) {
  const lib = rows.flatMap((row) => row.lib ?? []);
  const packages = rows.flatMap((row) => row.packages ?? []);
  const allow = (target: string) => `!${specifier(folder, target)}`;
  const list = [...lib.map((target) => `lib/${target}`), ...packages].join(", ") || "nothing";
  return only(
    [
      // A function is an entry of the build, so functions do not import each other.
      ...(folder === "functions" ? [] : ["!./*"]),
      ...lib.filter((target) => !target.endsWith(".ts")).map(allow),
      ...wired.map((target) => specifier(folder, target)),
      ...lib.filter((target) => target.endsWith(".ts")).map(allow),
      ...packages.map((name) => `!${name}`),
    ],
    `${place} may import its own files and ${list}: see the table in .oxlint.config.ts`,
  );
}

const rowOf = (folder: string): Imports => folders[folder] ?? rooms[posix.basename(folder)] ?? {};

const importRules: OxlintOverride[] = [
  { files: ["lib/**"], rules: only([], "this folder of lib/ has no row in the table in .oxlint.config.ts") },
  ...[...Object.keys(rooms).map((room) => `lib/${room}`), ...Object.keys(folders)].map((folder) => ({
    files: [`${folder}/**`],
    rules: importsOf(folder, folder, [rowOf(folder)]),
  })),
  ...Object.entries(files).map(([file, row]) => ({
    files: [file],
    rules: importsOf(file, posix.dirname(file), [rowOf(posix.dirname(file)), row]),
  })),
  {
    files: pureFiles.map((name) => `lib/providers/*/${name}.ts`),
    rules: only(
      [
        "!../../domain/*",
        "../../domain/clock.ts",
        "!zod/mini",
        "!../shared/*",
        "!../shared/ecs/*",
        ...pureImports.map((name) => `!./${name}.ts`),
      ],
      "normalizing is a pure function of one payload",
    ),
  },
  {
    files: ["lib/domain/clock.ts", "lib/domain/errors.ts", "lib/domain/task.ts"],
    rules: only([], "the vocabulary imports nothing"),
  },
  { files: ["scripts/**"], rules: restricted(["**/test/**"], "a script works without the tests") },
  {
    files: ["test/sandbox/**"],
    rules: restricted(
      ["**/lib/**", "**/functions/**"],
      "the sandbox is evidence only while it shares no code with lib",
    ),
  },
  {
    files: ["test/fuzz/oracle.ts"],
    rules: restricted(["**/lib/**", "!**/lib/domain/*"], "an oracle shares no code with what it judges"),
  },
];

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "import", "node", "oxc"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  ignorePatterns: [".build", ".serverless", ".local", "node_modules"],
  rules: {
    "no-console": "error",
    "node/no-process-env": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-namespace": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "import/no-namespace": "off",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "max-params": ["error", 4],
    "max-depth": ["error", 3],
    "max-lines": ["error", { max: 250, skipComments: true, skipBlankLines: true }],
    "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
    "no-await-in-loop": "off",
    "import/no-named-as-default-member": "off",
    "import/no-named-as-default": "off",
    "no-shadow": "off",
    "oxc/no-map-spread": "off",
    "unicorn/no-array-sort": "error",
    "unicorn/no-await-expression-member": "off",
    "no-underscore-dangle": "off",
    "unicorn/consistent-function-scoping": "off",
  },
  overrides: [
    ...importRules,
    { files: ["lib/config/log.ts", "scripts/**", "test/**"], rules: { "no-console": "off" } },
    {
      files: ["functions/**", "lib/cli/image-tasks.ts", "scripts/**", "test/**"],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["test/**"],
      rules: {
        "max-lines": "off",
        "max-lines-per-function": "off",
        "max-params": "off",
        "typescript/no-non-null-assertion": "off",
        "no-useless-concat": "off",
        "unicorn/no-array-sort": "off",
        "unicorn/no-array-reverse": "off",
      },
    },
    {
      files: [
        ".oxlint.config.ts",
        "scripts/check-connections-plugin.ts",
        "test/vitest.config.ts",
        "test/vitest.mutation.config.ts",
      ],
      rules: { "import/no-default-export": "off" },
    },
  ],
});
