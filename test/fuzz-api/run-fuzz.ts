import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../lib/openapi/json.ts";
import { createRandom } from "../fuzz/random.ts";
import { createCaller } from "./caller.ts";
import type { FuzzRequest, FuzzResponse } from "./caller.ts";
import { createGenerator } from "./generate.ts";
import { createJudge } from "./judge.ts";
import type { Fault, Judge } from "./judge.ts";
import { createMemory } from "./memory.ts";

export interface FuzzOptions {
  readonly url: string;
  readonly document: JsonObject;
  readonly seed: number;
  readonly requests: number;
  /** Concurrent requests. */
  readonly concurrency: number;
  readonly token: string;
  readonly secrets: readonly string[];
  readonly mayBeBusy: boolean;
  readonly onDone?: () => void;
}

export interface FuzzFinding {
  readonly number: number;
  readonly request: FuzzRequest;
  /** `null` if there was no response. */
  readonly response: FuzzResponse | null;
  readonly faults: readonly Fault[];
}

export interface FuzzReport {
  readonly requests: number;
  /** Requests with at least one fault of the kind. */
  readonly undocumented: number;
  readonly mismatches: number;
  readonly unhandled: number;
  /** The number of responses by method and status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The first ones only. */
  readonly findings: readonly FuzzFinding[];
}

const keptFindings = 50;
const mostRepeats = 3;

/** Request N of a seed always draws the same random numbers; ids and cursors come from responses. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const memory = createMemory();
  const generate = createGenerator({ ...options, memory });
  const judge: Judge = createJudge(options);
  const caller = createCaller(options.url, options.concurrency);
  const findings: FuzzFinding[] = [];
  const counts = { undocumented: 0, mismatch: 0, unhandled: 0 };
  const statuses: Record<string, number> = {};
  let next = 0;

  async function one(number: number): Promise<void> {
    const request = generate(createRandom(options.seed, number));
    const { response, faults } = await tryOut(request);
    if (response !== null) memory.learn(request.target, response);
    const seen = `${request.method} ${response?.status ?? "none"}`;
    statuses[seen] = (statuses[seen] ?? 0) + 1;
    for (const kind of new Set(faults.map((fault) => fault.kind))) counts[kind] += 1;
    if (faults.length > 0 && findings.length < keptFindings) findings.push({ number, request, response, faults });
    options.onDone?.();
  }

  async function tryOut(request: FuzzRequest): Promise<Pick<FuzzFinding, "response" | "faults">> {
    try {
      const response = await callPatiently(request);
      return { response, faults: judge(request, response) };
    } catch (error) {
      return { response: null, faults: [{ kind: "unhandled", what: `no answer: ${String(error)}` }] };
    }
  }

  /** A busy machine may keep the ledger from answering in time. A caller that is told to repeat its request does so. */
  async function callPatiently(request: FuzzRequest): Promise<FuzzResponse> {
    for (let repeats = 0; ; repeats += 1) {
      const response = await caller.call(request);
      const seconds = response.status === 503 ? Number(response.headers["retry-after"] ?? "none") : NaN;
      if (Number.isNaN(seconds) || repeats === mostRepeats) return response;
      await sleep(seconds * 1000);
    }
  }

  async function work(): Promise<void> {
    while (next < options.requests) {
      next += 1;
      await one(next - 1);
    }
  }

  await Promise.all(Array.from({ length: options.concurrency }, work));
  caller.close();
  const { undocumented, mismatch: mismatches, unhandled } = counts;
  return { requests: options.requests, undocumented, mismatches, unhandled, statuses, findings };
}
