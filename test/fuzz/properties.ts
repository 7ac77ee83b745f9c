import { readFileSync } from "node:fs";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ProviderError } from "../../lib/domain/errors.ts";
import { AdapterFault } from "../../lib/transport/adapter-fault.ts";
import { secretMark } from "./hostile-setup.ts";
import { EndlessListError } from "./hostile-transport.ts";
import { canary } from "./hostile-values.ts";
import type { TaskKind } from "./listed-actions.ts";
import type { Observation, Resolved, Seen, Subject } from "./observation.ts";
import { acceptedOf, evidenceOf, identitiesIn, kindOf, publishedRows } from "./oracle.ts";

/** What must hold whatever a provider answers. */
const properties = [
  "no-crash",
  "list-ends",
  "no-false-ending",
  "no-missed-ending",
  "partial-as-told",
  "action-decides",
  "detail-asked-for",
  "refusal-is-no-answer",
  "rows-kept",
  "one-identity",
  "wires-agree",
  "no-secret",
  "message-bounded",
  "plain-text",
  "output-bounded",
  "recovers",
  "fits-schema",
  "consistent",
  "neighbors-kept",
  "items-named",
  "endings-told",
  "no-pollution",
  "answers-in-time",
  "memory-bounded",
] as const;
export type Property = (typeof properties)[number];

export interface Violation {
  readonly property: Property;
  readonly what: string;
}

export type Check = (subject: Subject, observation: Observation) => Violation[];

/** Compiles the schema once. */
export function createCheck(): Check {
  const fits = compileTaskSchema();
  return (subject, observation) => [
    ...judgeError(observation),
    ...judgeMessages(observation),
    ...judgeOutput(observation),
    ...judgeTasks(subject, observation, fits),
    ...judgeRows(subject, observation),
    ...(observation.resolved ?? []).flatMap(judgeIdentity),
    ...(observation.disagreements ?? []).map((what): Violation => ({ property: "wires-agree", what })),
    ...(observation.broken ?? []),
    ...judgePrototype(),
  ];
}

type FitsSchema = (value: unknown) => string | undefined;

function compileTaskSchema(): FitsSchema {
  const path = new URL("../../docs/schemas/task-event.v1.json", import.meta.url);
  const schema: { $id: string } = JSON.parse(readFileSync(path, "utf8"));
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(schema);
  const validate = ajv.compile({ $ref: `${schema.$id}#/$defs/task` });
  return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors));
}

/** What an adapter did not foresee leaves it as a `ProviderError`, and is a bug nonetheless. */
function judgeError({ thrown, unsendable }: Observation): Violation[] {
  if (unsendable === true) return [];
  const bug = thrown instanceof AdapterFault ? thrown.cause : thrown;
  if (bug === undefined || bug instanceof ProviderError) return [];
  if (bug instanceof EndlessListError) return [{ property: "list-ends", what: bug.message }];
  const what = bug instanceof Error ? `${bug.name}: ${bug.message.slice(0, 200)}` : String(typeof bug);
  return [{ property: "no-crash", what }];
}

const longestMessage = 1000;

function judgeMessages({ thrown, unreadable, delivered }: Observation): Violation[] {
  const violations: Violation[] = [];
  const error = thrown instanceof ProviderError ? thrown : undefined;
  const said = [error?.message ?? "", ...unreadable.map(({ reason }) => reason)];
  const passedOn = [...said, error?.code ?? "", error?.requestId ?? "", error?.stack ?? ""];
  if (passedOn.some((text) => text.includes(secretMark)))
    violations.push({ property: "no-secret", what: "a credential" });
  const saidIt = said.find((text) => text.includes(canary));
  const meantToBeSeen = (): boolean =>
    delivered.some(({ response: { body: sent } }) => {
      const body = sent.replaceAll(invisible, "");
      return canaryInMessage.test(body) || (isPage.test(body) && body.includes(canary));
    });
  if (saidIt !== undefined && !meantToBeSeen()) {
    violations.push({ property: "no-secret", what: `a field that is no message: ${saidIt}` });
  }
  const longest = Math.max(...passedOn.slice(0, -1).map((text) => text.length), 0);
  if (longest > longestMessage) violations.push({ property: "message-bounded", what: `${longest} characters` });
  const times = [error?.retryAfterMs ?? 0, error?.serverTimeMs ?? 0];
  // 9999 is the last year that a signature's time can be written in.
  if (!times.every((ms) => Number.isFinite(ms) && ms < 253_402_300_800_000 && ms > -62_200_000_000_000)) {
    violations.push({ property: "consistent", what: `times of an error: ${times.join(", ")}` });
  }
  return violations;
}

/** What the code under test calls plain is decided there; this is what no terminal and no store should be given. */
const unplain = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** The values in `hostile-values.ts` that look like secrets. */
const secrets = /LTAI5tCanaryCanary|[?&]Signature=abc|CAISfake|abc\.def\.ghi|user:pass@/;
const mostTaskBytes = 48 * 1024;
const mostRowsOfAnswer = 100;

/** Everything that leaves an adapter, whatever the member. */
function judgeOutput({ seen, unreadable, resolved = [], thrown, unrecovered, delivered }: Observation): Violation[] {
  const violations: Violation[] = [];
  const error = thrown instanceof ProviderError ? [thrown.message, thrown.code, thrown.requestId] : [];
  const shown = [...seen.map(({ task }) => task), ...unreadable, ...resolved.map(({ nativeId }) => nativeId), error];
  const texts = textsIn(shown);
  const odd = texts.find((text) => unplain.test(text));
  if (odd !== undefined) violations.push({ property: "plain-text", what: JSON.stringify(odd.slice(0, 200)) });
  const secret = texts.find((text) => secrets.test(text));
  if (secret !== undefined) violations.push({ property: "no-secret", what: secret.slice(0, 200) });
  const bytes = Math.max(0, ...seen.map(({ task }) => Buffer.byteLength(JSON.stringify(task))));
  if (bytes > mostTaskBytes) violations.push({ property: "output-bounded", what: `a task of ${bytes} bytes` });
  const rows = seen.length + unreadable.length;
  const most = mostRowsOfAnswer * Math.max(1, delivered.filter(({ kind }) => kind === "list").length);
  if (rows > most)
    violations.push({ property: "output-bounded", what: `${rows} rows, and at most ${most} were requested` });
  if (unrecovered !== undefined) violations.push({ property: "recovers", what: unrecovered });
  return violations;
}

/** The texts inside, including the names of members. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...textsIn(member)]);
}

/** What is removed before a message is shown, as it is or escaped. */
const invisible = /[\p{Cf}\p{Cc}]|\\u[0-9a-f]{4}/giu;
const canaryInMessage = new RegExp(`(code|message|msg|error\\w*|title|details)[\\\\"\\s]*:[^}]{0,3000}${canary}`, "i");

/** Anything but JSON or XML. The first words of such an answer are shown, because they tell which proxy wrote it. */
const isPage = /^\s*(?!\s|[[{"]|<\?xml|<Error)/;

const checkedTasks = 25;

function judgeTasks(subject: Subject, { seen, delivered }: Observation, fits: FitsSchema): Violation[] {
  const violations: Violation[] = [];
  const add = (property: Property, what: string): void => void violations.push({ property, what });
  if (seen.length > 0 && acceptedOf(subject, delivered).length === 0) {
    add("refusal-is-no-answer", `tasks from status ${delivered.map(({ response }) => response.status).join(", ")}`);
  }
  for (const one of seen.slice(0, checkedTasks)) {
    const misfit = fits(one.task);
    if (misfit !== undefined) add("fits-schema", misfit);
    const judged = [
      ...judgeEnding(subject, one, delivered),
      ...judgeKind(one, kindOf(subject, one, delivered)),
      ...judgeConsistency(one),
    ];
    for (const violation of judged) violations.push(violation);
  }
  return violations;
}

function judgeEnding(subject: Subject, one: Seen, delivered: Observation["delivered"]): Violation[] {
  const { status, nativeStatus, partial } = one.task;
  const { may, certain, lines, ...evidence } = evidenceOf(subject, one, delivered);
  const word = `"${nativeStatus.slice(0, 60)}"${lines.length > 0 ? ` by line ${lines.join(" or ")}` : ""}`;
  const violations: Violation[] = [];
  if (final.has(status) && !may.has(status)) {
    violations.push({ property: "no-false-ending", what: `${status} from ${word}` });
  } else if (certain !== null && certain !== status) {
    violations.push({ property: "no-missed-ending", what: `${status} where ${certain} is certain from ${word}` });
  } else if (status === "failed" && evidence.partial !== null && evidence.partial !== partial) {
    violations.push({ property: "partial-as-told", what: `partial is ${partial} from ${word}` });
  }
  const settled = status === "succeeded" && may.has(status);
  if (one.needsDetail === false && evidence.needsDetail && !settled) {
    violations.push({ property: "detail-asked-for", what: `no detail is asked for ${word}` });
  }
  return violations;
}

/** The action decides what a task is, never the shape of its resource. */
function judgeKind({ task }: Seen, kind: TaskKind | undefined): Violation[] {
  if (kind === undefined) return [];
  const type = task.resource?.type ?? kind.resource;
  if (task.action === kind.action && type === kind.resource) return [];
  const what = `"${task.nativeAction.slice(0, 60)}" is ${task.action} of ${type}`;
  return [{ property: "action-decides", what }];
}

const final: ReadonlySet<string> = new Set(["succeeded", "failed", "canceled", "vanished"]);

function judgeConsistency({ task, needsDetail }: Seen): Violation[] {
  const wrong: string[] = [];
  if (task.done !== final.has(task.status)) wrong.push(`done is ${task.done} and status ${task.status}`);
  if (task.error !== null && task.status !== "failed") wrong.push(`an error on ${task.status}`);
  if (task.partial && task.status !== "failed") wrong.push(`partial and ${task.status}`);
  if (typeof task.nativeId !== "string" || task.nativeId === "") wrong.push("the native id is no text");
  if (task.id !== `${task.connection}:${task.region}:${task.nativeId}`) wrong.push("the id is not made of its parts");
  if (needsDetail === true && task.status === "succeeded") wrong.push("succeeded before its detail was read");
  return wrong.map((what) => ({ property: "consistent", what }));
}

function judgeRows(subject: Subject, { delivered, seen, unreadable, thrown }: Observation): Violation[] {
  const first = delivered.find(({ kind }) => kind === "list");
  if (subject.shows !== "rows" || thrown !== undefined || first === undefined) return [];
  // A refused try is made again, and it is the next answer that counts.
  if (delivered.some(({ response }) => response.status !== 200 || response.headers["x-ca-error-code"])) return [];
  const published = publishedRows(subject.cloud, first.response.body);
  if (published === undefined) return [];
  const shown = new Set(seen.map(({ task }) => task.nativeId));
  for (const { nativeId } of unreadable) if (nativeId !== null) shown.add(nativeId);
  const gone = published.readable.filter((id) => !shown.has(id));
  if (gone.length > 0)
    return [{ property: "rows-kept", what: `${gone.length} of ${published.readable.length} rows are gone` }];
  if (published.odd === 0 || unreadable.length > 0) return [];
  return [{ property: "rows-kept", what: `${published.odd} unreadable rows are not reported` }];
}

/** An id that leads to a task leads to one, and the answer says to which. */
function judgeIdentity({ asked, nativeId, body }: Resolved): Violation[] {
  const identities = identitiesIn(body, asked);
  if (identities.size === 1 && identities.has(nativeId)) return [];
  return [
    { property: "one-identity", what: `${asked} is ${nativeId}, of ${[...identities].join(" and ")}`.slice(0, 300) },
  ];
}

const pristine = Object.getOwnPropertyNames(Object.prototype).toSorted().join();
const pristineArray = Object.getOwnPropertyNames(Array.prototype).toSorted().join();

function judgePrototype(): Violation[] {
  const same =
    Object.getOwnPropertyNames(Object.prototype).toSorted().join() === pristine &&
    Object.getOwnPropertyNames(Array.prototype).toSorted().join() === pristineArray;
  return same ? [] : [{ property: "no-pollution", what: "a prototype of the language has changed" }];
}
