import { parseArgs } from "node:util";
import { taskActions, taskStatuses } from "../domain/task.ts";
import type { TaskAction, TaskStatus } from "../domain/task.ts";
import { providerNames } from "../providers/names.ts";
import type { ProviderName } from "../providers/names.ts";
import { parseDurationMs } from "./duration.ts";

export const usage = `Usage: image-tasks <command> [options]

  list                    tasks of every cloud, newest first
  get ID                  one task
  wait ID...              waits until every task has ended
  watch                   shows what happens to open tasks, until interrupted
  track CONNECTION NATIVE-ID   follows a task, also one that its cloud does not show yet
  untrack ID              stops following a task, and forgets its labels; its cloud goes on with it
  cancel ID               asks the cloud to cancel a task
  doctor [FILE]           asks every cloud of a connections file for what the service needs, and says what is missing.
                          Default: CONNECTIONS_FILE, or connections.json

Options
  --url URL               address of the API. Default: IMAGE_TASKS_URL, or http://localhost:3000
  --auth KIND             none, bearer (the token in IMAGE_TASKS_TOKEN), or iam (AWS credentials of this shell).
                          Default: bearer if there is a token, iam for hosts of API Gateway, none otherwise
  --aws-region REGION     for iam, region of an API with a domain of its own. Default: AWS_REGION
  --json                  JSON, for programs: one object a line (get: indented). What list lacks is on stderr
  list, watch:
  --status, --connection, --provider, --action, --label    filters; may be repeated
  --source SOURCE         live (asks the clouds) or ledger (what the sweep has recorded)
  --limit N               how many tasks at most. Default: 20
  wait, watch:
  --timeout TIME          gives up after that time, such as 90s, 30m, or 4h. Default: 4h for wait, never for watch
  wait:
  --unseen TIME           gives up on a task that its cloud does not show for so long. Default: 30m
  track:
  --region REGION         needed if the connection has several
  --label NAME=VALUE      a label for the task; may be repeated

Exit codes
  wait                    0 all succeeded, 1 one failed, was canceled, or vanished, 2 it is not known
  doctor                  0 everything works, 1 something does not, 2 the question was wrong
  others                  0 done, 2 not done; the reason is on stderr
`;

/** Where the API is, and how to speak to it. */
export interface ApiAddress {
  readonly url: string | undefined;
  readonly auth: AuthKind | undefined;
  readonly awsRegion: string | undefined;
}

const authKinds = ["none", "bearer", "iam"] as const;
export type AuthKind = (typeof authKinds)[number];

const sources = ["live", "ledger"] as const;

/** The query of a list. What is absent does not filter. */
export interface ListFilters {
  readonly status?: TaskStatus[];
  readonly connection?: string[];
  readonly provider?: ProviderName[];
  readonly action?: TaskAction[];
  readonly label?: string[];
  readonly source?: (typeof sources)[number];
  readonly limit: number;
}

type OfOneTask = "get" | "cancel" | "untrack";

export type ApiCommand =
  | { readonly name: "list"; readonly filters: ListFilters }
  | { readonly name: OfOneTask; readonly id: string }
  | { readonly name: "wait"; readonly ids: readonly string[]; readonly timeoutMs: number; readonly unseenMs: number }
  | { readonly name: "watch"; readonly filters: ListFilters; readonly timeoutMs: number }
  | {
      readonly name: "track";
      readonly connection: string;
      readonly nativeId: string;
      readonly region: string | undefined;
      readonly labels: Readonly<Record<string, string>> | undefined;
    };

export type Command =
  | { readonly name: "help" }
  | { readonly name: "doctor"; readonly connectionsFile: string | undefined; readonly json: boolean }
  | { readonly name: "api"; readonly address: ApiAddress; readonly json: boolean; readonly command: ApiCommand };

/** The command line cannot be carried out. The message says what is wrong with it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const everywhere = { json: flag, help: { type: "boolean", short: "h" } } as const;
const toTheApi = { ...everywhere, url: text, auth: text, "aws-region": text } as const;
const listing = {
  ...toTheApi,
  status: texts,
  connection: texts,
  provider: texts,
  action: texts,
  label: texts,
  source: text,
  limit: text,
} as const;

/**
 * @param given the words after the name of the program
 * @throws UsageError
 */
export function parseCommand(given: readonly string[]): Command {
  const [name = "", ...words] = given;
  // After `--`, a word is a value, and a script that passes on a task's id must not end with success because of it.
  const end = words.indexOf("--");
  const options = end === -1 ? words : words.slice(0, end);
  if (["--help", "-h", "help"].includes(name) || options.includes("--help") || options.includes("-h")) {
    return { name: "help" };
  }
  const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
  if (parse !== undefined) return parse(words);
  throw new UsageError(name === "" ? "There is no command." : `There is no command ${JSON.stringify(name)}.`);
}

const parsers: Readonly<Record<string, (words: string[]) => Command>> = {
  doctor(words) {
    const { values, positionals } = parsed("doctor", words, everywhere);
    atMost(positionals, 1, "doctor takes one connections file.");
    return { name: "doctor", connectionsFile: positionals[0], json: values.json === true };
  },
  list(words) {
    const { values, positionals } = parsed("list", words, listing);
    atMost(positionals, 0, "list takes no words beside its options.");
    return toApi(values, { name: "list", filters: filtersOf(values) });
  },
  get: (words) => aboutOneTask("get", words),
  cancel: (words) => aboutOneTask("cancel", words),
  untrack: (words) => aboutOneTask("untrack", words),
  wait(words) {
    const { values, positionals } = parsed("wait", words, { ...toTheApi, timeout: text, unseen: text });
    if (positionals.length === 0) throw new UsageError("wait needs the id of a task, or several.");
    const timeoutMs = durationOf("--timeout", values.timeout ?? "4h");
    const unseenMs = durationOf("--unseen", values.unseen ?? "30m");
    return toApi(values, { name: "wait", ids: [...new Set(positionals)], timeoutMs, unseenMs });
  },
  watch(words) {
    const { values, positionals } = parsed("watch", words, { ...listing, timeout: text });
    atMost(positionals, 0, "watch takes no words beside its options.");
    const timeoutMs = values.timeout === undefined ? Infinity : durationOf("--timeout", values.timeout);
    return toApi(values, { name: "watch", filters: filtersOf(values), timeoutMs });
  },
  track(words) {
    const { values, positionals } = parsed("track", words, { ...toTheApi, region: text, label: texts });
    const [connection, nativeId, ...rest] = positionals;
    if (connection === undefined || nativeId === undefined || rest.length > 0) {
      throw new UsageError("track takes a connection and the cloud's own id of the task.");
    }
    const labels = values.label === undefined ? undefined : Object.fromEntries(values.label.map(labelOf));
    return toApi(values, { name: "track", connection, nativeId, region: values.region, labels });
  },
};

function aboutOneTask(name: OfOneTask, words: string[]): Command {
  const { values, positionals } = parsed(name, words, toTheApi);
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0) throw new UsageError(`${name} takes the id of one task.`);
  return toApi(values, { name, id });
}

/** Node's own messages quote what is wrong among advice for programmers, so that it is looked for beforehand. */
function parsed<const Options extends Record<string, { readonly type: "string" | "boolean" }>>(
  command: string,
  args: string[],
  options: Options,
) {
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const type = options[name]?.type;
    if (type === undefined) throw new UsageError(`There is no option ${rawName} for ${command}.`);
    if (type === "boolean" && value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    if (type === "string") requireValue(token);
  }
  return parseArgs({ args, options, allowPositionals: true });
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function requireValue({ rawName, value, inlineValue }: OptionToken): void {
  if (value === undefined) throw new UsageError(`${rawName} needs a value.`);
  // The next word is more likely an option.
  if (inlineValue || !/^-./.test(value)) return;
  throw new UsageError(`${rawName} needs a value. If ${value} is the value, write ${rawName}=${value}.`);
}

function atMost(positionals: readonly string[], most: number, problem: string): void {
  if (positionals.length > most) throw new UsageError(problem);
}

interface ApiValues {
  readonly url?: string;
  readonly auth?: string;
  readonly "aws-region"?: string;
  readonly json?: boolean;
}

function toApi(values: ApiValues, command: ApiCommand): Command {
  const auth = values.auth === undefined ? undefined : oneOf("--auth", values.auth, authKinds);
  const address = { url: values.url, auth, awsRegion: values["aws-region"] };
  return { name: "api", address, json: values.json === true, command };
}

interface FilterValues {
  readonly status?: string[];
  readonly connection?: string[];
  readonly provider?: string[];
  readonly action?: string[];
  readonly label?: string[];
  readonly source?: string;
  readonly limit?: string;
}

function filtersOf(values: FilterValues): ListFilters {
  const { status, connection, provider, action, label, source, limit = "20" } = values;
  if (!/^\d{1,9}$/.test(limit) || Number(limit) === 0) throw new UsageError("--limit must be a number from 1.");
  return {
    ...(status && { status: status.map((word) => oneOf("--status", word, taskStatuses)) }),
    ...(connection && { connection }),
    ...(provider && { provider: provider.map((word) => oneOf("--provider", word, providerNames)) }),
    ...(action && { action: action.map((word) => oneOf("--action", word, taskActions)) }),
    ...(label && { label }),
    ...(source && { source: oneOf("--source", source, sources) }),
    limit: Number(limit),
  };
}

function oneOf<const Word extends string>(option: string, word: string, allowed: readonly Word[]): Word {
  const found = allowed.find((one) => one === word);
  if (found !== undefined) return found;
  throw new UsageError(`${option} is ${JSON.stringify(word)}, and must be one of ${allowed.join(", ")}.`);
}

function durationOf(option: string, word: string): number {
  const ms = parseDurationMs(word);
  if (ms !== undefined) return ms;
  throw new UsageError(`${option} is ${JSON.stringify(word)}, and must be a time such as 90s, 30m, or 4h.`);
}

function labelOf(word: string): [string, string] {
  const at = word.indexOf("=");
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw new UsageError(`--label is ${JSON.stringify(word)}, and must be NAME=VALUE.`);
}
