import type { TaskRecord } from "../domain/record.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import { readTask } from "../ledger/read-task.ts";
import { answerOrProblem, unknownToProvider } from "./find-task.ts";
import type { Address, FindDependencies } from "./find-task.ts";
import { invalidParameters } from "./problem.ts";

/**
 * The address that a task is known by, whichever of its ids was given. A record under the given id was written before
 * ids were resolved, and is answered as it is.
 * @throws Problem `unknown-task` when the id leads to no task, `invalid-parameters` when it leads to several, or the
 *   problem that the provider's failure is
 */
export async function canonicalAddress(address: Address, deps: FindDependencies): Promise<Address> {
  return addressUnless(() => true, address, { ...deps, field: "id" });
}

/**
 * `canonicalAddress` for a task that is to be tracked from now on. A record under the given id that has ended may be
 * that of an earlier task.
 */
export async function canonicalAddressToTrack(address: Address, deps: FindDependencies): Promise<Address> {
  const isOpen = ({ task }: TaskRecord) => !isTerminal(task.status);
  return addressUnless(isOpen, address, { ...deps, field: "/nativeId" });
}

async function addressUnless(
  isMeant: (record: TaskRecord) => boolean,
  address: Address,
  { field, ...deps }: FindDependencies & { readonly field: string },
): Promise<Address> {
  const { provider, nativeId, id } = address;
  if (provider.resolve === undefined) return address;
  const record = await readTask(deps.ledger, id, deps.signal);
  if (record !== undefined && isMeant(record)) return address;
  const resolved = await answerOrProblem(provider.resolve(nativeId, deps.providerSignal), { ...deps, ...address });
  if (resolved === undefined) throw unknownToProvider(provider);
  if ("reason" in resolved) throw invalidParameters([{ field, detail: resolved.reason }]);
  return { provider, nativeId: resolved.nativeId, id: taskId(provider.target, resolved.nativeId) };
}
