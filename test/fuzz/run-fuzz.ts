import { setImmediate } from "node:timers/promises";
import { readCorpus } from "./corpus.ts";
import { makeCase } from "./hostile-case.ts";
import type { HostileCase, Subject } from "./observation.ts";
import { createCheck } from "./properties.ts";
import type { Check, Violation } from "./properties.ts";
import { createRandom } from "./random.ts";
import { shrink } from "./shrink.ts";

export interface FuzzOptions {
  readonly subjects: readonly Subject[];
  readonly seed: number;
  /** Numbers of the first case, and of the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Told before every case. */
  readonly onCase?: (caseNumber: number) => void;
  /** Bytes in use after a collection, where that can be told. */
  readonly usedBytes?: () => number;
}

interface Finding extends Violation {
  readonly seed: number;
  readonly caseNumber: number;
  readonly subject: string;
  readonly minimal: HostileCase | null;
}

export interface FuzzReport {
  readonly payloads: number;
  readonly findings: readonly Finding[];
}

/** Of each kind of finding so many are shrunk and told, and the others only counted as one more line. */
const toldOfEach = 3;
const slowestMs = 1_000;
const mostGrowthBytes = 32 * 1024 * 1024;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { subjects, seed, from, to, onCase, usedBytes } = options;
  const corpus = readCorpus();
  const check = createCheck();
  const findings: Finding[] = [];
  const told = new Map<string, number>();
  let usedAtFirst: number | undefined;
  for (let caseNumber = from; caseNumber < to; caseNumber += 1) {
    const random = createRandom(seed, caseNumber);
    const subject = subjects[caseNumber % subjects.length];
    if (subject === undefined) break;
    onCase?.(caseNumber);
    // What is weakly held stays alive until the thread has been idle once.
    if (caseNumber % 64 === 0) await setImmediate();
    const hostile = (await subject.makeCase?.(random)) ?? makeCase(subject, corpus, random);
    for (const violation of await judge(subject, hostile, check)) {
      const kind = `${subject.name} ${violation.property}`;
      const times = (told.get(kind) ?? 0) + 1;
      told.set(kind, times);
      if (times > toldOfEach) continue;
      // What takes seconds once would take hours to make smaller.
      const slow = violation.property === "answers-in-time";
      const minimal = slow ? hostile : await shrink(subject, hostile, violation.property, check);
      findings.push({ ...violation, seed, caseNumber, subject: subject.name, minimal });
    }
    const done = caseNumber - from + 1;
    // The first tenth fills the caches of the compiler and of the libraries.
    if (usedBytes === undefined || done % Math.ceil((to - from) / 10) !== 0) continue;
    const used = usedBytes();
    usedAtFirst ??= used;
    if (used - usedAtFirst < mostGrowthBytes) continue;
    const what = `${Math.round((used - usedAtFirst) / 1024 / 1024)} MB more after ${done} payloads`;
    findings.push({ property: "memory-bounded", what, seed, caseNumber, subject: "all", minimal: null });
  }
  return { payloads: to - from, findings };
}

async function judge(subject: Subject, hostile: HostileCase, check: Check): Promise<Violation[]> {
  const beganMs = performance.now();
  const cpu = process.threadCpuUsage();
  const observation = await subject.observe(hostile);
  const violations = check(subject, observation);
  if (performance.now() - beganMs < slowestMs) return violations;
  // The machine may be busy elsewhere: only time that this thread spent itself counts.
  const spent = process.threadCpuUsage(cpu);
  const spentMs = Math.round((spent.user + spent.system) / 1000);
  if (spentMs < slowestMs) return violations;
  return [...violations, { property: "answers-in-time", what: `took ${spentMs} ms` }];
}
