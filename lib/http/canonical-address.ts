import { wasShown } from "../domain/awaited-task.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import { readTask } from "../ledger/read-task.ts";
import { answerOrProblem, readUsableRecord, unknownToProvider } from "./find-task.ts";
import type { Address, FindDependencies } from "./find-task.ts";
import { invalidBody, invalidParameters } from "./problem.ts";

/**
 * The address that a task is known by, whichever of its ids was given. A record under the given id was written before
 * ids were resolved, and is answered as it is. So is the record of an awaited task whose id leads to none yet.
 * @throws Problem `unknown-task` when the id leads to no task, `invalid-parameters` when it leads to several, or the
 *   problem that the provider's failure is
 */
export async function canonicalAddress(given: Address, deps: FindDependencies): Promise<Address> {
  const { provider } = given;
  if (provider.resolve === undefined) return given;
  const { record } = await readUsableRecord(given.id, deps);
  if (record?.knownAs !== undefined) return addressAs(record.knownAs, given);
  if (record !== undefined && wasShown(record)) return given;
  const resolved = await resolveId(given, deps);
  if (resolved !== undefined && "nativeId" in resolved) return addressAs(resolved.nativeId, given);
  if (record !== undefined) return { ...given, unresolved: true };
  if (resolved === undefined) throw unknownToProvider(provider);
  throw invalidParameters([{ field: "id", detail: resolved.reason }]);
}

/**
 * `canonicalAddress` for a task that is to be tracked from now on. A record under the given id that has ended may be
 * that of an earlier task. An id that leads to no task yet is kept.
 * @throws Problem `invalid-body` when the id leads to several tasks, or the problem that the provider's failure is
 */
export async function canonicalAddressToTrack(given: Address, deps: FindDependencies): Promise<Address> {
  if (given.provider.resolve === undefined) return given;
  const record = await readTask(deps.ledger, given.id, deps.signal);
  if (record !== undefined && isOpen(record)) return given;
  const known = record?.knownAs === undefined ? undefined : addressAs(record.knownAs, given);
  const knownRecord = known && (await readTask(deps.ledger, known.id, deps.signal));
  if (known !== undefined && knownRecord !== undefined && isOpen(knownRecord)) return known;
  const resolved = await resolveId(given, deps);
  if (resolved === undefined) return { ...given, unresolved: true };
  if ("reason" in resolved) throw invalidBody([{ field: "/nativeId", detail: resolved.reason }]);
  // The provider no longer names the task that the id referred to before. It is still the same task.
  if (known !== undefined && resolved.nativeId === given.nativeId) return known;
  return addressAs(resolved.nativeId, given);
}

/** False for a record that only leads to another one, or that was untracked before the cloud showed the task. */
function isOpen(record: TaskRecord): boolean {
  return !isTerminal(record.task.status) && (wasShown(record) || record.tracking !== "untracked");
}

function addressAs(nativeId: string, { provider }: Address): Address {
  return { provider, nativeId, id: taskId(provider.target, nativeId) };
}

async function resolveId(address: Address, deps: FindDependencies) {
  const { provider, nativeId } = address;
  const resolving = provider.resolve?.(nativeId, deps.providerSignal);
  return resolving && answerOrProblem(resolving, { ...deps, ...address });
}
