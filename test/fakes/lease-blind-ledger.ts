import type { TargetState } from "../../lib/domain/record.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";

/** The same ledger for sweeps that ignore each other's leases, so that they overlap as if their clocks were wrong. */
export function ignoreLeases(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async readTarget(target, signal) {
      const state = await ledger.readTarget(target, signal);
      if (state === undefined) return undefined;
      const { lease: _, ...rest }: TargetState = state;
      return rest;
    },
  };
}
