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
  const watched = process.stderr.isTTY === true;
  const everyMs = watched ? barEveryMs : lineEveryMs;
  let toldAtMs = startedAtMs;

  function tell(seeds: number, failing: number): void {
    const line = describe({ seeds, total, failing, elapsedMs: performance.now() - startedAtMs });
    process.stderr.write(watched ? `\r${bar(seeds / total)} ${line}\u001b[K` : `${line}\n`);
  }

  return {
    done(seeds, failing) {
      if (performance.now() - toldAtMs < everyMs) return;
      toldAtMs = performance.now();
      tell(seeds, failing);
    },
    end() {
      if (watched) process.stderr.write("\r\u001b[K");
    },
  };
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `[${"#".repeat(full)}${".".repeat(barWidth - full)}]`;
}

interface Standing {
  readonly seeds: number;
  readonly total: number;
  readonly failing: number;
  readonly elapsedMs: number;
}

export function describe({ seeds, total, failing, elapsedMs }: Standing): string {
  const perSecond = (seeds * 1000) / Math.max(1, elapsedMs);
  const leftSeconds = perSecond > 0 ? Math.ceil((total - seeds) / perSecond) : 0;
  const left = `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, "0")}`;
  const found = failing > 0 ? `, ${failing} failing` : "";
  return `${seeds} of ${total} seeds, ${Math.round(perSecond)} a second, ${left} left${found}`;
}
