/** Shows progress on stderr: a bar on a terminal, otherwise a line every ten seconds. */
export interface Progress {
  done(seeds: number, failing: number): void;
  end(): void;
}

const barWidth = 30;
const lineEveryMs = 10_000;
const barEveryMs = 200;

export function createProgress(total: number): Progress {
  const startedAtMs = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  const everyMs = isTerminal ? barEveryMs : lineEveryMs;
  let reportedAtMs = startedAtMs;

  function report(seeds: number, failing: number): void {
    const line = describe({ seeds, total, failing, elapsedMs: performance.now() - startedAtMs });
    process.stderr.write(isTerminal ? `\r${bar(seeds / total)} ${line}\u001b[K` : `${line}\n`);
  }

  return {
    done(seeds, failing) {
      if (performance.now() - reportedAtMs < everyMs) return;
      reportedAtMs = performance.now();
      report(seeds, failing);
    },
    end() {
      if (isTerminal) process.stderr.write("\r\u001b[K");
    },
  };
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `[${"#".repeat(full)}${".".repeat(barWidth - full)}]`;
}

interface ProgressState {
  readonly seeds: number;
  readonly total: number;
  readonly failing: number;
  readonly elapsedMs: number;
}

function describe({ seeds, total, failing, elapsedMs }: ProgressState): string {
  const perSecond = (seeds * 1000) / Math.max(1, elapsedMs);
  const leftSeconds = perSecond > 0 ? Math.ceil((total - seeds) / perSecond) : 0;
  const left = `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, "0")}`;
  const found = failing > 0 ? `, ${failing} failing` : "";
  return `${seeds} of ${total} seeds, ${Math.round(perSecond)} per second, ${left} left${found}`;
}
