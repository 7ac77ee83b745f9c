import type { TargetLease, TargetState } from "../domain/record.ts";
import type { Target } from "../domain/task.ts";
import { UnreadableItemError } from "../ledger/ledger.ts";
import type { Expected, Ledger } from "../ledger/ledger.ts";
import type { StoredUnreadable } from "../ledger/unreadable-item.ts";
import { unreadableItem } from "./target-sweep.ts";
import type { SweepRun, TargetReport, TargetSweep } from "./target-sweep.ts";

/** The maximum difference between two sweeps' clocks before they ignore each other's leases. */
const clockToleranceMs = 30_000;
/** Each failed attempt means that another sweep wrote the target in the meantime. */
const maxTries = 4;
const overdueMs = 10 * 60_000;

/** One sweep's hold on its target. */
export interface Hold {
  readonly holder: string;
  /** The target's state as this sweep last read or wrote it. */
  state: TargetState;
  /** True once another sweep has taken the target. */
  lost: boolean;
}

type TargetWork = Pick<TargetSweep, "provider" | "deps">;

const unswept: TargetState = {
  revision: 0,
  checkpointMs: null,
  resumeAfterId: null,
  lastSweptAtMs: null,
  lastSweepMs: null,
  lastAnsweredAtMs: null,
  lastError: null,
  clockSkewMs: null,
  overlapMs: null,
  openListedAtMs: null,
  namelessSinceMs: null,
  unreadableItems: 0,
};

/**
 * Takes the target in one conditional write. If another sweep holds the target, reports that and returns `undefined`.
 */
export async function takeTarget({
  provider,
  deps,
  run,
  report,
}: Omit<TargetSweep, "details">): Promise<Hold | undefined> {
  const { ledger, random, clock } = deps;
  const holder = random.nonce();
  let known: TargetState | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { state: stored, expected } = await readState(provider.target, ledger, run.signal);
    known = stored;
    // An earlier attempt succeeded but its response was lost.
    if (known?.lease?.holder === holder) return { holder, state: known, lost: false };
    if (isHeld(known?.lease, { provider, deps })) break;
    const state = withLease(known ?? unswept, holder, deps);
    if (await ledger.writeTarget(provider.target, state, expected, run.signal)) {
      if (isUnreadable(expected)) reportStartedOver(expected, report);
      return { holder, state, lost: false };
    }
  }
  report.skipped = true;
  const nowMs = clock.now();
  report.overdue = nowMs - (known?.lastSweptAtMs ?? nowMs) > overdueMs ? 1 : 0;
  return undefined;
}

interface StoredState {
  readonly state: TargetState | undefined;
  readonly expected: Expected;
}

async function readState(target: Target, ledger: Ledger, signal: AbortSignal): Promise<StoredState> {
  try {
    const state = await ledger.readTarget(target, signal);
    return { state, expected: state?.revision ?? null };
  } catch (error) {
    if (!(error instanceof UnreadableItemError)) throw error;
    return { state: undefined, expected: error.item };
  }
}

function isUnreadable(expected: Expected): expected is StoredUnreadable {
  return typeof expected === "object" && expected !== null;
}

/** Without its checkpoint, the target is swept as for the first time. Its tasks are still recorded. */
function reportStartedOver({ reason }: StoredUnreadable, report: TargetReport): void {
  report.replacedItems += 1;
  report.problems.push(
    unreadableItem(`the state of this target could not be read, and its sweeps start over: ${reason}`, null),
  );
}

/** A lease further ahead than any sweep requests comes from a wrong clock. It would block the target for too long. */
function isHeld(lease: TargetLease | undefined, { deps }: TargetWork): boolean {
  if (lease === undefined) return false;
  const leftMs = lease.untilMs - deps.clock.now();
  return leftMs > 0 && leftMs <= deps.settings.leaseMs + clockToleranceMs;
}

function withLease(state: TargetState, holder: string, { clock, settings }: TargetSweep["deps"]): TargetState {
  return { ...state, revision: state.revision + 1, lease: { holder, untilMs: clock.now() + settings.leaseMs } };
}

/** The same run, except that its time is up once the target is lost. */
export function runWhileHeld(hold: Hold, run: SweepRun): SweepRun {
  return {
    signal: run.signal,
    get stopAtMs() {
      return hold.lost ? -Infinity : run.stopAtMs;
    },
  };
}

interface Renewal {
  /** Resolves once no renewal is running. */
  stop(): Promise<void>;
}

/** Renews the lease in the background, twice before it can expire. */
export function startRenewing(hold: Hold, work: TargetWork): Renewal {
  const stopping = new AbortController();
  const renewing = renewUntil(stopping.signal, hold, work);
  return {
    async stop() {
      stopping.abort();
      await renewing;
    },
  };
}

async function renewUntil(stopped: AbortSignal, hold: Hold, work: TargetWork): Promise<void> {
  const { clock, settings } = work.deps;
  while (!hold.lost && !stopped.aborted) {
    try {
      await clock.sleep(settings.leaseMs / 3, stopped);
      await renew(hold, work, stopped);
    } catch {
      // The sweep has ended, or the ledger does not respond. In the second case, the next turn retries.
    }
  }
}

async function renew(hold: Hold, work: TargetWork, signal: AbortSignal): Promise<void> {
  await writeWhileHeld(hold, (state) => withLease(state, hold.holder, work.deps), work, signal);
}

/**
 * Releases the target of a failed sweep and saves the sweep's progress. Does nothing if the sweep has lost the target.
 */
export async function release(
  hold: Hold,
  progress: Partial<TargetState>,
  work: TargetWork,
  signal: AbortSignal,
): Promise<void> {
  if (hold.lost) return;
  const withoutLease = (state: TargetState): TargetState => {
    const { lease: _, ...rest } = state;
    return { ...rest, ...progress, revision: state.revision + 1 };
  };
  await writeWhileHeld(hold, withoutLease, work, signal);
}

async function writeWhileHeld(
  hold: Hold,
  change: (state: TargetState) => TargetState,
  { provider, deps }: TargetWork,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const next = change(hold.state);
    if (await deps.ledger.writeTarget(provider.target, next, hold.state.revision, signal)) {
      hold.state = next;
      return;
    }
    const stored = await deps.ledger.readTarget(provider.target, signal);
    if (stored?.lease?.holder !== hold.holder) {
      hold.lost = true;
      return;
    }
    hold.state = stored;
  }
}

/**
 * Writes a sweep's progress and releases the target. A sweep that lost its target still writes its progress but leaves
 * the new holder's lease alone. Otherwise, sweeps whose clocks disagree would keep each other from ever recording
 * progress.
 */
export async function giveBack(
  hold: Hold,
  reached: Omit<TargetState, "revision" | "lease">,
  { provider, deps }: TargetWork,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { revision, lease } = hold.state;
    const others = lease === undefined || lease.holder === hold.holder ? {} : { lease };
    const next = { ...reached, revision: revision + 1, ...others };
    if (await deps.ledger.writeTarget(provider.target, next, revision, signal)) return;
    const stored = await deps.ledger.readTarget(provider.target, signal);
    if (stored === undefined) return;
    hold.state = stored;
  }
}
