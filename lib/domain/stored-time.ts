/**
 * Times that the ledger stores and that somebody later compares with now. They may have been written by a machine whose
 * clock ran hours ahead. Read as they are, they would hold something back until now has caught up with them.
 *
 * - `TargetState.checkpointMs`: discovery looks back as on its first sweep, and the report leaves `behindSeconds` open
 * - `TargetState.openListedAtMs`: the open tasks are listed again
 * - `TargetState.lastSweptAtMs`: the health check fails and names the target
 * - `TargetState.lastAnsweredAtMs`: the age of a list is unknown
 * - `PendingEvent.nextAttemptAtMs`: the event is due
 * - `TaskRecord.lastMovedAtMs`, `stalledAtMs`: waiting begins again now; the reason of a failure is not waited for
 * - `TaskRecord.missing.sinceMs`, `awaitedDetail.sinceMs`: waiting begins again now
 * - `TaskRecord.awaitedDetail.notBeforeMs`: the detail is read
 */

/** The clocks of two machines in order differ by less than this. */
export const clockToleranceMs = 60_000;

/** True when only a wrong clock can have written `atMs`. Both in epoch milliseconds. */
export function isInFuture(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + clockToleranceMs;
}

/** `atMs`, or now where only a wrong clock can have written it. */
export function notInFuture(atMs: number, nowMs: number): number {
  return isInFuture(atMs, nowMs) ? nowMs : atMs;
}
