import { isNamed, presentName } from "../domain/connection-names.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal, maxNativeIdLength, parseTaskId, taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { withTimeline } from "../domain/timeline.ts";
import type { TaskDetail } from "../domain/timeline.ts";
import { stateDigestOf } from "../domain/transition.ts";
import { UnreadableItemError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readTask } from "../ledger/read-task.ts";
import { providerErrorOf } from "./deadlines.ts";
import type { Deadlines } from "./deadlines.ts";
import { Problem, invalidParameters, providerErrorToProblem, providerFailure } from "./problem.ts";
import { lookEveryMs } from "./wait-for-task.ts";

export interface FindDependencies extends Deadlines {
  readonly ledger: Ledger;
  readonly now: () => number;
}

export interface Address {
  readonly id: string;
  readonly nativeId: string;
  readonly provider: Provider;
  /** True if the provider does not show yet which task the id refers to. The provider is then not asked for it. */
  readonly unresolved?: true;
}

/**
 * @param id from the path, decoded
 * @throws Problem that names the configured connections or regions, or the format of the provider's ids
 */
export function addressOf(id: string, providers: readonly Provider[]): Address {
  const parts = parseTaskId(id);
  const invalid = (detail: string) => invalidParameters([{ field: "id", detail }]);
  if (parts === undefined) throw invalid("must be <connection>:<region>:<the provider's own id>");
  return addressIn(parts, providers, invalid);
}

interface AddressParts {
  readonly connection: string;
  readonly region: string;
  readonly nativeId: string;
}

/** @param invalid the problem to throw when the native id has an invalid format */
export function addressIn(
  parts: AddressParts,
  providers: readonly Provider[],
  invalid: (detail: string) => Problem,
): Address {
  const { connection, region, nativeId } = parts;
  const ofConnection = providers.filter((provider) => isNamed(provider, connection));
  const names = [...new Set(providers.map(presentName))].join(", ");
  if (ofConnection.length === 0) {
    throw new Problem("unknown-task", {
      detail: `No connection is named "${printable(connection)}"; configured: ${names}`,
    });
  }
  const provider = ofConnection.find(({ target }) => target.region === region);
  if (provider === undefined) {
    const regions = ofConnection.map(({ target }) => target.region).join(", ");
    throw new Problem("unknown-task", {
      detail: `The connection "${connection}" has no region "${printable(region)}"; it has ${regions}`,
    });
  }
  const wrong = provider.nativeIdProblem(nativeId);
  if (wrong !== undefined) throw invalid(wrong);
  if (nativeId.length > maxNativeIdLength) throw invalid(`must have at most ${maxNativeIdLength} characters`);
  return { id: taskId(provider.target, nativeId), nativeId, provider };
}

/**
 * The current task: from the ledger once it has ended, because an ended task never changes, and otherwise from the
 * provider. Returns the last record of a task that the provider has forgotten.
 * @throws Problem `unknown-task` when neither knows it, or a problem for the provider's failure
 */
export async function findTask(address: Address, deps: FindDependencies): Promise<Task> {
  return (await lookUp(address, deps)).task;
}

/**
 * `findTask` with the recorded timeline, which does not include a state that no sweep has recorded yet. If the record
 * cannot be read, the task is the provider's alone, and `recordProblem` says why.
 */
export async function findTaskDetail(address: Address, deps: FindDependencies): Promise<TaskDetail> {
  const { task, record, recordProblem } = await lookUp(address, deps);
  const detail = withTimeline(task, record?.timeline ?? []);
  return recordProblem === undefined ? detail : { ...detail, recordProblem };
}

interface StoredRecord {
  /** `undefined` if there is none or it cannot be read. */
  readonly record: TaskRecord | undefined;
  readonly recordProblem?: string;
}

interface Found extends StoredRecord {
  readonly task: Task;
}

/** The record of a task that its provider can show without it. */
export async function readUsableRecord(
  id: string,
  { ledger, signal }: Pick<FindDependencies, "ledger" | "signal">,
): Promise<StoredRecord> {
  try {
    return { record: await readTask(ledger, id, signal) };
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    return { record: undefined, recordProblem: error.message };
  }
}

async function lookUp(address: Address, deps: FindDependencies): Promise<Found> {
  const { id, provider } = address;
  const stored = await readUsableRecord(id, deps);
  const { record } = stored;
  if (record && isTerminal(record.task.status) && record.task.status !== "vanished") {
    return { ...stored, task: record.task };
  }
  const asked = await askProvider(address, deps);
  const task = asked && record && isAnotherTask(record.task, asked) ? undefined : asked;
  if (task !== undefined) return { ...stored, task: record === undefined ? task : asRecorded(task, record) };
  if (record !== undefined) return { ...stored, task: record.task };
  throw unknownToProvider(provider, stored.recordProblem);
}

/** A cloud may show a task only some time after its creation, so the caller is told to ask again. */
export function unknownToProvider({ target }: Provider, recordProblem?: string): Problem {
  const unknown = `The provider of "${target.connection}" does not know the task, or does not show it yet`;
  const detail = recordProblem === undefined ? unknown : `${unknown}. The ledger knows it, but ${recordProblem}`;
  return new Problem("unknown-task", { detail, retryAfterSeconds: lookEveryMs / 1000 });
}

export async function askProvider(
  { provider, nativeId, unresolved }: Address,
  { providerSignal }: Pick<FindDependencies, "providerSignal">,
): Promise<Task | undefined> {
  if (unresolved) return undefined;
  const asked = provider.get(nativeId, providerSignal);
  return answerOrProblem(asked, { provider, nativeId, providerSignal });
}

/** @throws the problem that the provider's failure is to somebody who asked for this task */
export async function answerOrProblem<Answer>(
  answer: Promise<Answer>,
  { provider, nativeId, providerSignal }: Pick<Address, "provider" | "nativeId"> & Pick<Deadlines, "providerSignal">,
): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    const error = providerErrorOf(thrown, { providerSignal });
    throw providerErrorToProblem(providerFailure(provider.target, error, taskId(provider.target, nativeId)), error);
  }
}

/** Keeps our labels. An unchanged state also keeps the time at which it was first observed. */
function asRecorded(task: Task, record: TaskRecord): Task {
  // The provider has just returned the task, so it is no longer missing.
  if (stateDigestOf(task) === stateDigestOf(record.task)) return { ...record.task, missingSince: null };
  return { ...task, labels: record.task.labels };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 64);
}
