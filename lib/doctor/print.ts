import type { Examination, Finding } from "./examine.ts";

/** Clouds refuse requests that are minutes off: Tencent after 5, Alibaba after 15. */
const skewWorthAWarningSeconds = 60;

/** One line for each thing that was tried, and one for the clock. */
export function printExamination({ connection, provider, region, findings, clockSkewSeconds }: Examination): string[] {
  return [`${connection} ${region} (${provider})`, ...findings.map(printFinding), printClock(clockSkewSeconds)];
}

function printFinding(finding: Finding): string {
  if (finding.outcome === "works") return `  ok     ${finding.tried}`;
  if (finding.outcome === "unknown") {
    return `  -      ${finding.tried}: not ${finding.attempted ? "known" : "tried"}, because of the above`;
  }
  const { tried, neededTo, message, remedy } = finding;
  const [mark, purpose] = neededTo === null ? ["FAILS ", ""] : ["lacks ", ` (needed to ${neededTo})`];
  return `  ${mark} ${tried}${purpose}: ${message}. Remedy: ${remedy}.`;
}

function printClock(skewSeconds: number | null): string {
  if (skewSeconds === null) return "  -      clock: no answer told the time";
  if (Math.abs(skewSeconds) < skewWorthAWarningSeconds) return "  ok     clock";
  const apart = Math.abs(skewSeconds);
  const amount = apart < 120 ? `${apart} seconds` : `${Math.round(apart / 60)} minutes`;
  const direction = skewSeconds > 0 ? "behind" : "ahead of";
  return `  WRONG  clock: this machine is ${amount} ${direction} the cloud. Remedy: set its clock, by NTP for example.`;
}

/** Whether a sweep of this target can work. */
export function works({ findings, clockSkewSeconds }: Examination): boolean {
  const needed = findings.filter((one) => one.outcome !== "fails" || one.neededTo === null);
  return (
    needed.every(({ outcome }) => outcome === "works") && Math.abs(clockSkewSeconds ?? 0) < skewWorthAWarningSeconds
  );
}

export function printSummary(examinations: readonly Examination[]): string {
  const working = examinations.filter(works).length;
  const all = examinations.length;
  return working === all ? `all ${all} targets work` : `${all - working} of ${all} targets do not work`;
}
