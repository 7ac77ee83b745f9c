/** Where progress is shown. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** Shows the state of one thing under its key. */
  show(key: string, text: string): void;
  /** Leaves what is shown, so that other text can follow. */
  end(): void;
}

/**
 * On a terminal, one line for each key, in the order of the keys, which is written again in its place. Elsewhere, one
 * line with the time for each change.
 */
export function createProgress(stream: ProgressStream, keys: readonly string[], now: () => number): Progress {
  return stream.isTTY === true ? onTerminal(stream, keys) : inLog(stream, now);
}

function onTerminal(stream: ProgressStream, keys: readonly string[]): Progress {
  const lines = new Map(keys.map((key) => [key, ""]));
  let drawn = 0;
  return {
    show(key, text) {
      lines.set(key, text);
      const columns = stream.columns ?? 80;
      // A line that wraps would be two lines the next time.
      const shown = Array.from(lines.values(), (line) => `\u001b[2K${cutTo(line, columns - 1)}\n`);
      stream.write(`${drawn > 0 ? `\u001b[${drawn}A` : ""}${shown.join("")}`);
      drawn = shown.length;
    },
    end() {
      drawn = 0;
      lines.clear();
    },
  };
}

function cutTo(line: string, columns: number): string {
  const characters = Array.from(line);
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join("")}…`;
}

/** Such as `2026-11-28T03:51:58Z`. */
export function logTime(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

function inLog(stream: ProgressStream, now: () => number): Progress {
  const last = new Map<string, string>();
  return {
    show(key, text) {
      if (last.get(key) === text) return;
      last.set(key, text);
      stream.write(`${logTime(now())}  ${text}\n`);
    },
    end() {
      last.clear();
    },
  };
}
