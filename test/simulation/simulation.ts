import type { CrashTally } from "./crash-points.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Story } from "./story.ts";
import type { Subjects } from "./subjects.ts";
import type { Timeline } from "./timeline.ts";
import type { TrueTask } from "./truth.ts";
import type { Witness } from "./witness.ts";

/** What all parts of one seed's world share. */
export interface Simulation {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly timeline: Timeline;
  readonly faultPlan: FaultPlan;
  readonly witness: Witness;
  readonly subjects: Subjects;
  readonly tasks: readonly TrueTask[];
  readonly crashes: CrashTally;
  readonly story: Story | undefined;
}

/** Part of every secret in the simulation, so that a leak can be recognized anywhere. */
export const secretMark = "MARKEDSECRET";
