import type { TargetState } from "../../lib/domain/record.ts";

/** A target swept once without problems, at 2026-01-31T12:00:01.500Z after one and a half seconds. */
export const sampleTargetState: TargetState = {
  revision: 1,
  checkpointMs: Date.parse("2026-01-31T12:00:00.000Z"),
  resumeAfterId: null,
  lastSweptAtMs: Date.parse("2026-01-31T12:00:01.500Z"),
  lastSweepMs: 1500,
  lastAnsweredAtMs: Date.parse("2026-01-31T12:00:00.000Z"),
  lastError: null,
  namelessSinceMs: null,
  clockSkewMs: null,
  overlapMs: null,
  openListedAtMs: null,
  unreadableItems: 0,
};
