import type { Explain, WithExplanation } from "../domain/explanation.ts";
import { isTerminal } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { providerErrorOf } from "./deadlines.ts";
import { findTask } from "./find-task.ts";
import type { Address, FindDependencies } from "./find-task.ts";
import { Problem, providerErrorToProblem, providerFailure } from "./problem.ts";

interface CancelDependencies extends FindDependencies {
  readonly explain: Explain;
}

/**
 * Asks the provider to cancel. If the answer is lost, reads the task again instead of asking twice.
 * @returns the task as read after the provider accepted, in this call or in an earlier one
 * @throws Problem `not-cancelable` with the task's current state, `unknown-task`, or a problem for the provider's failure
 */
export async function cancelTask(address: Address, deps: CancelDependencies): Promise<WithExplanation<Task>> {
  const { id, nativeId, provider } = address;
  const { explain } = deps;
  const before = explain(await findTask(address, deps));
  if (isTerminal(before.status)) throw notCancelable(before, "It has already ended");
  if (before.status === "canceling") return before;
  if (provider.cancel === undefined) {
    throw notCancelable(before, `${provider.target.provider} has no call to cancel a task`);
  }
  try {
    await provider.cancel(nativeId, deps.providerSignal);
  } catch (thrown) {
    const error = providerErrorOf(thrown, deps);
    const now = explain(await findTask(address, deps));
    if (now.status === "canceled" || now.status === "canceling") return now;
    // The provider may have forgotten a task that is still recorded as open. The record is then its latest state.
    const refused = error.kind === "conflict" || error.kind === "not-found";
    if (refused || isTerminal(now.status)) throw notCancelable(now, error.message);
    throw providerErrorToProblem(providerFailure(provider.target, error, id), error);
  }
  return explain(await findTask(address, deps));
}

function notCancelable(task: WithExplanation<Task>, detail: string): Problem {
  return new Problem("not-cancelable", { detail, task });
}
