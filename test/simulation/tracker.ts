import { canonicalAddress, canonicalAddressToTrack } from "../../lib/http/canonical-address.ts";
import { addressOf } from "../../lib/http/find-task.ts";
import type { FindDependencies } from "../../lib/http/find-task.ts";
import { trackTask, untrackTask } from "../../lib/http/track-task.ts";
import type { TrackRequest } from "./scenario.ts";
import type { Simulation } from "./simulation.ts";
import type { Program } from "./sweeper.ts";

/** An HTTP call that tracks or untracks a task. Its caller would see a failure, so it is ignored here. */
export async function runTrackRequest(
  { task, untrack, nativeId = task.nativeId }: TrackRequest,
  program: Program,
  simulation: Simulation,
): Promise<void> {
  const { process, providers, ledger } = program;
  const { timeline, story } = simulation;
  const actor = process.name;
  process.phases.set(task.targetKey, "http");
  const id = `${task.targetKey}:${nativeId}`;
  const action = `${untrack ? "untracks" : "tracks"} ${id}`;
  story?.tell(timeline.now(), { actor, action });
  const never = new AbortController().signal;
  const world: FindDependencies = { ledger, now: process.now, signal: never, providerSignal: never };
  try {
    const given = addressOf(id, providers);
    simulation.subjects.learn(id, task, timeline.now());
    if (untrack) await untrackTask(await canonicalAddress(given, world), world);
    else await trackTask(await canonicalAddressToTrack(given, world), { team: "images" }, world);
    simulation.subjects.answered(task, !untrack);
    story?.tell(timeline.now(), { actor, action: `has ${untrack ? "untracked" : "tracked"} ${id}` });
  } catch (error) {
    story?.tell(timeline.now(), { actor, action: `could not: ${String(error)}` });
    simulation.witness.said(String(error));
  }
}
