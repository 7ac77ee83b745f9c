import * as z from "zod/mini";
import { awaitedTask } from "../domain/awaited-task.ts";
import { isNamed } from "../domain/connection-names.ts";
import { sameLabels } from "../domain/labels.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { maxNativeIdLength } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { applyTrackRequest, applyUntrackRequest, trackedSight } from "../domain/track-request.ts";
import { readTask } from "../ledger/read-task.ts";
import { recordChange } from "../ledger/record-change.ts";
import { addressIn, askProvider } from "./find-task.ts";
import type { Address, FindDependencies } from "./find-task.ts";
import { Problem, invalidBody, notUnicode } from "./problem.ts";
import type { FieldProblem } from "./problem.ts";

const isUnicode = z.refine<string>((text) => text.isWellFormed(), notUnicode);
const atMost = (max: number) => z.maxLength(max, `must have at most ${max} characters`);
const Text = (max: number): z.ZodMiniString =>
  z.string("must be a string").check(z.minLength(1, "must not be empty"), atMost(max), isUnicode);

/** JavaScript takes an assignment to this name for something else, so that some consumer would lose the label. */
const reservedName = "__proto__";
const isReserved = `must not be ${reservedName}`;

/** The body of `POST /tasks`. */
export const TrackTaskBody = z.strictObject({
  connection: Text(32),
  /** Optional when the connection has only one region. */
  region: z.optional(Text(63)),
  /** The provider's own id of the task. */
  nativeId: Text(maxNativeIdLength),
  /** Replace the task's labels, which are sent in its events. Absent: the labels stay. */
  labels: z.optional(
    z
      .record(
        Text(64).check(z.regex(/^(?!__proto__$)/, isReserved)),
        z.string("must be a string").check(atMost(256), isUnicode),
      )
      .check(z.refine((labels) => Object.keys(labels).length <= 20, "may have at most 20 entries")),
  ),
});
/** A record schema skips this name without a word. */
const HasReservedLabel = z.looseObject({
  labels: z.custom<object>(
    (labels) => typeof labels === "object" && labels !== null && Object.hasOwn(labels, reservedName),
  ),
});
export type TrackTaskBody = z.infer<typeof TrackTaskBody>;

/** @throws Problem `invalid-body` with every invalid field, each as a JSON pointer */
export function parseTrackTaskBody(body: unknown): TrackTaskBody {
  const parsed = TrackTaskBody.safeParse(body, { reportInput: true });
  const reserved = HasReservedLabel.safeParse(body).success
    ? [{ field: `/labels/${reservedName}`, detail: `has a name that ${isReserved}` }]
    : [];
  if (parsed.success && reserved.length === 0) return parsed.data;
  throw invalidBody([...(parsed.error?.issues.flatMap(issueToProblems) ?? []), ...reserved]);
}

function issueToProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(TrackTaskBody.shape).join(", ");
    return issue.keys.map((key) => ({
      field: pointerTo([...issue.path, key]),
      detail: `is not a field of this body; allowed: ${known}`,
    }));
  }
  return [{ field: pointerTo(issue.path), detail: describeIssue(issue) }];
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return `has a name that ${issue.issues[0]?.message ?? "is wrong"}`;
  if (issue.code !== "invalid_type") return issue.message;
  return issue.input === undefined
    ? "is missing"
    : `must be a JSON ${issue.expected === "record" ? "object" : issue.expected}`;
}

/** @throws Problem that names the configured connections, or the regions to choose from */
export function trackAddress({ connection, region, nativeId }: TrackTaskBody, providers: readonly Provider[]): Address {
  const regions = providers.filter((provider) => isNamed(provider, connection)).map(({ target }) => target.region);
  if (region === undefined && regions.length > 1) {
    const detail = `is required because the connection has several regions: ${regions.join(", ")}`;
    throw invalidBody([{ field: "/region", detail }]);
  }
  const parts = { connection, region: region ?? regions[0] ?? "", nativeId };
  return addressIn(parts, providers, (detail) => invalidBody([{ field: "/nativeId", detail }]));
}

interface Tracked {
  readonly task: Task;
  /** False when the task was already tracked. */
  readonly created: boolean;
}

/**
 * Follows a task from now on. If it has already ended, its completion event is recorded, and the next sweep sends it. A
 * task that the provider does not show yet is recorded as `pending`, and the sweeps look for it.
 * @param labels replace the task's labels; `undefined` keeps them
 * @throws Problem for the provider's failure
 */
export async function trackTask(
  address: Address,
  labels: Task["labels"] | undefined,
  deps: FindDependencies,
): Promise<Tracked> {
  const { id, nativeId, provider } = address;
  const known = await readTask(deps.ledger, id, deps.signal);
  const found = isTracked(known) ? undefined : await askProvider(address, deps);
  const nowMs = deps.now();
  const awaited = awaitedTask(provider, nativeId, nowMs);
  const sight = trackedSight({ found, known, awaited, nowMs });
  let current = known;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    current = record;
    return wasLabeledSince(known, record) ? undefined : applyTrackRequest(record, sight, labels);
  };
  const written = await recordChange({ taskId: id, known, apply }, deps, deps.signal);
  return { task: (written ?? current ?? sight).task, created: written !== undefined && !isTracked(current) };
}

function isTracked(record: TaskRecord | undefined): record is TaskRecord {
  return record !== undefined && record.tracking !== "untracked";
}

/**
 * True if a concurrent request has replaced the labels. This one then counts as the earlier of the two, so that many
 * concurrent requests do not outrun each other's attempts to write.
 */
function wasLabeledSince(known: TaskRecord | undefined, record: TaskRecord | undefined): boolean {
  return record?.tracking === "requested" && !sameLabels(record.task.labels, known?.task.labels ?? {});
}

/** @throws Problem `unknown-task` when the task is not tracked, also when an earlier call untracked it */
export async function untrackTask({ id }: Pick<Address, "id">, deps: FindDependencies): Promise<void> {
  const known = await readTask(deps.ledger, id, deps.signal);
  const written = await recordChange(
    {
      taskId: id,
      known,
      apply: (record) => (record && record.tracking !== "untracked" ? applyUntrackRequest(record) : undefined),
    },
    deps,
    deps.signal,
  );
  if (written === undefined) throw new Problem("unknown-task", { detail: "The task is not tracked" });
}
