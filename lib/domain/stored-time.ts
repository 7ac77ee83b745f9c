/**
 * Times that the ledger stores and that are later compared with the current time. A machine whose clock ran hours ahead
 * may have written them. Used as is, such a time would delay work until the current time has caught up.
 *
 * - `TargetState.checkpointMs`: discovery looks back as on its first sweep, and the report leaves `behindSeconds` open
 * - `TargetState.openListedAtMs`: the open tasks are listed again
 * - `TargetState.lastSweptAtMs`: the health check fails and names the target
 * - `TargetState.lastAnsweredAtMs`: the age of a list is unknown
 * - `TargetState.namelessSinceMs`: the hour restarts now
 * - `PendingEvent.nextAttemptAtMs`: the event is due
 * - `TaskRecord.lastMovedAtMs`, `stalledAtMs`: the wait restarts now; completion does not wait for a failure's reason
 * - `TaskRecord.missing.sinceMs`, `awaitedDetail.sinceMs`: the wait restarts now
 * - `TaskRecord.awaitedDetail.notBeforeMs`: the detail is read
 * - `TaskRecord.renewedAtMs`: the record is renewed
 */

/** The clocks of two healthy machines differ by less than this. */
export const clockToleranceMs = 60_000;

/** True if only a wrong clock can have written `atMs`. Both times are in epoch milliseconds. */
export function isInFuture(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + clockToleranceMs;
}

/** Returns `atMs`, or the current time if only a wrong clock can have written `atMs`. */
export function notInFuture(atMs: number, nowMs: number): number {
  return isInFuture(atMs, nowMs) ? nowMs : atMs;
}
