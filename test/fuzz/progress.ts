import { stderr } from "node:process";

export interface Progress {
  stop(): void;
}

/** On a terminal a bar with rate and time left; elsewhere a line every ten seconds. */
export function showProgress(what: string, total: number, done: () => number): Progress {
  const beganMs = performance.now();
  const show = (): void => {
    const seconds = (performance.now() - beganMs) / 1000;
    const part = Math.min(1, done() / total);
    const rate = done() / Math.max(seconds, 0.001);
    const left = rate > 0 ? `${Math.ceil((total - done()) / rate)} s left` : "";
    const numbers = `${done()}/${total} ${what}  ${rate.toFixed(rate < 10 ? 1 : 0)}/s  ${left}`;
    if (!stderr.isTTY) return void stderr.write(`${numbers}\n`);
    const filled = Math.round(part * 30);
    stderr.write(`\r[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${numbers}\u001b[K`);
  };
  const timer = setInterval(show, stderr.isTTY ? 200 : 10_000);
  return {
    stop() {
      clearInterval(timer);
      show();
      if (stderr.isTTY) stderr.write("\n");
    },
  };
}
