import type { FailureTable } from "../../domain/explanation.ts";
import { countedFailures, ecsFailures } from "../shared/ecs/failures.ts";

/**
 * No documentation says why a task of an Apsara Stack failed. Its tasks are those of ECS, so its codes probably mean the
 * same.
 */
export const apsaraFailures: FailureTable = [
  ...ecsFailures.map((row) => ({ ...row, certainty: "inferred" as const })),
  ...countedFailures,
];
