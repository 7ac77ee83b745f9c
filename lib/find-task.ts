import type { Ledger, TaskRecord } from "./ledger.ts";
import { providerErrorOf } from "./patience.ts";
import type { Deadlines } from "./patience.ts";
import { Problem, invalidParameters, providerErrorToProblem, providerFailure } from "./problem.ts";
import type { Provider } from "./provider.ts";
import { isTerminal, parseTaskId, taskId } from "./task.ts";
import type { Task } from "./task.ts";
import { withTimeline } from "./timeline.ts";
import type { TaskDetail } from "./timeline.ts";
import { stateDigestOf } from "./transition.ts";

export interface FindWorld extends Deadlines {
  readonly ledger: Ledger;
  readonly now: () => number;
}

export interface Address {
  readonly id: string;
  readonly nativeId: string;
  readonly provider: Provider;
}

/**
 * @param id as it stands in the path, decoded
 * @throws Problem that says which connections and regions there are, or what form the provider's ids have
 */
export function addressOf(id: string, providers: readonly Provider[]): Address {
  const parts = parseTaskId(id);
  if (parts === undefined) {
    throw invalidParameters([{ field: "id", detail: "must be <connection>:<region>:<the provider's own id>" }]);
  }
  return addressIn(parts, providers, "id");
}

export interface AddressParts {
  readonly connection: string;
  readonly region: string;
  readonly nativeId: string;
}

/** @param field what the problem names as wrong */
export function addressIn(parts: AddressParts, providers: readonly Provider[], field: string): Address {
  const { connection, region, nativeId } = parts;
  const ofConnection = providers.filter(({ target }) => target.connection === connection);
  const names = [...new Set(providers.map(({ target }) => target.connection))].join(", ");
  if (ofConnection.length === 0) {
    throw new Problem("unknown-task", {
      detail: `No connection is named "${printable(connection)}"; there are ${names}`,
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
  if (wrong !== undefined) throw invalidParameters([{ field, detail: wrong }]);
  return { id: taskId(provider.target, nativeId), nativeId, provider };
}

/**
 * The task as it is now: from the ledger when it has ended there, since an ending never changes, and otherwise from
 * the provider. What the ledger knows and the provider has forgotten is answered as last recorded.
 * @throws Problem `unknown-task` when neither knows it, or the problem that the provider's failure is
 */
export async function findTask(address: Address, world: FindWorld): Promise<Task> {
  return (await lookUp(address, world)).task;
}

/** `findTask` with what is recorded of the task's past: a state that only the provider has told yet is not in it. */
export async function findTaskDetail(address: Address, world: FindWorld): Promise<TaskDetail> {
  const { task, record } = await lookUp(address, world);
  return withTimeline(task, record?.timeline ?? []);
}

interface Found {
  readonly task: Task;
  readonly record: TaskRecord | undefined;
}

async function lookUp({ id, nativeId, provider }: Address, world: FindWorld): Promise<Found> {
  const record = (await world.ledger.readTasks([id], world.signal)).get(id);
  if (record && isTerminal(record.task.status) && record.task.status !== "vanished") {
    return { task: record.task, record };
  }
  const task = await askProvider(provider, nativeId, world);
  if (task !== undefined) return { task: record === undefined ? task : asRecorded(task, record), record };
  if (record !== undefined) return { task: record.task, record };
  throw new Problem("unknown-task", { detail: `The provider of "${provider.target.connection}" knows no such task` });
}

export async function askProvider(
  provider: Provider,
  nativeId: string,
  { patience }: Pick<FindWorld, "patience">,
): Promise<Task | undefined> {
  try {
    return await provider.get(nativeId, patience);
  } catch (thrown) {
    const error = providerErrorOf(thrown, { patience });
    throw providerErrorToProblem(providerFailure(provider.target, error, taskId(provider.target, nativeId)), error);
  }
}

/** Labels are ours; and a state that has not changed keeps the time at which it was first observed. */
function asRecorded(task: Task, record: TaskRecord): Task {
  if (stateDigestOf(task) === stateDigestOf(record.task)) return record.task;
  return { ...task, labels: record.task.labels };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 64);
}
