import type { Process } from "./process.ts";
import type { CloudName } from "./truth.ts";

export interface Budget {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateWitness {
  called(by: Process, call: { readonly cloud: CloudName; readonly api: string; readonly nowMs: number }): void;
}

/**
 * Counts the calls of each process in any second and, if `accountWide`, those of all processes together. These may make
 * one call more than the rate and the burst: a reserved call may be late by the time between two calls. Each cloud has
 * one connection, and DescribeTasks is the only API name they share.
 */
export function createRateWitness(
  { perSecond, burst }: Budget,
  { accountWide, accuse }: { readonly accountWide: boolean; accuse(text: string): void },
): RateWitness {
  const allowed = Math.ceil(perSecond) + burst;
  const ofProcess = new WeakMap<Process, Map<string, number[]>>();
  const ofAccount = new Map<string, number[]>();

  function count(times: number[], key: string, nowMs: number, { allowed, who }: Counted): void {
    times.push(nowMs);
    const earliest = times[times.length - 1 - allowed];
    if (earliest !== undefined && nowMs - earliest < 1_000) {
      accuse(`${who}: ${allowed + 1} calls of ${key} within ${nowMs - earliest} ms`);
    }
  }

  return {
    called(by, { cloud, api, nowMs }) {
      let calls = ofProcess.get(by);
      if (calls === undefined) ofProcess.set(by, (calls = new Map()));
      const key = api === "DescribeTasks" ? cloud : api;
      count(timesOf(calls, key), key, nowMs, { allowed, who: by.name });
      if (!accountWide) return;
      count(timesOf(ofAccount, key), key, nowMs, { allowed: allowed + 1, who: "all processes together" });
    },
  };
}

interface Counted {
  readonly allowed: number;
  readonly who: string;
}

function timesOf(calls: Map<string, number[]>, key: string): number[] {
  const known = calls.get(key);
  if (known !== undefined) return known;
  const times: number[] = [];
  calls.set(key, times);
  return times;
}
